package io.yardmaster.dispatcher.logging;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Switches the program's lines to JSON. What `logback.xml` says is what they are at first.
public final class LogFormat {
    private LogFormat() {}

    /// From here on each line is a JSON object. Does nothing where logging was configured in
    /// another way, by a `logback.configurationFile` of the operator's.
    public static void json() {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext logging
                && logging.getLogger(Logger.ROOT_LOGGER_NAME).getAppender("async")
                        instanceof AsyncAppender async
                && async.getAppender("console") instanceof ConsoleAppender<ILoggingEvent> console) {
            JsonLines lines = new JsonLines();
            lines.setContext(logging);
            lines.start();
            console.stop();
            console.setEncoder(lines);
            console.start();
        }
    }
}
