package io.yardmaster.nodes;

/// The response times of the last successes, and their mean. Not thread-safe.
final class ResponseWindow {
    private final double[] seconds;
    private int count;
    private int next;
    private double sum;

    ResponseWindow(int size) {
        this.seconds = new double[size];
    }

    void add(double value) {
        if (count == seconds.length) {
            sum -= seconds[next];
        } else {
            count++;
        }
        seconds[next] = value;
        sum += value;
        next = (next + 1) % seconds.length;
        if (next == 0) {
            // adding and subtracting for ever piles up rounding errors
            sum = 0;
            for (int i = 0; i < count; i++) {
                sum += seconds[i];
            }
        }
    }

    int count() {
        return count;
    }

    /// In seconds; 0 when empty.
    double mean() {
        return count == 0 ? 0 : Math.max(0, sum / count);
    }
}
