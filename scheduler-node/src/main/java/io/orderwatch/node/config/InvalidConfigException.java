package io.orderwatch.node.config;

import java.util.List;

/** The configuration cannot be used. Carries every problem that was found, not only the first. */
public final class InvalidConfigException extends Exception {

    private static final long serialVersionUID = 1L;

    private final List<String> problems;

    InvalidConfigException(List<String> problems) {
        super(String.join("\n", problems));
        this.problems = List.copyOf(problems);
    }

    /** With a single problem. */
    public static InvalidConfigException of(String problem) {
        return new InvalidConfigException(List.of(problem));
    }

    /** One sentence for each problem, naming the key, where it was set, its value and what is expected. Not empty. */
    public List<String> problems() {
        return problems;
    }
}
