package io.orderwatch.faults;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/** Something that happens to a cluster, once, to certain victims. Made anew for each run. For one thread. */
interface Fault {

    /** In few words, with its victims: {@code kill -9 of node-2}. */
    String what();

    /** What it harms, so that two that harm the same are not put together. */
    Set<String> harms();

    /** How long the harm stays before it is healed. */
    Duration lasts();

    /** Whether what a node was sending at that moment may be sent again, as nobody can know what became of it. */
    boolean blurs();

    /** How often each node that it harms may lose what it is sending, where it {@link #blurs()}. */
    default long losses() {
        return 1;
    }

    /**
     * Where it is known which notifications those are, asked after it was healed: no others may be told twice. Empty: it is
     * not known, and each one is forgiven that its sender never said the outcome of.
     */
    default Optional<Set<Long>> mayBeTwice() {
        return Optional.empty();
    }

    void inject() throws Exception;

    /** Also called when {@link #inject} failed half-way. */
    void heal() throws Exception;

    /**
     * What shows that it bit, asked after it was healed and before orders stop coming.
     *
     * @return empty: it did nothing, and the run proves nothing
     */
    Optional<String> proof() throws Exception;
}
