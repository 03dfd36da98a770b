package io.orderwatch.faults;

import io.orderwatch.faults.Catalogue.Entry;
import io.orderwatch.faults.HaltNode.Place;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;

/** Nodes that end, or stand still, where it is worst: between a deed and what makes it known. */
final class PlaceFaults {

    private final World world;

    PlaceFaults(World world) {
        this.world = world;
    }

    List<Entry> entries() {
        return Stream.concat(
                        Stream.of(Place.values())
                                .map(place -> Entry.of("halt-" + place.text(), random -> halt(place, random))),
                        Stream.of(FreezeAtPlace.Place.values())
                                .map(place -> Entry.of(
                                        "freeze-" + place.text(),
                                        random -> new FreezeAtPlace(world, place, any(random)))))
                .toList();
    }

    private Fault halt(Place place, Random random) {
        if (place == Place.AFTER_EPOCH_RAISED) {
            // the leader has something to grant when another's shards are to be taken over
            return new HaltNode(world, place, world.leader(), Optional.of(world.follower(random)));
        }
        return new HaltNode(world, place, any(random), Optional.empty());
    }

    private String any(Random random) {
        List<String> ids = world.nodes().ids();
        return ids.get(random.nextInt(ids.size()));
    }
}
