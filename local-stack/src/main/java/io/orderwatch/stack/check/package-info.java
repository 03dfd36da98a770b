/** What must hold of the tables and of what merchants heard, whatever happened. */
@NullMarked
package io.orderwatch.stack.check;

import org.jspecify.annotations.NullMarked;
