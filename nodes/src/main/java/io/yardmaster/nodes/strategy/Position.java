package io.yardmaster.nodes.strategy;

/// A place on the globe. Immutable. Held as a unit vector, so that a distance costs a few
/// multiplications and one arc sine, and comparing two costs no arc sine at all.
public final class Position {
    private static final double EARTH_RADIUS_KM = 6371;

    private final double x;
    private final double y;
    private final double z;

    private Position(double x, double y, double z) {
        this.x = x;
        this.y = y;
        this.z = z;
    }

    /// `lat` from -90 to 90 and `lon` from -180 to 180 degrees.
    public static Position of(double lat, double lon) {
        double phi = Math.toRadians(lat);
        double lambda = Math.toRadians(lon);
        double ring = Math.cos(phi);
        return new Position(ring * Math.cos(lambda), ring * Math.sin(lambda), Math.sin(phi));
    }

    /// Along the great circle.
    public double kmTo(Position other) {
        return 2 * EARTH_RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(chordSquared(other)) / 2));
    }

    double x() {
        return x;
    }

    double y() {
        return y;
    }

    double z() {
        return z;
    }

    /// Grows with the distance: 0 for the same place, 4 for the opposite one.
    double chordSquared(Position other) {
        double dx = x - other.x;
        double dy = y - other.y;
        double dz = z - other.z;
        return dx * dx + dy * dy + dz * dz;
    }
}
