package io.orderwatch.job.notification;

import io.orderwatch.job.Ticker;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.apache.hc.client5.http.DnsResolver;
import org.jspecify.annotations.Nullable;

/**
 * The addresses of merchants' hosts. They are looked up on a few threads of their own ({@code notify-dns-n}), never on
 * one that serves sockets, since a name server that is slow would stop all merchants; each host by one of them at a time,
 * so that a bad one takes no more than one. What was found is vetted by the {@link AddressPolicy}, and only vetted
 * addresses are handed to the client: a name that leads elsewhere the next moment changes nothing. Safe for use by many
 * threads.
 */
final class Addresses implements DnsResolver, AutoCloseable {

    private static final Duration FRESH = Duration.ofSeconds(10);
    /** Addresses that were good so long ago are better than none. */
    private static final Duration USABLE = Duration.ofMinutes(5);

    private static final int REMEMBERED = 10_000;
    private static final int THREADS = 16;
    private static final int WAITING = 1_000;
    private static final Duration IDLE = Duration.ofSeconds(30);

    private final AddressPolicy policy;
    private final Lookup lookup;
    private final Ticker ticker;
    private final ThreadPoolExecutor threads;
    private final Map<String, Answer> known = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Answer> eldest) {
            return size() > REMEMBERED;
        }
    };
    private final Map<String, List<Consumer<@Nullable UnknownHostException>>> asked = new HashMap<>();

    /** Asks for the addresses of a name, which may take as long as the name servers like. */
    @FunctionalInterface
    interface Lookup {

        /** At least one; literal addresses are answered too. */
        InetAddress[] all(String host) throws UnknownHostException;
    }

    // not Entry: in a subclass of LinkedHashMap that is the map's own from Java 25 on
    private record Answer(InetAddress[] addresses, long at) {}

    Addresses(AddressPolicy policy, Lookup lookup, Ticker ticker) {
        this.policy = policy;
        this.lookup = lookup;
        this.ticker = ticker;
        AtomicInteger count = new AtomicInteger();
        this.threads = new ThreadPoolExecutor(
                THREADS,
                THREADS,
                IDLE.toMillis(),
                TimeUnit.MILLISECONDS,
                new ArrayBlockingQueue<>(WAITING),
                task -> new Thread(task, "notify-dns-" + count.incrementAndGet()));
        this.threads.allowCoreThreadTimeOut(true);
    }

    /**
     * Makes the addresses of a host known, so that {@link #resolve} has them. Does not wait.
     *
     * @param then told null once they are known, or why they are not; at once, or on one of our threads
     * @throws RejectedExecutionException when too many hosts wait to be looked up, or after the end
     */
    void learn(String host, Consumer<@Nullable UnknownHostException> then) {
        boolean ask;
        synchronized (this) {
            Answer entry = known.get(host);
            ask = entry == null || ticker.nanos() - entry.at() > FRESH.toNanos();
            if (ask && !AddressRange.literal(host)) {
                List<Consumer<@Nullable UnknownHostException>> others = asked.get(host);
                if (others != null) {
                    others.add(then);
                    return;
                }
                threads.execute(() -> tell(host));
                asked.put(host, new ArrayList<>(List.of(then)));
                return;
            }
        }
        then.accept(ask ? find(host) : null);
    }

    private void tell(String host) {
        UnknownHostException problem = find(host);
        List<Consumer<@Nullable UnknownHostException>> waiting;
        synchronized (this) {
            waiting = asked.remove(host);
        }
        waiting.forEach(each -> each.accept(problem));
    }

    private @Nullable UnknownHostException find(String host) {
        try {
            InetAddress[] found = lookup.all(host);
            InetAddress refused = policy.refused(found).orElse(null);
            if (refused != null) {
                forget(host);
                return new BlockedAddressException(
                        refused.getHostAddress() + " is not an address of the public internet, and not listed");
            }
            remember(host, found);
            return null;
        } catch (UnknownHostException e) {
            return usable(host) ? null : e;
        } catch (RuntimeException e) {
            return new UnknownHostException("The name cannot be looked up: " + e.getMessage());
        }
    }

    private synchronized void remember(String host, InetAddress[] addresses) {
        known.put(host, new Answer(addresses.clone(), ticker.nanos()));
    }

    private synchronized void forget(String host) {
        known.remove(host);
    }

    private synchronized boolean usable(String host) {
        Answer entry = known.get(host);
        return entry != null && ticker.nanos() - entry.at() < USABLE.toNanos();
    }

    /** For the client: what was learned and vetted before. Asks nobody. */
    @Override
    public synchronized InetAddress[] resolve(String host) throws UnknownHostException {
        Answer entry = known.get(host);
        if (entry == null) {
            throw new UnknownHostException("The addresses of " + host + " are not known");
        }
        return entry.addresses().clone();
    }

    @Override
    public String resolveCanonicalHostname(String host) {
        return host;
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
