package io.orderwatch.dao.retention;

import org.jspecify.annotations.Nullable;

record PageEnd(@Nullable Long lastId, int rows, int young) {}
