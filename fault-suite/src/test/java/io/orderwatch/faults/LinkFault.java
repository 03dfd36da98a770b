package io.orderwatch.faults;

import io.orderwatch.faults.net.Link;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** Something happens to the wires between nodes and servers, while both live. */
final class LinkFault implements Fault {

    private final String how;
    private final List<Link> links;
    private final Consumer<Link> harm;
    private final Duration lasts;
    private final int times;
    private final boolean blurs;
    private long bitesBefore;

    /**
     * @param how {@code node-1 is cut from Redis}
     * @param times how often it happens and is healed again, within the time that it lasts
     */
    LinkFault(String how, List<Link> links, Consumer<Link> harm, Duration lasts, int times, boolean blurs) {
        this.how = how;
        this.links = links;
        this.harm = harm;
        this.lasts = lasts;
        this.times = times;
        this.blurs = blurs;
    }

    @Override
    public String what() {
        return how + " for " + lasts.toMillis() + " ms" + (times > 1 ? ", on and off " + times + " times" : "");
    }

    @Override
    public Set<String> harms() {
        return links.stream().map(Link::name).collect(Collectors.toSet());
    }

    @Override
    public Duration lasts() {
        return times > 1 ? Duration.ZERO : lasts;
    }

    @Override
    public boolean blurs() {
        return blurs;
    }

    /** A wire that is bad for long enough lets claims through, and what comes of them not, once for each claim's time. */
    @Override
    public long losses() {
        return times + lasts.toMillis() / World.CLAIMED.toMillis();
    }

    @Override
    public void inject() throws InterruptedException {
        bitesBefore = bites();
        links.forEach(harm);
        for (int time = 1; time < times; time++) {
            World.pass(lasts.dividedBy(2L * times));
            links.forEach(Link::heal);
            World.pass(lasts.dividedBy(2L * times));
            links.forEach(harm);
        }
    }

    @Override
    public void heal() {
        links.forEach(Link::heal);
    }

    @Override
    public Optional<String> proof() {
        long bites = bites() - bitesBefore;
        return bites == 0 ? Optional.empty() : Optional.of(bites + " connections and pieces were torn or held up");
    }

    private long bites() {
        return links.stream().mapToLong(Link::bites).sum();
    }
}
