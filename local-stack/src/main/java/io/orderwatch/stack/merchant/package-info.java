/** A server that stands for all merchants: it checks, counts and answers notifications, well or badly as it is told. */
@NullMarked
package io.orderwatch.stack.merchant;

import org.jspecify.annotations.NullMarked;
