package io.orderwatch.faults;

import io.orderwatch.faults.net.Link;
import io.orderwatch.stack.ServerProcess;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Servers are killed or frozen, all at once, and come back on their data. */
final class ServerFault implements Fault {

    private final How how;
    private final List<ServerProcess> victims;
    private final List<Link> links;
    private final Duration lasts;
    private final boolean blurs;
    private final Afterwards afterwards;
    private long bitesBefore;
    private boolean down;

    enum How {
        KILL,
        FREEZE
    }

    /** What is measured when they answer again. */
    @FunctionalInterface
    interface Afterwards {
        void measure() throws Exception;
    }

    /** @param links those that lead to them; empty: that they are down is proof enough */
    ServerFault(
            How how,
            List<ServerProcess> victims,
            List<Link> links,
            Duration lasts,
            boolean blurs,
            Afterwards afterwards) {
        this.how = how;
        this.victims = victims;
        this.links = links;
        this.lasts = lasts;
        this.blurs = blurs;
        this.afterwards = afterwards;
    }

    @Override
    public String what() {
        return (how == How.KILL ? "kill -9 of " : "SIGSTOP of ")
                + victims.stream().map(ServerProcess::name).collect(Collectors.joining(" and ")) + " for "
                + lasts.toMillis() + " ms";
    }

    @Override
    public Set<String> harms() {
        return victims.stream().map(ServerProcess::name).collect(Collectors.toSet());
    }

    @Override
    public Duration lasts() {
        return lasts;
    }

    @Override
    public boolean blurs() {
        return blurs;
    }

    @Override
    public void inject() {
        bitesBefore = bites();
        victims.forEach(how == How.KILL ? ServerProcess::kill : ServerProcess::freeze);
        down = how == How.FREEZE || victims.stream().noneMatch(ServerProcess::alive);
    }

    @Override
    public void heal() throws Exception {
        if (how == How.FREEZE) {
            victims.forEach(ServerProcess::thaw);
        } else {
            victims.forEach(ServerProcess::launchAgain);
        }
        victims.forEach(ServerProcess::awaitAnswer);
        afterwards.measure();
    }

    @Override
    public Optional<String> proof() {
        long bites = bites() - bitesBefore;
        if (!down || (how == How.KILL && !links.isEmpty() && bites == 0)) {
            return Optional.empty();
        }
        return Optional.of("down it was" + (bites > 0 ? ", and " + bites + " connections were refused" : ""));
    }

    private long bites() {
        return links.stream().mapToLong(Link::bites).sum();
    }
}
