package io.orderwatch.dao;

/** Marks the MyBatis mapper of a feature, so that it is found and everything else is not taken for one. */
public interface SqlMapper {}
