package io.orderwatch.node.config;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The settings as they were given, by key, and what is wrong with them. A getter that finds a value wrong notes it and
 * goes on with the default, so that one reading finds every problem. Whatever no getter asked for is unknown.
 */
final class Settings {

    static final String ENVIRONMENT_PREFIX = "ORDERWATCH_";

    private static final Pattern DURATION = Pattern.compile("(\\d{1,9}(?:\\.\\d{1,3})?)\\s*(ms|s|m|h|d)");
    private static final Pattern SIZE = Pattern.compile("(\\d{1,9})\\s*(B|KiB|MiB)?");
    private static final Map<String, Long> MILLIS =
            Map.of("ms", 1L, "s", 1_000L, "m", 60_000L, "h", 3_600_000L, "d", 86_400_000L);

    private final Map<String, String> commandLine;
    private final Map<String, String> environment;
    private final String file;
    private final ConfigObject root;
    private final Set<String> known = new TreeSet<>();
    private final List<String> problems = new ArrayList<>();

    /**
     * @param commandLine values by key, strongest
     * @param environment the process's environment variables, stronger than the file
     * @param file name of the file, for sentences about what it lacks
     * @param root what the file holds
     */
    Settings(Map<String, String> commandLine, Map<String, String> environment, String file, ConfigObject root) {
        this.commandLine = commandLine;
        this.environment = environment;
        this.file = file;
        this.root = root;
    }

    /** Name of the environment variable that sets a key. */
    static String variable(String key) {
        return ENVIRONMENT_PREFIX
                + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    }

    String text(String key, @Nullable String ifMissing, Predicate<String> good, String expected) {
        return value(key, ifMissing, "", expected, text -> good.test(text) ? Optional.of(text) : Optional.empty());
    }

    Secret secret(String key) {
        String expected = "expected a text";
        return given(key, expected).map(given -> new Secret(given.text())).orElse(Secret.NONE);
    }

    boolean flag(String key, boolean ifMissing) {
        return value(key, ifMissing, false, "expected true or false", text -> switch (text) {
            case "true" -> Optional.of(true);
            case "false" -> Optional.of(false);
            default -> Optional.empty();
        });
    }

    int number(String key, int ifMissing, int least, int most) {
        String expected = "expected a whole number from " + least + " to " + most;
        return value(key, ifMissing, 0, expected, text -> wholeNumber(text, least, most));
    }

    int size(String key, String ifMissing, String least, String most) {
        int from = bytes(least).orElseThrow();
        int to = bytes(most).orElseThrow();
        String expected = "expected a size in B, KiB or MiB such as " + ifMissing + ", from " + least + " to " + most;
        return value(key, bytes(ifMissing).orElseThrow(), 0, expected, text -> bytes(text)
                .filter(size -> size >= from && size <= to));
    }

    Duration duration(String key, String ifMissing, String least, String most) {
        Duration from = time(least).orElseThrow();
        Duration to = time(most).orElseThrow();
        String expected = "expected a time with its unit (ms, s, m, h, d) such as " + ifMissing + ", from " + least
                + " to " + most;
        return value(key, time(ifMissing).orElseThrow(), Duration.ZERO, expected, text -> time(text)
                .filter(time -> time.compareTo(from) >= 0 && time.compareTo(to) <= 0));
    }

    /**
     * Any value that can be made from a text.
     *
     * @param ifMissing null: the key has to be given
     * @param instead what to go on with after a problem
     * @param expected what a good value is, for the sentence about a bad one
     */
    <T> T value(String key, @Nullable T ifMissing, T instead, String expected, Function<String, Optional<T>> parse) {
        int before = problems.size();
        Optional<Given> given = given(key, expected);
        if (given.isEmpty()) {
            if (ifMissing != null) {
                return ifMissing;
            }
            if (problems.size() == before) {
                problems.add(key + " is missing in " + file + ": " + expected + ".");
            }
            return instead;
        }
        Optional<T> parsed = parse.apply(given.get().text().strip());
        if (parsed.isEmpty()) {
            problems.add(key + " in " + given.get().where() + " is \""
                    + withoutPassword(given.get().text()) + "\": " + expected + ".");
            return ifMissing != null ? ifMissing : instead;
        }
        return parsed.get();
    }

    /** Notes that settings which are good one by one do not go together. */
    void contradiction(String sentence) {
        problems.add(sentence);
    }

    boolean hasProblems() {
        return !problems.isEmpty();
    }

    /** Every key that was asked for. */
    Set<String> known() {
        return Set.copyOf(known);
    }

    /**
     * Everything that is wrong, with whatever was given but never asked for; to be called when all is read.
     *
     * @param otherVariables environment variables with the prefix that are not settings
     */
    List<String> problems(Set<String> otherVariables) {
        List<String> all = new ArrayList<>(problems);
        unknown("", root, all);
        Set<String> variables = new HashSet<>(otherVariables);
        known.forEach(key -> variables.add(variable(key)));
        new TreeSet<>(environment.keySet())
                .stream()
                        .filter(name -> name.startsWith(ENVIRONMENT_PREFIX) && !variables.contains(name))
                        .map(name -> "The environment variable " + name + " sets nothing" + meant(name, variables))
                        .forEach(all::add);
        return all;
    }

