package io.orderwatch.node.log;

import java.util.concurrent.atomic.LongAdder;
import org.apache.logging.log4j.core.Appender;
import org.apache.logging.log4j.core.Core;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Property;
import org.apache.logging.log4j.core.config.plugins.Plugin;
import org.apache.logging.log4j.core.config.plugins.PluginAttribute;
import org.apache.logging.log4j.core.config.plugins.PluginFactory;
import org.apache.logging.log4j.core.config.plugins.validation.constraints.Required;

/**
 * Log4j 2 appender that counts events and forgets them: the {@code errorRef} of an Async appender that must not block
 * when its queue is full, which happens when the disk stalls.
 */
@Plugin(name = "Dropped", category = Core.CATEGORY_NAME, elementType = Appender.ELEMENT_TYPE, printObject = true)
public final class DroppedAppender extends AbstractAppender {

    private final LongAdder events = new LongAdder();

    private DroppedAppender(String name) {
        super(name, null, null, true, Property.EMPTY_ARRAY);
    }

    /** Called by Log4j 2. */
    @PluginFactory
    public static DroppedAppender create(@PluginAttribute("name") @Required String name) {
        return new DroppedAppender(name);
    }

    @Override
    public void append(LogEvent event) {
        events.increment();
    }

    /** Events that were dropped so far. */
    long events() {
        return events.sum();
    }
}
