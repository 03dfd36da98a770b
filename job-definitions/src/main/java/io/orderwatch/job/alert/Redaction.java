package io.orderwatch.job.alert;

import java.util.Collection;
import java.util.List;

/** Takes secrets out of what services answer, before it is logged or stored. */
final class Redaction {

    private static final int LONGEST = 160;

    private final List<String> secrets;

    Redaction(Collection<String> secrets) {
        this.secrets = secrets.stream().filter(secret -> !secret.isEmpty()).toList();
    }

    /** One line, printable, without a secret. */
    String of(String text) {
        String shown = text;
        for (String secret : secrets) {
            shown = shown.replace(secret, "***");
        }
        shown = shown.replaceAll("[\\p{Cntrl}\\s]+", " ").strip();
        return shown.length() <= LONGEST ? shown : shown.substring(0, LONGEST);
    }
}
