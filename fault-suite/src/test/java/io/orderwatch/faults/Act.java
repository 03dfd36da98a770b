package io.orderwatch.faults;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/** A fault that is one deed, with nothing to heal but what it does itself. */
final class Act implements Fault {

    private final String what;
    private final Set<String> harms;
    private final boolean blurs;
    private final Deed deed;
    private Optional<String> proof = Optional.empty();

    /** Does it, and undoes it where that is needed; returns what shows that it bit, empty if nothing does. */
    @FunctionalInterface
    interface Deed {
        Optional<String> done() throws Exception;
    }

    Act(String what, Set<String> harms, boolean blurs, Deed deed) {
        this.what = what;
        this.harms = harms;
        this.blurs = blurs;
        this.deed = deed;
    }

    @Override
    public String what() {
        return what;
    }

    @Override
    public Set<String> harms() {
        return harms;
    }

    @Override
    public Duration lasts() {
        return Duration.ZERO;
    }

    @Override
    public boolean blurs() {
        return blurs;
    }

    @Override
    public void inject() throws Exception {
        proof = deed.done();
    }

    @Override
    public void heal() {
        // the deed has seen to that
    }

    @Override
    public Optional<String> proof() {
        return proof;
    }
}
