package io.yardmaster.bench.simulate.scenario;

import io.yardmaster.bench.simulate.scenario.Section.Check;
import io.yardmaster.bench.simulate.scenario.Section.Subject;

/// Makes checks.
final class Expect {
    private Expect() {}

    static Check simulator(String what, String measured, String expected, boolean passed) {
        return new Check(Subject.SIMULATOR, what, measured, expected, passed);
    }

    static Check product(String what, String measured, String expected, boolean passed) {
        return new Check(Subject.PRODUCT, what, measured, expected, passed);
    }

    static Check target(String what, double measured, double most, String format) {
        return new Check(
                Subject.TARGET,
                "target: " + what,
                Figures.format(format, measured),
                "at most " + Figures.format(format, most),
                measured <= most);
    }

    /// Within a share of what was published.
    static Check within(String what, double measured, double published, double share) {
        double least = published * (1 - share);
        double most = published * (1 + share);
        return simulator(
                what,
                Figures.format("%.0f", measured),
                Figures.format("%.0f to %.0f", least, most),
                measured >= least && measured <= most);
    }

    static Check atMost(String what, double measured, double most, String format) {
        return product(
                what,
                Figures.format(format, measured),
                "at most " + Figures.format(format, most),
                measured <= most);
    }
}
