package io.orderwatch.dao.setaside;

/** What kind of row was set aside. */
public enum SetAsideKind {
    ORDER,
    NOTIFICATION
}
