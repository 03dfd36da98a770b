package io.orderwatch.stack;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Gives tests the {@link Stack} as a parameter of a constructor, a test or a life-cycle method. The first test that
 * asks starts it; it is the same for all tests of the JVM, and closed when they are over. A test makes itself a
 * database of its own with {@link Stack#newSchema}.
 */
public final class StackExtension implements ParameterResolver {

    private static final Namespace NAMESPACE = Namespace.create(StackExtension.class);

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == Stack.class;
    }

    @Override
    public Stack resolveParameter(ParameterContext parameter, ExtensionContext context) {
        // the root's store closes what it holds when the last test is over
        return context.getRoot()
                .getStore(NAMESPACE)
                .getOrComputeIfAbsent(Stack.class, key -> Stack.start(), Stack.class);
    }
}
