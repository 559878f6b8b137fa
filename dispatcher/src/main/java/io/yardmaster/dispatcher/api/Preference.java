package io.yardmaster.dispatcher.api;

import io.micronaut.http.HttpRequest;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/// What `Prefer` (RFC 7240) asks of an enqueue. Preferences that are unknown or make no sense are
/// passed over, as the RFC wants; of several with the same name the first counts.
///
/// @param patience how long to wait for the end, at most a minute; zero: not at all
/// @param applied for `Preference-Applied`; empty: nothing was
record Preference(Duration patience, String applied) {
    static final int LONGEST_WAIT = 60;

    static Preference of(HttpRequest<?> request) {
        return of(request.getHeaders().getAll("Prefer"));
    }

    static Preference of(List<String> headers) {
        boolean async = false;
        int wait = -1;
        for (String header : headers) {
            for (String part : header.split(",", -1)) {
                String preference = part.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
                async |= preference.equals("respond-async");
                if (wait < 0 && preference.matches("wait\\s*=\\s*\"?\\d{1,9}\"?")) {
                    wait = Integer.parseInt(preference.replaceAll("\\D", ""));
                }
            }
        }
        int capped = Math.clamp(wait, 0, LONGEST_WAIT);
        String applied = capped > 0 ? "wait=" + capped : async ? "respond-async" : "";
        return new Preference(Duration.ofSeconds(capped), applied);
    }

    boolean waits() {
        return patience.isPositive();
    }
}
