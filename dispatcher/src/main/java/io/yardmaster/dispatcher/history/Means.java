package io.yardmaster.dispatcher.history;

/// Many values as one: their mean, or the greatest. NaN when there are none.
final class Means {
    private final boolean greatest;
    private double sum;
    private double most = Double.NEGATIVE_INFINITY;
    private int count;

    private Means(boolean greatest) {
        this.greatest = greatest;
    }

    static Means of(String series) {
        return new Means(Series.greatest(series));
    }

    void add(double value) {
        if (!Double.isNaN(value)) {
            sum += value;
            most = Math.max(most, value);
            count++;
        }
    }

    double get() {
        return count == 0 ? Double.NaN : greatest ? most : sum / count;
    }
}
