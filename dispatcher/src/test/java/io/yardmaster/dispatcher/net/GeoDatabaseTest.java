package io.yardmaster.dispatcher.net;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.yardmaster.dispatcher.dispatch.Whereabouts.Place;
import io.yardmaster.nodes.strategy.Position;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class GeoDatabaseTest {
    private static final Map<String, Object> BERLIN =
            Map.of(
                    "country",
                    Map.of("iso_code", "DE"),
                    "location",
                    Map.of("latitude", 52.5, "longitude", 13.4));
    private static final Map<String, Object> FRANCE = Map.of("country", Map.of("iso_code", "FR"));
    private static final Map<String, Object> REGISTERED =
            Map.of("registered_country", Map.of("iso_code", "AU"));

    @TempDir private Path folder;

    private static byte[] address(String text) {
        return InetAddress.ofLiteral(text).getAddress();
    }

    private Path file(byte[] bytes) throws IOException {
        return Files.write(folder.resolve("test.mmdb"), bytes);
    }

    private GeoDatabase world(int ipVersion) throws IOException {
        Mmdb world =
                new Mmdb(ipVersion)
                        .put(address("192.0.2.0"), 24, BERLIN)
                        .put(address("198.51.100.0"), 24, FRANCE)
                        .put(address("203.0.113.0"), 24, REGISTERED)
                        .put(address("233.252.0.0"), 24, Map.of("asn", "64496"));
        if (ipVersion == 6) {
            world.put(address("2001:db8::"), 32, BERLIN);
        }
        return GeoDatabase.open(file(world.bytes()));
    }

    private static double kmToBerlin(Place place) {
        return assertNotNullPosition(place).kmTo(Position.of(52.5, 13.4));
    }

    private static Position assertNotNullPosition(Place place) {
        assertNotNull(place.position());
        return java.util.Objects.requireNonNull(place.position());
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void address_is_at_its_coordinates(int ipVersion) throws IOException {
        try (GeoDatabase world = world(ipVersion)) {
            Place place = world.of("192.0.2.77");
            assertEquals(0, kmToBerlin(place), 0.1);
            assertNull(place.region(), "coordinates say more than the country");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 6})
    void without_coordinates_the_country_is_the_region(int ipVersion) throws IOException {
        try (GeoDatabase world = world(ipVersion)) {
            assertEquals(new Place(null, "fr"), world.of("198.51.100.1"));
            assertEquals(new Place(null, "au"), world.of("203.0.113.9"));
        }
    }

    @Test
    void newer_addresses_are_placed_too_where_the_database_has_them() throws IOException {
        try (GeoDatabase world = world(6)) {
            assertEquals(0, kmToBerlin(world.of("2001:db8::7")), 0.1);
            assertEquals(0, kmToBerlin(world.of("::ffff:192.0.2.1")), 0.1);
        }
        try (GeoDatabase world = world(4)) {
            assertEquals(Place.UNKNOWN, world.of("2001:db8::7"));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"10.1.2.3", "127.0.0.1", "233.252.0.1", "::1", "nobody", "", "1.2.3.4.5"})
    void address_that_is_not_in_it_is_nowhere(String address) throws IOException {
        try (GeoDatabase world = world(6)) {
            assertEquals(Place.UNKNOWN, world.of(address));
            assertEquals(Place.UNKNOWN, world.of(address));
        }
    }

    @Test
    void more_clients_than_are_remembered_are_placed_all_the_same() throws IOException {
        try (GeoDatabase world = world(4)) {
            for (int n = 0; n < 25_000; n++) {
                world.of("10.0." + n / 256 + "." + n % 256);
            }
            assertEquals(0, kmToBerlin(world.of("192.0.2.77")), 0.1);
        }
    }

    @Test
    void file_that_is_no_database_is_refused_in_one_line() throws IOException {
        for (byte[] bytes : new byte[][] {new byte[0], new byte[5000], {1, 2, 3}}) {
            Path file = file(bytes);
            String message =
                    String.valueOf(
                            assertThrows(
                                            IllegalArgumentException.class,
                                            () -> GeoDatabase.open(file))
                                    .getMessage());
            assertTrue(
                    message.startsWith("yardmaster.geo.database: " + file + " (expected: "),
                    message);
        }
    }
}
