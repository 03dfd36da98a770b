package io.orderwatch.stack.merchant;

import java.util.function.Consumer;

/**
 * What became of each notification, by its number: how often it arrived and when it was first accepted. An open hash
 * of plain arrays: a million notifications take 36 MB. Safe for use by many threads.
 */
final class Deliveries {

    private static final int INITIAL = 1 << 12;
    private static final int MAX_COUNT = 255;
    /** Keys are stored one up, so that 0 is an empty place. */
    private static final long EMPTY = 0;

    private long[] keys = new long[INITIAL];
    private long[] acceptedAt = new long[INITIAL];
    private byte[] arrivals = new byte[INITIAL];
    private byte[] acceptances = new byte[INITIAL];
    private int size;

    /** @return whether it arrives again though it was accepted before */
    synchronized boolean arrived(long id) {
        int place = placeFor(id);
        arrivals[place] = oneMore(arrivals[place]);
        return acceptances[place] != 0;
    }

    /** @return whether it is the first time that this one is accepted */
    synchronized boolean accepted(long id, long atMillis) {
        int place = placeFor(id);
        boolean first = acceptances[place] == 0;
        acceptances[place] = oneMore(acceptances[place]);
        if (first) {
            acceptedAt[place] = atMillis;
        }
        return first;
    }

    synchronized Delivery of(long id) {
        int place = find(id);
        return keys[place] == EMPTY ? new Delivery(id, 0, 0, 0) : at(place);
    }

    /** Calls with each notification that ever arrived; new arrivals wait meanwhile. */
    synchronized void forEach(Consumer<Delivery> consumer) {
        for (int place = 0; place < keys.length; place++) {
            if (keys[place] != EMPTY) {
                consumer.accept(at(place));
            }
        }
    }

    synchronized int size() {
        return size;
    }

    private Delivery at(int place) {
        return new Delivery(
                keys[place] - 1,
                Byte.toUnsignedInt(arrivals[place]),
                Byte.toUnsignedInt(acceptances[place]),
                acceptedAt[place]);
    }

    private int placeFor(long id) {
        int place = find(id);
        if (keys[place] == EMPTY) {
            if (size >= keys.length / 2) {
                grow();
                place = find(id);
            }
            keys[place] = id + 1;
            size++;
        }
        return place;
    }

    /** @return where the id is, or the empty place where it belongs */
    private int find(long id) {
        int mask = keys.length - 1;
        long hash = (id + 1) * 0x9E3779B97F4A7C15L;
        int place = (int) (hash >>> 32) & mask;
        while (keys[place] != EMPTY && keys[place] != id + 1) {
            place = (place + 1) & mask;
        }
        return place;
    }

    private void grow() {
        long[] oldKeys = keys;
        long[] oldAcceptedAt = acceptedAt;
        byte[] oldArrivals = arrivals;
        byte[] oldAcceptances = acceptances;
        int length = Math.multiplyExact(oldKeys.length, 2);
        keys = new long[length];
        acceptedAt = new long[length];
        arrivals = new byte[length];
        acceptances = new byte[length];
        for (int old = 0; old < oldKeys.length; old++) {
            if (oldKeys[old] != EMPTY) {
                int place = find(oldKeys[old] - 1);
                keys[place] = oldKeys[old];
                acceptedAt[place] = oldAcceptedAt[old];
                arrivals[place] = oldArrivals[old];
                acceptances[place] = oldAcceptances[old];
            }
        }
    }

    private static byte oneMore(byte count) {
        return (byte) Math.min(MAX_COUNT, Byte.toUnsignedInt(count) + 1);
    }
}
