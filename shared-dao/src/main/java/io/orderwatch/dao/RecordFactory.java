package io.orderwatch.dao;

import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.ibatis.reflection.ReflectionException;
import org.apache.ibatis.reflection.factory.DefaultObjectFactory;
import org.jspecify.annotations.Nullable;

/**
 * Makes the records that rows become. MyBatis's own factory looks the constructor up for each row and, where the record
 * is not public, runs into an exception first, which costs more than the row.
 */
final class RecordFactory extends DefaultObjectFactory {

    private static final long serialVersionUID = 1L;

    private record Canonical(Constructor<?> constructor, List<Class<?>> types) {}

    private final transient Map<Class<?>, Canonical> constructors = new ConcurrentHashMap<>();

    @Override
    public <T> T create(Class<T> type, @Nullable List<Class<?>> argumentTypes, @Nullable List<Object> arguments) {
        if (!type.isRecord() || argumentTypes == null || arguments == null) {
            return super.create(type, argumentTypes, arguments);
        }
        Canonical canonical = constructors.computeIfAbsent(type, RecordFactory::canonical);
        if (!canonical.types().equals(argumentTypes)) {
            return super.create(type, argumentTypes, arguments);
        }
        try {
            return type.cast(canonical.constructor().newInstance(arguments.toArray()));
        } catch (ReflectiveOperationException | IllegalArgumentException e) {
            throw new ReflectionException("A row does not fit " + type.getSimpleName() + ": " + e.getMessage(), e);
        }
    }

    private static Canonical canonical(Class<?> type) {
        Class<?>[] types = Arrays.stream(type.getRecordComponents())
                .map(RecordComponent::getType)
                .toArray(Class<?>[]::new);
        try {
            Constructor<?> constructor = type.getDeclaredConstructor(types);
            constructor.setAccessible(true);
            return new Canonical(constructor, List.of(types));
        } catch (NoSuchMethodException e) {
            throw new IllegalStateException("Every record has a canonical constructor", e);
        }
    }
}
