package io.orderwatch.dao.notification;

/**
 * Which of a merchant's endpoints is called.
 *
 * @param priority the least is called first, the next where that one failed
 * @param weight share of the calls among endpoints of one priority; 0: only where the others failed
 * @param fallback whether it is used only where the last try of the others failed
 */
public record Preference(int priority, int weight, boolean fallback) {

    /** Of an endpoint of which nothing more is said. */
    public static final Preference USUAL = new Preference(0, 1, false);
}
