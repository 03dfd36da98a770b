/** Facts that every node must agree with, and the audit log. */
@org.jspecify.annotations.NullMarked
package io.orderwatch.dao.cluster;
