package io.yardmaster.dispatcher.doctor;

import java.time.Instant;
import java.util.List;

/// The whole page.
///
/// @param at when it was made, by this replica's clock
/// @param replica who looked
public record Report(Instant at, String replica, String version, List<Finding> findings) {

    /// The worst that was found: `ok`, `warn` or `fail`.
    public String status() {
        String worst = "ok";
        for (Finding finding : findings) {
            worst =
                    switch (finding.verdict()) {
                        case Verdict.Fail _ -> "fail";
                        case Verdict.Warn _ -> worst.equals("fail") ? worst : "warn";
                        case Verdict.Ok _ -> worst;
                    };
        }
        return worst;
    }
}
