package io.yardmaster.dispatcher.cli;

import java.io.IOException;
import java.util.List;

/// A dispatcher's answer.
///
/// @param status HTTP status
/// @param reason HTTP reason phrase
/// @param retryAfter the `Retry-After` field, or empty
/// @param body the body as text
record Reply(int status, String reason, String retryAfter, String body) {

    boolean ok() {
        return status >= 200 && status < 300;
    }

    /// The body, which has to be JSON.
    ///
    /// @throws Failure when the body is not JSON: whatever answered is not a dispatcher
    Json json() {
        try {
            return Json.parse(body);
        } catch (IOException e) {
            String start = body.substring(0, Math.min(60, body.length()));
            throw Failure.failed(
                    "the answer cannot be read",
                    List.of("expected JSON, got: " + (start.isEmpty() ? "nothing" : start)),
                    "check --url: is this address a Yardmaster?");
        }
    }

    /// The body, or [Json#MISSING] when it is not JSON (an empty 204, a proxy's error page).
    Json jsonOrMissing() {
        try {
            return Json.parse(body);
        } catch (IOException e) {
            return Json.MISSING;
        }
    }
}
