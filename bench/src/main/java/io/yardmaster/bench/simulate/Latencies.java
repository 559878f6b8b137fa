package io.yardmaster.bench.simulate;

import java.util.Arrays;

/// What a machine remembers to answer probes with: its last latencies, each with the number of
/// requests that were in flight when the request arrived (Prequal, section 4).
final class Latencies {
    private static final int REMEMBERED = 128;
    private static final int ENOUGH = 31;
    private static final int MOST_IN_FLIGHT = 256;

    private final int[] inFlight = new int[REMEMBERED];
    private final double[] seconds = new double[REMEMBERED];
    private final int[] with = new int[MOST_IN_FLIGHT];
    private final double[] near = new double[ENOUGH];
    private long count;

    void add(int inFlightOnArrival, double took) {
        int at = (int) (count++ % REMEMBERED);
        if (count > REMEMBERED) {
            with[inFlight[at]]--;
        }
        inFlight[at] = Math.min(inFlightOnArrival, MOST_IN_FLIGHT - 1);
        with[inFlight[at]]++;
        seconds[at] = took;
    }

    /// The median of those nearest to this number in flight, the newest of equally near; 0 before
    /// any.
    double near(int now) {
        int known = (int) Math.min(count, REMEMBERED);
        int wanted = Math.min(known, ENOUGH);
        int centre = Math.min(now, MOST_IN_FLIGHT - 1);
        int reach = -1; // all within this distance are wanted
        int closer = 0;
        for (int sum = 0; sum < wanted; ) {
            closer = sum;
            reach++;
            sum += number(centre - reach) + (reach == 0 ? 0 : number(centre + reach));
        }
        int fromTheRim = wanted - closer;
        int found = 0;
        for (int age = 1; age <= known && found < wanted; age++) {
            int at = (int) ((count - age) % REMEMBERED);
            int distance = Math.abs(inFlight[at] - centre);
            if (distance < reach || (distance == reach && fromTheRim-- > 0)) {
                near[found++] = seconds[at];
            }
        }
        Arrays.sort(near, 0, found);
        return found == 0 ? 0 : near[found / 2];
    }

    private int number(int arrivedWith) {
        return arrivedWith < 0 || arrivedWith >= MOST_IN_FLIGHT ? 0 : with[arrivedWith];
    }
}
