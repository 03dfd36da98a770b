package io.orderwatch.job.alert;

/** How merchants are named to people. */
final class Names {

    private Names() {}

    /** {@code 7 (Tea shop)}, or the id alone where it has no name. */
    static String of(long merchantId, String name) {
        return name.isBlank() ? Long.toString(merchantId) : merchantId + " (" + name + ")";
    }
}
