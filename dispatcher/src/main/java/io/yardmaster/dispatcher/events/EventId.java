package io.yardmaster.dispatcher.events;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The place of an event in the log, as Redis counts: ms of its clock, and a number within the ms.
public record EventId(long ms, long number) implements Comparable<EventId> {
    public static final EventId FIRST = new EventId(0, 0);
    private static final Pattern FORM = Pattern.compile("(\\d{1,15})-(\\d{1,15})");

    /// Empty when the text is none.
    public static Optional<EventId> of(String text) {
        Matcher matcher = FORM.matcher(text);
        return matcher.matches()
                ? Optional.of(
                        new EventId(
                                Long.parseLong(matcher.group(1)), Long.parseLong(matcher.group(2))))
                : Optional.empty();
    }

    @Override
    public int compareTo(EventId other) {
        int byTime = Long.compare(ms, other.ms);
        return byTime != 0 ? byTime : Long.compare(number, other.number);
    }

    public boolean after(EventId other) {
        return compareTo(other) > 0;
    }

    @Override
    public String toString() {
        return ms + "-" + number;
    }
}
