/** Who owns which shard, and for how long: the tables that fence all work. */
@org.jspecify.annotations.NullMarked
package io.orderwatch.dao.shard;