    private Optional<Given> given(String key, String expected) {
        known.add(key);
        String fromCommandLine = commandLine.get(key);
        if (fromCommandLine != null) {
            return Optional.of(new Given(fromCommandLine, "the command line"));
        }
        String variable = variable(key);
        String fromEnvironment = environment.get(variable);
        if (fromEnvironment != null) {
            return Optional.of(new Given(fromEnvironment, "the environment variable " + variable));
        }
        ConfigValue value = find(key);
        if (value == null || value.valueType() == ConfigValueType.NULL) {
            return Optional.empty();
        }
        if (value.valueType() == ConfigValueType.OBJECT || value.valueType() == ConfigValueType.LIST) {
            String kind = value.valueType() == ConfigValueType.OBJECT ? "a section" : "a list";
            problems.add(key + " in " + where(value.origin()) + " is " + kind + ": " + expected + ".");
            return Optional.empty();
        }
        // getString and not unwrapped(): the text as it stands in the file, so that 007 stays 007
        return Optional.of(new Given(root.toConfig().getString(key), where(value.origin())));
    }

    private @Nullable ConfigValue find(String key) {
        ConfigObject section = root;
        String[] steps = key.split("\\.");
        for (int i = 0; i < steps.length - 1; i++) {
            if (!(section.get(steps[i]) instanceof ConfigObject inner)) {
                return null;
            }
            section = inner;
        }
        return section.get(steps[steps.length - 1]);
    }

    private void unknown(String prefix, ConfigObject section, List<String> found) {
        section.entrySet().stream()
                .sorted(Comparator.comparingInt((Map.Entry<String, ConfigValue> entry) ->
                                entry.getValue().origin().lineNumber())
                        .thenComparing(Map.Entry::getKey))
                .forEach(entry -> {
                    String path = prefix + entry.getKey();
                    ConfigValue value = entry.getValue();
                    boolean isSection = known.stream().anyMatch(key -> key.startsWith(path + "."));
                    if (known.contains(path)) {
                        return;
                    }
                    if (isSection && value instanceof ConfigObject inner) {
                        unknown(path + ".", inner, found);
                    } else if (isSection) {
                        found.add(path + " in " + where(value.origin())
                                + " is a single value: expected a section { ... } with "
                                + known.stream()
                                        .filter(key -> key.startsWith(path + "."))
                                        .map(key -> key.substring(path.length() + 1))
                                        .collect(Collectors.joining(", "))
                                + ".");
                    } else {
                        found.add(path + " in " + where(value.origin()) + " is not a setting" + meant(path, known));
                    }
                });
    }

    private static String where(ConfigOrigin origin) {
        String place = origin.filename() != null ? origin.filename() : origin.description();
        return origin.lineNumber() > 0 ? place + ", line " + origin.lineNumber() + "," : place;
    }

    /** A password that was put into an address by mistake is not to be shown when the mistake is. */
    private static String withoutPassword(String text) {
        return text.replaceAll("//[^/@]*@", "//***@").replaceAll("(?i)(password\\w*=)[^&]*", "$1***");
    }

    private static Optional<Integer> wholeNumber(String text, int least, int most) {
        if (!text.matches("-?\\d{1,10}")) {
            return Optional.empty();
        }
        long number = Long.parseLong(text);
        return number >= least && number <= most ? Optional.of((int) number) : Optional.empty();
    }

    private static Optional<Duration> time(String text) {
        Matcher matcher = DURATION.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        double millis = Double.parseDouble(matcher.group(1)) * MILLIS.get(matcher.group(2));
        return Optional.of(Duration.ofMillis(Math.round(millis)));
    }

    private static Optional<Integer> bytes(String text) {
        Matcher matcher = SIZE.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        int shift = "KiB".equals(matcher.group(2)) ? 10 : "MiB".equals(matcher.group(2)) ? 20 : 0;
        long size = Long.parseLong(matcher.group(1)) << shift;
        return size <= Integer.MAX_VALUE ? Optional.of((int) size) : Optional.empty();
    }

    /** The end of a sentence: what may have been meant, where something is near enough. */
    private static String meant(String wrong, Set<String> right) {
        return right.stream()
                .min(Comparator.comparingInt((String candidate) -> distance(wrong, candidate))
                        .thenComparing(Comparator.naturalOrder()))
                .filter(candidate -> distance(wrong, candidate) <= Math.max(2, wrong.length() / 4))
                .map(candidate -> "; did you mean " + candidate + "?")
                .orElse(".");
    }

    /** Least number of letters to change, add or leave out. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int change = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(change, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }

    private record Given(String text, String where) {}
}
