package io.orderwatch.dao.status;

/** What an operator can switch on and off with SQL. */
public enum SwitchKind {
    USER("users", "id", "user_id"),
    GROUP("order_groups", "user_id", "group_id"),
    STRATEGY("strategies", "user_id", "strategy_id");

    private final String table;
    private final String userColumn;
    private final String reference;

    SwitchKind(String table, String userColumn, String reference) {
        this.table = table;
        this.userColumn = userColumn;
        this.reference = reference;
    }

    String table() {
        return table;
    }

    /** Column of its table that names the user. */
    String userColumn() {
        return userColumn;
    }

    /** Column of orders and notifications that points to it. */
    String reference() {
        return reference;
    }
}
