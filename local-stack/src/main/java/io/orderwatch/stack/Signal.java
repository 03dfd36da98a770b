package io.orderwatch.stack;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.concurrent.TimeUnit;

/** What a process can be told that Java has no word for. */
public enum Signal {
    /** Freezes it where it stands: it keeps its memory, its sockets and its locks, and does nothing. */
    STOP,
    /** Lets a frozen one go on. */
    CONT;

    private static final int SENT_WITHIN_SECONDS = 10;

    /** @throws StackException if there is no such process, or it is not ours */
    public void send(long pid) {
        try {
            Process kill = new ProcessBuilder("kill", "-" + name(), Long.toString(pid))
                    .redirectErrorStream(true)
                    .redirectOutput(Redirect.DISCARD)
                    .start();
            if (!kill.waitFor(SENT_WITHIN_SECONDS, TimeUnit.SECONDS) || kill.exitValue() != 0) {
                kill.destroyForcibly();
                throw new StackException("Process " + pid + " cannot be sent the signal " + name() + ".");
            }
        } catch (IOException e) {
            throw new StackException("The signal " + name() + " cannot be sent: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StackException("Interrupted while the signal " + name() + " was sent.", e);
        }
    }
}
