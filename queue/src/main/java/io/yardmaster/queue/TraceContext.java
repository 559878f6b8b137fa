package io.yardmaster.queue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The W3C Trace Context that a request came with. It travels beside the request's content and is
/// no part of it: whoever repeats a request does so within another span, and must not be taken for
/// somebody who brings another request.
///
/// @param parent a `traceparent` field
/// @param state a `tracestate` field, maybe empty
public record TraceContext(String parent, String state) {
    public static final String PARENT = "traceparent";
    public static final String STATE = "tracestate";

    /// Version, trace, parent and flags; later versions may have more behind it.
    private static final Pattern VALID =
            Pattern.compile(
                    "(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-[!-~]{1,100})?");

    private static final Pattern VALID_STATE = Pattern.compile("[ -~\\t]{0,512}");
    private static final char MARK = '#';

    /// What these fields say; empty when there is no valid `traceparent`. A `tracestate` that is
    /// not valid is left out.
    public static Optional<TraceContext> of(@Nullable String parent, List<String> states) {
        if (parent == null || !VALID.matcher(parent.strip()).matches()) {
            return Optional.empty();
        }
        String state = String.join(",", states).strip();
        return Optional.of(
                new TraceContext(
                        parent.strip(), VALID_STATE.matcher(state).matches() ? state : ""));
    }

    /// What the headers of a request say.
    public static Optional<TraceContext> of(List<Request.Header> headers) {
        @Nullable String parent = null;
        List<String> states = List.of();
        for (Request.Header header : headers) {
            if (header.name().equalsIgnoreCase(PARENT)) {
                parent = header.value();
            } else if (header.name().equalsIgnoreCase(STATE)) {
                states = new ArrayList<>(states);
                states.add(header.value());
            }
        }
        return of(parent, states);
    }

    public static boolean isField(String headerName) {
        return headerName.equalsIgnoreCase(PARENT) || headerName.equalsIgnoreCase(STATE);
    }

    /// As it stands behind a stored request's content, before its history.
    String line() {
        return MARK + parent + " " + state + "\n";
    }

    /// Whether a stored line is one of these, and none of the history.
    static boolean isLine(String line) {
        return !line.isEmpty() && line.charAt(0) == MARK;
    }

    static TraceContext read(String line) {
        int end = line.indexOf(' ');
        return end < 0
                ? new TraceContext(line.substring(1), "")
                : new TraceContext(line.substring(1, end), line.substring(end + 1));
    }

    /// These headers with this context in place of the one that they may have.
    List<Request.Header> in(List<Request.Header> headers) {
        List<Request.Header> all = new ArrayList<>(headers.size() + 2);
        for (Request.Header header : headers) {
            if (!isField(header.name())) {
                all.add(header);
            }
        }
        all.add(new Request.Header(PARENT, parent));
        if (!state.isEmpty()) {
            all.add(new Request.Header(STATE, state));
        }
        return all;
    }
}
