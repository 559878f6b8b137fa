package io.yardmaster.nodes;

/// A place on the globe, in degrees.
public record Location(double lat, double lon) {
    public Location {
        Faults faults = new Faults();
        faults.expect(lat >= -90 && lat <= 90, "lat", lat, "-90 to 90");
        faults.expect(lon >= -180 && lon <= 180, "lon", lon, "-180 to 180");
        faults.throwIfAny();
    }
}
