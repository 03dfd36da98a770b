/** The switches of users, groups and strategies. */
@org.jspecify.annotations.NullMarked
package io.orderwatch.dao.status;
