package io.orderwatch.node.jmx;

import io.orderwatch.node.breaker.BreakerReset;
import io.orderwatch.node.breaker.BreakerReset.Answer;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import javax.management.MBeanServer;

/** Registers {@link BreakersMXBean}, and takes it away again when it is closed. */
public final class ManagedBreakers implements BreakersMXBean, AutoCloseable {

    /** Name of the MBean. */
    public static final String NAME = "io.orderwatch:type=Breakers";

    private final Supplier<BreakerReset> resets;
    private final Registration registration;

    /**
     * @param resets gives a fresh one for each call, which is closed after it
     * @throws IllegalStateException when there is such an MBean already
     */
    public ManagedBreakers(Supplier<BreakerReset> resets, MBeanServer server) {
        this.resets = resets;
        this.registration = new Registration(this, NAME, server);
    }

    @Override
    public String reset(long merchantId) {
        try (BreakerReset reset = resets.get()) {
            List<Answer> answers = reset.reset(merchantId, Registration.actor());
            return answers.isEmpty()
                    ? "There is no merchant " + merchantId + " with an endpoint that is on"
                    : answers.stream().map(Answer::sentence).collect(Collectors.joining(System.lineSeparator()));
        }
    }

    @Override
    public void close() {
        registration.close();
    }
}
