package io.yardmaster.bench.simulate.scenario;

/// The work of a request: a normal distribution that is drawn again while it isn't above 0.
final class Normal {
    private Normal() {}

    /// `E[X | X > 0] = mean + deviation · φ(a) / (1 - Φ(a))` with `a = -mean / deviation`.
    static double meanAboveZero(double mean, double deviation) {
        double a = -mean / deviation;
        double density = StrictMath.exp(-a * a / 2) / Math.sqrt(2 * Math.PI);
        return mean + deviation * density / (1 - phi(a));
    }

    /// Abramowitz and Stegun 7.1.26, error below 1.5e-7.
    private static double phi(double x) {
        double z = Math.abs(x) / Math.sqrt(2);
        double t = 1 / (1 + 0.3275911 * z);
        double sum = 0;
        for (double c : new double[] {1.061405429, -1.453152027, 1.421413741, -0.284496736}) {
            sum = (sum + c) * t;
        }
        double erf = 1 - (sum + 0.254829592) * t * StrictMath.exp(-z * z);
        return x >= 0 ? (1 + erf) / 2 : (1 - erf) / 2;
    }
}
