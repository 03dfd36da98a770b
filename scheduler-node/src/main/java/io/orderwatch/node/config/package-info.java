/** The settings of a node: read, checked and frozen before anything starts. */
@org.jspecify.annotations.NullMarked
package io.orderwatch.node.config;
