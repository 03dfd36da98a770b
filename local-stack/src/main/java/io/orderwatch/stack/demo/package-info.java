/** A cluster on one machine, started, fed, watched, checked and stopped by one command. */
@NullMarked
package io.orderwatch.stack.demo;

import org.jspecify.annotations.NullMarked;
