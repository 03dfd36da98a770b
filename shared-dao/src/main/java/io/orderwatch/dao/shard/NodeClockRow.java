package io.orderwatch.dao.shard;

record NodeClockRow(String node, long millis) {}
