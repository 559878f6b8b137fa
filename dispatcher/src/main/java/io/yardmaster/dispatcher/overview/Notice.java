package io.yardmaster.dispatcher.overview;

import java.util.Optional;

/// Something that needs an operator's attention, in one sentence.
///
/// @param subject what it is about, such as `queue default/low`
/// @param service whose it is; empty when it is everybody's
/// @param href the dashboard's page about it
public record Notice(
        Severity severity,
        String subject,
        String text,
        Optional<String> service,
        Optional<String> href) {

    /// Most urgent first.
    public enum Severity {
        CRITICAL,
        WARNING
    }
}
