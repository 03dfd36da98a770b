package io.orderwatch.stack;

import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Where servers come from. */
@FunctionalInterface
interface StackSource {

    /** @param folder for data and logs of what is started here; null: a folder that is gone afterwards */
    Stack start(@Nullable Path folder);

    static StackSource ofSystemProperties() {
        String source = System.getProperty("stack", "embedded");
        return switch (source) {
            case "embedded" -> folder -> embedded(folder, ExternalServers.NONE);
            case "external" -> folder -> embedded(folder, ExternalServers.ofSystemProperties());
            case "containers" -> folder -> ContainerStack.start();
            default ->
                throw new StackException(
                        "The system property stack is '" + source + "'; it must be embedded, external or containers.");
        };
    }

    private static Stack embedded(@Nullable Path folder, ExternalServers external) {
        return folder == null
                ? EmbeddedStack.start(passingFolder(), EmbeddedStack.OnClose.DELETE_ALL, external)
                : EmbeddedStack.start(folder, EmbeddedStack.OnClose.DELETE_DATA, external);
    }

    /** Below the build's own folder where there is one: the temporary folder may be memory, where a commit costs nothing. */
    private static Path passingFolder() {
        Path base =
                Files.exists(Path.of("pom.xml")) ? Path.of("target") : Path.of(System.getProperty("java.io.tmpdir"));
        return base.toAbsolutePath()
                .resolve("orderwatch-stack-" + ProcessHandle.current().pid());
    }
}
