package io.orderwatch.node.shard;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.orderwatch.dao.shard.ShardLease;
import java.io.IOException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Members, plan and acknowledgements as JSON, for ZooKeeper and for people who look into it. Compact: 1,024 shards come
 * to some 10 kB.
 */
final class Wire {

    private final ObjectMapper json = new ObjectMapper();

    byte[] write(Member member) {
        ObjectNode node = json.createObjectNode();
        node.put("node", member.node());
        node.put("incarnation", member.incarnation());
        node.put("process", member.process());
        node.put("host", member.host());
        node.put("jmx", member.jmx());
        node.put("startedAt", member.startedAt().toString());
        node.put("uptake", member.uptake().name());
        return bytes(node);
    }

    Member readMember(byte[] data) {
        JsonNode node = tree(data);
        try {
            return new Member(
                    required(node, "node").textValue(),
                    required(node, "incarnation").longValue(),
                    required(node, "process").textValue(),
                    node.path("host").asText(),
                    node.path("jmx").asText(),
                    Instant.parse(node.path("startedAt").asText()),
                    Uptake.valueOf(required(node, "uptake").asText()));
        } catch (DateTimeParseException | IllegalArgumentException e) {
            throw new BoardException("A member in ZooKeeper cannot be read: " + node, e);
        }
    }

    /** {@code {"at":[7,12],"holders":[["node-1",99]],"shards":[[0,5,3],..],..}}: triples of shard, epoch. */
    byte[] write(Ack ack) {
        ObjectNode node = json.createObjectNode();
        node.put("node", ack.holder().node());
        node.put("incarnation", ack.holder().incarnation());
        put(node.putArray("at"), ack.stamp());
        ArrayNode holds = node.putArray("holds");
        ack.holds().stream()
                .sorted(Comparator.comparingInt(ShardLease::shard).thenComparingLong(ShardLease::epoch))
                .forEach(held -> holds.add(held.shard()).add(held.epoch()));
        return bytes(node);
    }

    Ack readAck(byte[] data) {
        JsonNode node = tree(data);
        JsonNode flat = required(node, "holds");
        Set<ShardLease> holds = new HashSet<>();
        for (int i = 0; i + 1 < flat.size(); i += 2) {
            holds.add(new ShardLease(flat.get(i).intValue(), flat.get(i + 1).longValue()));
        }
        return new Ack(
                new Holder(
                        required(node, "node").textValue(),
                        required(node, "incarnation").longValue()),
                stamp(required(node, "at"), 0),
                holds);
    }

    /**
     * One array a shard: number of the holder in {@code holders}, epoch, and while it is moving the leader epoch and
     * version of the plan that first said so and the next owner; null for a shard that nobody was granted yet.
     */
    byte[] write(Plan plan) {
        ObjectNode node = json.createObjectNode();
        put(node.putArray("at"), plan.stamp());
        ArrayNode live = node.putArray("live");
        new TreeSet<>(plan.live()).forEach(live::add);
        ArrayNode out = node.putArray("out");
        plan.out().stream().sorted(Comparator.comparing(Holder::node)).forEach(holder -> put(out.addArray(), holder));
        ArrayNode holders = node.putArray("holders");
        ArrayNode shards = node.putArray("shards");
        Map<Holder, Integer> numbers = new HashMap<>();
        for (Plan.Entry entry : plan.entries()) {
            if (entry == null) {
                shards.addNull();
                continue;
            }
            int number = numbers.computeIfAbsent(entry.holder(), holder -> {
                put(holders.addArray(), holder);
                return holders.size() - 1;
            });
            ArrayNode shard = shards.addArray().add(number).add(entry.epoch());
            if (entry.moving() != null) {
                put(shard, entry.moving().since());
                shard.add(entry.moving().next());
            }
        }
        return bytes(node);
    }

    Plan readPlan(byte[] data) {
        JsonNode node = tree(data);
        List<Holder> holders = holders(required(node, "holders"));
        List<Plan.Entry> entries = new ArrayList<>();
        for (JsonNode shard : required(node, "shards")) {
            if (shard.isNull()) {
                entries.add(null);
                continue;
            }
            Plan.Moving moving = shard.size() < 5
                    ? null
                    : new Plan.Moving(stamp(shard, 2), shard.get(4).textValue());
            entries.add(new Plan.Entry(
                    holders.get(shard.get(0).intValue()), shard.get(1).longValue(), moving));
        }
        Set<String> live = new HashSet<>();
        required(node, "live").forEach(name -> live.add(name.textValue()));
        return new Plan(stamp(required(node, "at"), 0), entries, live, new HashSet<>(holders(required(node, "out"))));
    }

    private static List<Holder> holders(JsonNode array) {
        List<Holder> holders = new ArrayList<>();
        for (JsonNode holder : array) {
            holders.add(new Holder(holder.get(0).textValue(), holder.get(1).longValue()));
        }
        return holders;
    }

    private static void put(ArrayNode array, Holder holder) {
        array.add(holder.node()).add(holder.incarnation());
    }

    private static void put(ArrayNode array, Stamp stamp) {
        array.add(stamp.leaderEpoch()).add(stamp.version());
    }

    private static Stamp stamp(JsonNode array, int from) {
        return new Stamp(array.get(from).longValue(), array.get(from + 1).longValue());
    }

    private static JsonNode required(JsonNode node, String field) {
        JsonNode value = node.get(field);
        if (value == null) {
            throw new BoardException("What ZooKeeper holds has no '" + field + "': " + node, null);
        }
        return value;
    }

    private byte[] bytes(JsonNode node) {
        try {
            return json.writeValueAsBytes(node);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("A tree of JSON could not be written", e);
        }
    }

    private JsonNode tree(byte[] data) {
        try {
            return json.readTree(data);
        } catch (IOException e) {
            throw new BoardException("What ZooKeeper holds is no JSON: " + e.getMessage(), e);
        }
    }
}
