package io.orderwatch.node.log;

import io.orderwatch.job.Ticker;
import io.orderwatch.job.UserLog;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.logging.log4j.core.Appender;
import org.apache.logging.log4j.core.Core;
import org.apache.logging.log4j.core.Filter;
import org.apache.logging.log4j.core.Layout;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.appender.rolling.FileSize;
import org.apache.logging.log4j.core.config.Property;
import org.apache.logging.log4j.core.config.plugins.Plugin;
import org.apache.logging.log4j.core.config.plugins.PluginAttribute;
import org.apache.logging.log4j.core.config.plugins.PluginElement;
import org.apache.logging.log4j.core.config.plugins.PluginFactory;
import org.apache.logging.log4j.core.config.plugins.validation.constraints.Required;
import org.jspecify.annotations.Nullable;

/**
 * Log4j 2 appender that writes each event to the file of the user whom the MDC names. To stand behind an Async
 * appender: the lines that have gathered there are sorted by user and written together, one write a user.
 *
 * <p>Instead of a Routing appender with a rolling file per route, which makes and unmakes a whole appender by
 * reflection whenever a user's turn comes: with 5,000 users and 1,000 of them open that took 90 microseconds a line,
 * so that a burst of 15,000 lines a second took more than a core.
 */
@Plugin(name = "UserFiles", category = Core.CATEGORY_NAME, elementType = Appender.ELEMENT_TYPE, printObject = true)
public final class UserFilesAppender extends AbstractAppender {

    private static final int MOST_GATHERED_BYTES = 512 * 1024;
    private static final int MOST_GATHERED_USERS = 4096;

    private final UserFiles files;
    private final Map<String, ByteArrayOutputStream> gathered = new LinkedHashMap<>();
    private final AtomicLong failed = new AtomicLong();
    private int gatheredBytes;

    private UserFilesAppender(String name, @Nullable Filter filter, Layout<?> layout, UserFiles files) {
        super(name, filter, layout, true, Property.EMPTY_ARRAY);
        this.files = files;
    }

    /**
     * Called by Log4j 2.
     *
     * @param folder where the files are
     * @param filesOpen files that are kept open
     * @param maxFileSize such as {@code 1 MB}: a file that would grow beyond it is renamed
     * @param backups older files of each user that are kept
     */
    @PluginFactory
    public static UserFilesAppender create(
            @PluginAttribute("name") @Required String name,
            @PluginAttribute("folder") @Required String folder,
            @PluginAttribute(value = "filesOpen", defaultInt = 1000) int filesOpen,
            @PluginAttribute(value = "maxFileSize", defaultString = "1 MB") String maxFileSize,
            @PluginAttribute(value = "backups", defaultInt = 1) int backups,
            @PluginElement("Filter") @Nullable Filter filter,
            @PluginElement("Layout") @Required Layout<?> layout) {
        long mostBytes = FileSize.parse(maxFileSize, 1024 * 1024);
        UserFiles files = new UserFiles(Path.of(folder), Math.max(1, filesOpen), mostBytes, backups, Ticker.system());
        return new UserFilesAppender(name, filter, layout, files);
    }

    /** Lines that could not be written to disk. */
    long failed() {
        return failed.get();
    }

    // One thread calls this, that of the Async appender; the lock is for whoever attaches it without one.
    @Override
    public synchronized void append(LogEvent event) {
        String user = event.getContextData().getValue(UserLog.USER_ID);
        byte[] line = getLayout().toByteArray(event);
        gathered.computeIfAbsent(UserFiles.safe(user == null ? "" : user), id -> new ByteArrayOutputStream(line.length))
                .writeBytes(line);
        gatheredBytes += line.length;
        // the Async appender says when nothing else waits behind this event
        if (event.isEndOfBatch() || gatheredBytes >= MOST_GATHERED_BYTES || gathered.size() >= MOST_GATHERED_USERS) {
            flush();
        }
    }

    private void flush() {
        IOException failure = null;
        for (Map.Entry<String, ByteArrayOutputStream> lines : gathered.entrySet()) {
            byte[] bytes = lines.getValue().toByteArray();
            try {
                files.write(lines.getKey(), bytes);
            } catch (IOException e) {
                failed.addAndGet(lines(bytes));
                failure = e;
            }
        }
        gathered.clear();
        gatheredBytes = 0;
        if (failure != null) {
            // the handler limits how often it speaks; the counter is exact
            getHandler().error("Lines of users' logs cannot be written and are lost: " + failure);
        }
    }

    private static int lines(byte[] bytes) {
        int lines = 0;
        for (byte b : bytes) {
            lines += b == '\n' ? 1 : 0;
        }
        return lines;
    }

    @Override
    public boolean stop(long timeout, TimeUnit timeUnit) {
        setStopping();
        boolean stopped = super.stop(timeout, timeUnit, false);
        synchronized (this) {
            flush();
            try {
                files.close();
            } catch (IOException e) {
                getHandler().error("Files of users' logs cannot be closed: " + e);
            }
        }
        setStopped();
        return stopped;
    }
}
