package io.orderwatch.dao.schema;

/** The tables could not be brought up to date; the message is one line that says why. */
public final class SchemaMigrationException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    SchemaMigrationException(Throwable cause) {
        super(String.valueOf(cause.getMessage()).strip().replaceAll("\\s*\\n\\s*", " "), cause);
    }
}
