package io.orderwatch.dao.alert;

/**
 * How merchants answered.
 *
 * @param accepted of the tries
 * @param unanswered of the tries, those without a usable answer
 * @param millis of all tries together
 */
public record Figures(long tries, long accepted, long unanswered, long millis) {

    public static final Figures NONE = new Figures(0, 0, 0, 0);

    /** Both together. */
    public Figures plus(Figures other) {
        return new Figures(
                tries + other.tries, accepted + other.accepted, unanswered + other.unanswered, millis + other.millis);
    }

    /** Share of the tries that were accepted, 0 to 1; 1 where there was none. */
    public double successRate() {
        return tries == 0 ? 1 : (double) accepted / tries;
    }

    /** Share of the tries without a usable answer, 0 to 1. */
    public double errorRate() {
        return tries == 0 ? 0 : (double) unanswered / tries;
    }

    /** Milliseconds a try. */
    public long averageMillis() {
        return tries == 0 ? 0 : millis / tries;
    }
}
