package io.orderwatch.node.shard;

import java.util.Map;
import java.util.Optional;

/**
 * Where nodes show themselves, and the leader sees them and pins up the plan. ZooKeeper, or a simulation of it.
 *
 * @see BoardException which each call may throw; whether a write was done is then unknown
 */
interface Board {

    /** The epoch of the last leadership as it is written on the board, with what it takes to replace it. */
    record LeaderEpoch(long epoch, int version) {

        /** Nobody has led yet, or the data was lost. */
        static final LeaderEpoch NONE = new LeaderEpoch(0, -1);
    }

    /** Proof of a leadership: as long as the board's leader epoch has that version, nobody took over. */
    record Mandate(long epoch, int version) {}

    /**
     * A place in the election.
     *
     * @param id as the board names it
     */
    record Place(String id, String node) {}

    // ---- reading

    Map<String, Member> members();

    Map<String, Ack> acks();

    /** {@link Plan#NONE} where there is none. */
    Plan plan();

    LeaderEpoch leaderEpoch();

    /** Who stands first in the election; empty when nobody stands. */
    Optional<Place> firstPlace();

    // ---- leading

    /**
     * Begins a leadership.
     *
     * @param seen what is to be replaced
     * @return empty when this process is not the elected one any more, or somebody else was faster
     */
    Optional<Mandate> takeLeadership(LeaderEpoch seen, long epoch);

    /** Takes somebody else's place in the election away, so that the next one leads. */
    void strike(Place place);

    /** Pins up the plan. False when the mandate is over: a deposed leader changes nothing. */
    boolean write(Plan plan, Mandate mandate);

    // ---- taking part

    /** What became of an attempt to show this node as a member. */
    sealed interface Registration {
        /** It is there, in the present session. */
        record Done() implements Registration {}

        /** Another living process has that node id. */
        record Taken(Member by) implements Registration {}
    }

    /** Where the board is, for people. */
    String base();

    /** Makes the folders; needed after the data was lost, too. */
    void prepare();

    /** Id of the installation whose cluster lies here: the given one where there was none. */
    String installation(String own);

    /** Shows this node as a member, unless a living process of the same id does. */
    Registration register(Member member);

    /** Shows what the node holds. */
    void acknowledge(Ack ack);

    /** Takes this node's member and acknowledgement away, if they are of this process. */
    void unregister(String node, String process);
}
