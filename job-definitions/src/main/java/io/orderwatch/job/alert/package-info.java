/** Telling people what goes wrong: rules find incidents, and channels carry what is said of them. */
@org.jspecify.annotations.NullMarked
package io.orderwatch.job.alert;
