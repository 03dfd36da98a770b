package io.orderwatch.dao;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.sql.CallableStatement;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.ibatis.session.Configuration;
import org.apache.ibatis.type.JdbcType;
import org.apache.ibatis.type.TypeHandler;
import org.jspecify.annotations.Nullable;

/**
 * Makes a record of a row, column by column. Matching the columns of each row to the record's components, as MyBatis
 * does by itself, costs more than all else that is done with a row. Safe for use by many threads.
 */
final class RecordRows<T> implements TypeHandler<T> {

    private static final UtcInstants INSTANTS = new UtcInstants();

    private static final Map<Class<?>, Column> COLUMNS = Map.of(
            long.class, (row, i) -> notNull(row, i, row.getLong(i)),
            int.class, (row, i) -> notNull(row, i, row.getInt(i)),
            boolean.class, (row, i) -> notNull(row, i, row.getBoolean(i)),
            Long.class, (row, i) -> orNull(row, row.getLong(i)),
            Integer.class, (row, i) -> orNull(row, row.getInt(i)),
            String.class, ResultSet::getString,
            byte[].class, ResultSet::getBytes,
            BigDecimal.class, ResultSet::getBigDecimal,
            Instant.class, INSTANTS::getNullableResult);

    private final Constructor<T> constructor;
    private final Column[] columns;
    /** With the first row ever: what several queries select for one record they have in one text. */
    private volatile boolean checked;

    @FunctionalInterface
    private interface Column {

        @Nullable Object read(ResultSet row, int column) throws SQLException;
    }

    RecordRows(Class<T> type) {
        RecordComponent[] components = type.getRecordComponents();
        this.columns = Arrays.stream(components)
                .map(component -> column(component.getType()))
                .toArray(Column[]::new);
        try {
            this.constructor = type.getDeclaredConstructor(
                    Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
        } catch (NoSuchMethodException e) {
            throw new IllegalStateException("Every record has a canonical constructor", e);
        }
        constructor.setAccessible(true);
    }

    /** Has all records that mappers return and that are {@link ColumnsInOrder} made in this way. */
    static void register(Configuration configuration) {
        Set<Class<?>> types = new LinkedHashSet<>();
        for (Class<?> mapper : configuration.getMapperRegistry().getMappers()) {
            for (Method query : mapper.getDeclaredMethods()) {
                Class<?> type = rowsOf(query.getGenericReturnType());
                if (type.isAnnotationPresent(ColumnsInOrder.class)) {
                    types.add(type);
                }
            }
        }
        types.forEach(type -> register(configuration, type));
    }

    private static <R> void register(Configuration configuration, Class<R> type) {
        configuration.getTypeHandlerRegistry().register(type, new RecordRows<>(type));
    }

    private static Class<?> rowsOf(Type returned) {
        Type rows = returned instanceof ParameterizedType list ? list.getActualTypeArguments()[0] : returned;
        return rows instanceof Class<?> type ? type : Object.class;
    }

    private static Column column(Class<?> type) {
        if (type.isEnum()) {
            Map<String, Object> values = Arrays.stream(type.getEnumConstants())
                    .collect(Collectors.toMap(each -> ((Enum<?>) each).name(), Function.identity()));
            return (row, i) -> known(values, row.getString(i));
        }
        Column column = COLUMNS.get(type);
        if (column == null) {
            throw new IllegalStateException("No column is read as " + type);
        }
        return column;
    }

    private static @Nullable Object known(Map<String, Object> values, @Nullable String name) {
        Object value = name == null ? null : values.get(name);
        if (value == null && name != null) {
            throw new IllegalArgumentException("None of " + values.keySet() + ": " + name);
        }
        return value;
    }

    private static @Nullable Object orNull(ResultSet row, Object value) throws SQLException {
        return row.wasNull() ? null : value;
    }

    private static Object notNull(ResultSet row, int column, Object value) throws SQLException {
        if (row.wasNull()) {
            throw new IllegalStateException(
                    "Column " + row.getMetaData().getColumnLabel(column) + " is NULL where a value has to be");
        }
        return value;
    }

    /** Two columns of one type that changed places would go unnoticed. */
    private void requireNamesInOrder(ResultSet row) throws SQLException {
        RecordComponent[] components = constructor.getDeclaringClass().getRecordComponents();
        List<String> expected =
                Arrays.stream(components).map(RecordComponent::getName).toList();
        List<String> found = new ArrayList<>();
        for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
            found.add(row.getMetaData().getColumnLabel(i));
        }
        boolean fit = found.stream()
                .map(label -> label.replace("_", "").toLowerCase(Locale.ROOT))
                .toList()
                .equals(expected.stream()
                        .map(name -> name.toLowerCase(Locale.ROOT))
                        .toList());
        if (!fit) {
            throw new IllegalStateException("Columns " + found + " do not fit the components " + expected + " of "
                    + constructor.getDeclaringClass().getSimpleName());
        }
    }

    @Override
    public T getResult(ResultSet row, String firstColumn) throws SQLException {
        if (!checked) {
            requireNamesInOrder(row);
            checked = true;
        }
        @Nullable Object[] values = new @Nullable Object[columns.length];
        for (int i = 0; i < columns.length; i++) {
            values[i] = columns[i].read(row, i + 1);
        }
        try {
            return constructor.newInstance(values);
        } catch (InvocationTargetException | InstantiationException | IllegalAccessException e) {
            throw new IllegalStateException(
                    "A row does not fit " + constructor.getDeclaringClass().getSimpleName(), e);
        }
    }

    @Override
    public T getResult(ResultSet row, int column) {
        throw new UnsupportedOperationException("A record is made of a whole row");
    }

    @Override
    public T getResult(CallableStatement call, int column) {
        throw new UnsupportedOperationException("A record is made of a whole row");
    }

    @Override
    public void setParameter(PreparedStatement statement, int index, T value, JdbcType type) {
        throw new UnsupportedOperationException("A record is no parameter");
    }
}
