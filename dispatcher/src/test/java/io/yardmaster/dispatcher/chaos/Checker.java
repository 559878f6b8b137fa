package io.yardmaster.dispatcher.chaos;

import java.util.List;

/// Judges the evidence of a run by one rule. Pure.
interface Checker {
    /// What is kept, in a word.
    String name();

    List<Violation> check(Evidence evidence);

    /// The rule was broken for this request; `what` says how.
    record Violation(String checker, String id, String what) {
        @Override
        public String toString() {
            return checker + ": " + (id.isEmpty() ? "" : id + ": ") + what;
        }
    }
}
