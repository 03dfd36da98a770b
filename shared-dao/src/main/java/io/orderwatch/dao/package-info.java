/** What is stored: transactions, pools, and a package per feature with its records and its store. */
@org.jspecify.annotations.NullMarked
package io.orderwatch.dao;
