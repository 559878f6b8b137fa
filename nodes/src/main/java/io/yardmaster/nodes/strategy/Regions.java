package io.yardmaster.nodes.strategy;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The candidates at hand by region, with what each region has to do and where it is. Rebuilt for
/// every choice without allocating: labels, health and slots decide who is a candidate. Not
/// thread-safe.
///
/// A node that names no region is one of its own where it says its place; those that say neither
/// are one region together. A region's place is the mean of its nodes' places.
final class Regions {
    /// Farther than the opposite side of the globe, whose squared chord is 4.
    static final double FAR = 5;

    private int[] regionOf = new int[16];
    private @Nullable String[] nameOf = new @Nullable String[16];
    private @Nullable Position[] positionOf = new @Nullable Position[16];
    private @Nullable String[] names = new @Nullable String[16];
    private boolean[] placeless = new boolean[16];
    private boolean[] idle = new boolean[16];
    private double[] inFlight = new double[16];
    private double[] free = new double[16];
    private double[] x = new double[16];
    private double[] y = new double[16];
    private double[] z = new double[16];
    private int count;
    private int nodes;

    void read(Candidates candidates) {
        int size = candidates.size();
        if (regionOf.length < size) {
            grow(Math.max(size, 2 * regionOf.length));
        }
        if (!grouped(candidates)) {
            group(candidates);
        }
        for (int region = 0; region < count; region++) {
            idle[region] = false;
            inFlight[region] = 0;
            free[region] = 0;
        }
        for (int i = 0; i < size; i++) {
            int region = regionOf[i];
            double inFlightHere = candidates.totalInFlight(i);
            // A node that fails or has just come back has little to offer, however idle it looks.
            double freeHere = candidates.parallelism(i) / Penalty.of(candidates, i);
            inFlight[region] += inFlightHere;
            free[region] += freeHere;
            idle[region] |= inFlightHere + 1 <= freeHere;
        }
    }

    /// Whether these are the candidates of the last time, as they mostly are: to compare the names
    /// of all regions again would be a good part of a choice.
    private boolean grouped(Candidates candidates) {
        boolean same = nodes == candidates.size();
        for (int i = 0; same && i < nodes; i++) {
            same = same(nameOf[i], candidates.region(i)) && positionOf[i] == candidates.position(i);
        }
        return same;
    }

    @SuppressWarnings("ReferenceEquality") // an equal name in another object only costs time
    private static boolean same(@Nullable String one, @Nullable String other) {
        return one == other;
    }

    private void group(Candidates candidates) {
        count = 0;
        nodes = candidates.size();
        for (int i = 0; i < nodes; i++) {
            String name = candidates.region(i);
            Position position = candidates.position(i);
            int region = regionOf(name, position);
            nameOf[i] = name;
            positionOf[i] = position;
            regionOf[i] = region;
            if (position != null) {
                x[region] += position.x();
                y[region] += position.y();
                z[region] += position.z();
            }
        }
    }

    private void grow(int size) {
        regionOf = Arrays.copyOf(regionOf, size);
        nameOf = Arrays.copyOf(nameOf, size);
        positionOf = Arrays.copyOf(positionOf, size);
        names = Arrays.copyOf(names, size);
        placeless = Arrays.copyOf(placeless, size);
        idle = Arrays.copyOf(idle, size);
        inFlight = Arrays.copyOf(inFlight, size);
        free = Arrays.copyOf(free, size);
        x = Arrays.copyOf(x, size);
        y = Arrays.copyOf(y, size);
        z = Arrays.copyOf(z, size);
    }

    private int regionOf(@Nullable String name, @Nullable Position position) {
        if (name != null || position == null) {
            for (int region = 0; region < count; region++) {
                if (name == null ? placeless[region] : name.equals(names[region])) {
                    return region;
                }
            }
        }
        names[count] = name;
        placeless[count] = name == null && position == null;
        x[count] = 0;
        y[count] = 0;
        z[count] = 0;
        return count++;
    }

    int count() {
        return count;
    }

    /// The region of a candidate.
    int of(int candidate) {
        return regionOf[candidate];
    }

    /// The region of that name among the candidates', or -1.
    int named(String name) {
        for (int region = 0; region < count; region++) {
            if (name.equals(names[region])) {
                return region;
            }
        }
        return -1;
    }

    /// Whether a node there has a core for one request more.
    boolean idle(int region) {
        return idle[region];
    }

    /// Requests in flight there, with one more, for each free core.
    double utilisation(int region) {
        return (inFlight[region] + 1) / free[region];
    }

    boolean placed(int region) {
        return x[region] != 0 || y[region] != 0 || z[region] != 0;
    }

    /// The squared chord from a place to the region's, [#FAR] when that is unknown.
    double distance(Position from, int region) {
        return placed(region) ? distance(from.x(), from.y(), from.z(), region) : FAR;
    }

    /// The same between two regions.
    double distance(int from, int region) {
        if (!placed(from) || !placed(region)) {
            return FAR;
        }
        double length = length(from);
        return distance(x[from] / length, y[from] / length, z[from] / length, region);
    }

    private double distance(double fromX, double fromY, double fromZ, int region) {
        double length = length(region);
        double dx = fromX - x[region] / length;
        double dy = fromY - y[region] / length;
        double dz = fromZ - z[region] / length;
        return dx * dx + dy * dy + dz * dz;
    }

    private double length(int region) {
        return Math.sqrt(x[region] * x[region] + y[region] * y[region] + z[region] * z[region]);
    }
}
