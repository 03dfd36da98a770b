package io.orderwatch.dao;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * On a record that is made of many rows: every query that returns it selects a column for each of its components, in
 * their order, by their names ({@code merchant_id} for {@code merchantId}), and no others. See {@link RecordRows}.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface ColumnsInOrder {}
