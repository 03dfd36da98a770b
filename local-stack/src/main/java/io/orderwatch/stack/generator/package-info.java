/**
 * The systems around Orderwatch: they write users, merchants and orders with plain SQL, know nothing of Orderwatch,
 * and keep a book of what merchants have to hear.
 */
@NullMarked
package io.orderwatch.stack.generator;

import org.jspecify.annotations.NullMarked;
