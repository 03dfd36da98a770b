package io.orderwatch.stack;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Enumeration;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;

/**
 * Server programs, unpacked once per version and user of the machine. A folder appears under its name only when it is
 * complete, so that several processes may unpack at the same moment, and one that is killed leaves nothing half done.
 */
final class Unpacked {

    private final Path root;

    private Unpacked(Path root) {
        this.root = root;
    }

    /** Below the temporary folder, in a folder that nobody else can write to. */
    static Unpacked ofThisUser() {
        Path root =
                Path.of(System.getProperty("java.io.tmpdir"), "orderwatch-servers-" + System.getProperty("user.name"));
        try {
            Files.createDirectories(
                    root, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            // somebody else may have made it, to have us run their programs
            if (!Files.getOwner(root).equals(Files.getOwner(Path.of(System.getProperty("user.home"))))
                    || Files.isSymbolicLink(root)
                    || !Files.getPosixFilePermissions(root).equals(PosixFilePermissions.fromString("rwx------"))) {
                throw new StackException("The folder " + root + " is not ours alone: remove it.");
            }
            return new Unpacked(root);
        } catch (IOException e) {
            throw new StackException("The folder " + root + " cannot be made: " + e.getMessage(), e);
        }
    }

    /**
     * @param marker a class path resource that tells the jar
     * @param prefix what the entries' names begin with; it is taken off
     * @param wanted which entries, by name without the prefix
     * @return the folder that holds the entries, all executable
     */
    Path jar(String name, String marker, String prefix, Predicate<String> wanted) {
        return folder(name, into -> {
            URL url = Unpacked.class.getClassLoader().getResource(marker);
            if (url == null || !(url.openConnection() instanceof JarURLConnection connection)) {
                throw new IOException("no jar with " + marker + " is on the class path");
            }
            connection.setUseCaches(false);
            try (JarFile jar = connection.getJarFile()) {
                for (Enumeration<JarEntry> entries = jar.entries(); entries.hasMoreElements(); ) {
                    JarEntry entry = entries.nextElement();
                    if (entry.getName().startsWith(prefix) && !entry.isDirectory()) {
                        String shortName = entry.getName().substring(prefix.length());
                        if (wanted.test(shortName)) {
                            try (InputStream in = jar.getInputStream(entry)) {
                                Path file = into.resolve(shortName);
                                Files.createDirectories(file.getParent());
                                Files.copy(in, file);
                                executable(file);
                            }
                        }
                    }
                }
            }
        });
    }

    /**
     * @param source puts the program into the folder that it is given, and tells where, when there is none yet
     * @return the program, executable
     */
    Path program(String name, IoFunction<Path, Path> source) {
        return folder(name, into -> {
                    Path file = into.resolve(name);
                    Files.move(source.apply(into), file);
                    executable(file);
                })
                .resolve(name);
    }

    private Path folder(String name, IoConsumer<Path> fill) {
        Path folder = root.resolve(name);
        if (Files.isDirectory(folder)) {
            return folder;
        }
        try {
            Path draft = Files.createTempDirectory(root, name + "-");
            try {
                fill.accept(draft);
                Files.move(draft, folder, StandardCopyOption.ATOMIC_MOVE);
            } catch (FileSystemException e) {
                delete(draft);
                if (!Files.isDirectory(folder)) {
                    throw e;
                }
                // another process was faster
            }
            return folder;
        } catch (IOException e) {
            throw new StackException("The server program " + name + " cannot be unpacked: " + e.getMessage(), e);
        }
    }

    /** Deletes a folder with all that is in it; does nothing where there is none. */
    static void delete(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            List<Path> deepestFirst = files.sorted((a, b) -> b.compareTo(a)).toList();
            for (Path file : deepestFirst) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void executable(Path file) throws IOException {
        Files.setPosixFilePermissions(file, Set.copyOf(PosixFilePermissions.fromString("rwx------")));
    }

    @FunctionalInterface
    interface IoFunction<A, B> {
        B apply(A argument) throws IOException;
    }

    @FunctionalInterface
    private interface IoConsumer<T> {
        void accept(T value) throws IOException;
    }
}
