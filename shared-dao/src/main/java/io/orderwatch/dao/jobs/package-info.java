/** When each job runs, and how it did. */
@org.jspecify.annotations.NullMarked
package io.orderwatch.dao.jobs;
