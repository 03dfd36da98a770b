package io.orderwatch.stack.generator;

import java.time.Duration;

/**
 * What the systems around Orderwatch do.
 *
 * @param users how many there are, numbered from 1
 * @param merchants how many there are, numbered from 1
 * @param ordersPerSecond new orders in the steady flow
 * @param flow how long the steady flow lasts
 * @param toggles whether some users and groups are switched off for some seconds now and then; all are on at the end
 * @param badRows how many orders that no one can deal with are strewn into the flow
 * @param seed the same seed makes the same orders
 * @param pace orders live so many times as fast as people pay: 1 as on a working day, more where one waits for them
 * @param favourite so many percent of the orders are of merchant 1, the others evenly of the others; 0: evenly of all
 */
public record GeneratorSettings(
        int users,
        int merchants,
        int ordersPerSecond,
        Duration flow,
        boolean toggles,
        int badRows,
        long seed,
        int pace,
        int favourite) {

    /** At the pace of a working day, and no merchant has more than the others. */
    public GeneratorSettings(
            int users, int merchants, int ordersPerSecond, Duration flow, boolean toggles, int badRows, long seed) {
        this(users, merchants, ordersPerSecond, flow, toggles, badRows, seed, 1, 0);
    }

    public GeneratorSettings {
        if (favourite < 0 || favourite > 100 || (favourite > 0 && merchants < 2)) {
            throw new IllegalArgumentException("A favourite has 0 to 100 percent, and others beside it");
        }
        if (users < 1 || merchants < 1 || ordersPerSecond < 1 || flow.isNegative() || badRows < 0 || pace < 1) {
            throw new IllegalArgumentException(
                    "A generator needs users, merchants and orders per second of at least 1, and no negative figures");
        }
    }
}
