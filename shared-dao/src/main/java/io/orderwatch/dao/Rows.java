package io.orderwatch.dao;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.HexFormat;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Rows for the {@code VALUES} of an INSERT, written into the statement as they are, like {@link Ids}: with parameters,
 * MyBatis and the driver go through each value of each row several times, which costs more than all else that is done
 * to write thousands of rows. It is safe because what is written can be nothing but numbers, printable ASCII between
 * apostrophes that has no apostrophe, no backslash and, for MyBatis, no # in it, and digits: any other text goes as
 * hexadecimal digits, so that no mode of the server and no character in it matters.
 */
public final class Rows {

    /** A statement ends with the row that brings it over this: servers refuse those that are too large. */
    private static final int ENOUGH = 512 * 1024;

    private final StringBuilder text = new StringBuilder(ENOUGH / 8);

    private Rows() {}

    /**
     * Writes the rows of as many statements as it takes, and has each executed before the next is written, as the text
     * of all of them may be more than there is room for.
     *
     * @param write adds the values of an item, in the order of the statement's columns
     */
    public static <T> void write(Collection<T> items, BiConsumer<T, Row> write, Consumer<Rows> execute) {
        Rows rows = new Rows();
        for (T item : items) {
            Row row = new Row(rows.text);
            write.accept(item, row);
            row.end();
            if (rows.text.length() > ENOUGH) {
                execute.accept(rows);
                rows = new Rows();
            }
        }
        if (!rows.text.isEmpty()) {
            execute.accept(rows);
        }
    }

    /** What goes behind {@code VALUES}. */
    @Override
    public String toString() {
        return text.toString();
    }

    /** The values of a row, one call a column. */
    public static final class Row {

        private final StringBuilder text;
        private char next = '(';

        private Row(StringBuilder text) {
            this.text = text.append(text.isEmpty() ? "" : ",");
        }

        public Row number(long value) {
            column().append(value);
            return this;
        }

        public Row number(@Nullable Number value) {
            return value == null ? sql("NULL") : number(value.longValue());
        }

        public Row text(@Nullable String value) {
            if (value == null) {
                return sql("NULL");
            }
            if (plain(value)) {
                column().append('\'').append(value).append('\'');
            } else {
                column().append("_utf8mb4 x'")
                        .append(HexFormat.of().formatHex(value.getBytes(StandardCharsets.UTF_8)))
                        .append('\'');
            }
            return this;
        }

        /** By its name. */
        public Row text(Enum<?> value) {
            return text(value.name());
        }

        /** To the millisecond, in UTC. */
        public Row moment(Instant value) {
            column().append('\'')
                    .append(LocalDateTime.ofInstant(value, ZoneOffset.UTC).truncatedTo(ChronoUnit.MILLIS))
                    .append('\'');
            return this;
        }

        /** That much later than now, by the server's clock. */
        public Row fromNow(long micros) {
            column().append("UTC_TIMESTAMP(3)");
            if (micros != 0) {
                text.append(" + INTERVAL ").append(micros).append(" MICROSECOND");
            }
            return this;
        }

        private Row sql(String expression) {
            column().append(expression);
            return this;
        }

        private StringBuilder column() {
            text.append(next);
            next = ',';
            return text;
        }

        private void end() {
            text.append(')');
        }

        /** Printable ASCII, but for what means something between quotes, and for what begins a parameter of MyBatis. */
        private static boolean plain(String value) {
            for (int i = 0; i < value.length(); i++) {
                char c = value.charAt(i);
                if (c < ' ' || c > '~' || c == '\'' || c == '\\' || c == '#') {
                    return false;
                }
            }
            return true;
        }
    }
}
