package io.yardmaster.dispatcher.chaos;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/// `scripts/chaos`: the long form of the fault suite.
final class ChaosMain {
    private ChaosMain() {}

    /// @param arguments minutes, seed, names of faults (comma-separated, empty: all), `json` or
    ///   `table`
    public static void main(String[] arguments) throws IOException, InterruptedException {
        Duration length = Duration.ofSeconds((long) (60 * Double.parseDouble(arguments[0])));
        long seed = Long.parseLong(arguments[1]);
        List<Fault> faults =
                arguments[2].isEmpty()
                        ? Faults.all()
                        : List.of(arguments[2].split(",", -1)).stream().map(Faults::named).toList();
        ChaosRun.Result result =
                new ChaosRun(Schedule.draw(seed, faults, faults.size() > 1), length, System.out)
                        .run();
        ChaosRun.print(result, System.out);
        System.exit(result.passed() ? 0 : 1);
    }
}
