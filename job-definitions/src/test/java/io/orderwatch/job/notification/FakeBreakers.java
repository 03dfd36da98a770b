package io.orderwatch.job.notification;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/** Breakers that do what the test says. */
final class FakeBreakers implements Breakers {

    private final Map<Long, Long> open = new ConcurrentHashMap<>();
    private final Set<Long> probing = ConcurrentHashMap.newKeySet();
    final List<String> reports = new CopyOnWriteArrayList<>();
    private volatile LongConsumer listener = merchant -> {};

    void open(long endpointId, long merchantId) {
        open.put(endpointId, merchantId);
        listener.accept(merchantId);
    }

    void probe(long endpointId) {
        probing.add(endpointId);
        listener.accept(open.get(endpointId));
    }

    void close(long endpointId) {
        probing.remove(endpointId);
        Long merchantId = open.remove(endpointId);
        if (merchantId != null) {
            listener.accept(merchantId);
        }
    }

    @Override
    public int allowed(long endpointId, int cap) {
        return !open.containsKey(endpointId) ? cap : probing.contains(endpointId) ? 1 : 0;
    }

    @Override
    public @Nullable Pass pass(long merchantId, long endpointId) {
        if (!open.containsKey(endpointId)) {
            return new Pass(merchantId, endpointId, 0, false);
        }
        return probing.remove(endpointId) ? new Pass(merchantId, endpointId, 1, true) : null;
    }

    @Override
    public void report(Pass pass, boolean success, Duration took) {
        reports.add(pass.endpointId() + (success ? " ok" : " failed") + (pass.probe() ? " probe" : ""));
        if (pass.probe() && success) {
            close(pass.endpointId());
        }
    }

    @Override
    public void unused(Pass pass) {
        if (pass.probe()) {
            probing.add(pass.endpointId());
        }
    }

    @Override
    public void onChange(LongConsumer merchants) {
        listener = merchants;
    }
}
