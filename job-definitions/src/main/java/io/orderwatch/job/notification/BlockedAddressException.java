package io.orderwatch.job.notification;

import java.net.UnknownHostException;

/** A resolver found addresses for a name, and none that may be called. */
public final class BlockedAddressException extends UnknownHostException {

    private static final long serialVersionUID = 1L;

    BlockedAddressException(String message) {
        super(message);
    }
}
