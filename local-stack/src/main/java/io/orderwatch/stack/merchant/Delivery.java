package io.orderwatch.stack.merchant;

/**
 * What a merchant knows of one notification.
 *
 * @param id the number in the public id {@code ow_<number>}
 * @param arrivals how often it came, properly signed; 255 stands for that and more
 * @param acceptances how often it was answered well; 255 stands for that and more
 * @param acceptedAt when it was first answered well, milliseconds since 1970; 0 if never
 */
public record Delivery(long id, int arrivals, int acceptances, long acceptedAt) {}
