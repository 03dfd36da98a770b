package io.orderwatch.node;

import io.orderwatch.stack.Stack;
import java.util.Map;

/** The servers of another stack, as somebody who may do less there. Closing it stops nothing. */
record AsUser(Stack stack, String user, String password) implements Stack {

    @Override
    public String jdbcUrl(String schema) {
        return stack.jdbcUrl(schema);
    }

    @Override
    public String redisUri() {
        return stack.redisUri();
    }

    @Override
    public String zookeeperConnect() {
        return stack.zookeeperConnect();
    }

    @Override
    public String newSchema(String prefix) {
        throw new UnsupportedOperationException(user + " may not create databases");
    }

    @Override
    public void dropSchema(String schema) {
        throw new UnsupportedOperationException(user + " may not drop databases");
    }

    @Override
    public String sqlClient(String schema) {
        return stack.sqlClient(schema);
    }

    @Override
    public Map<String, String> versions() {
        return stack.versions();
    }

    @Override
    public void close() {
        // the servers are not ours
    }
}
