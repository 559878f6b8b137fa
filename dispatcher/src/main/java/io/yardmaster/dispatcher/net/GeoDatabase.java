package io.yardmaster.dispatcher.net;

import com.maxmind.db.InvalidDatabaseException;
import com.maxmind.db.NoCache;
import com.maxmind.db.Reader;
import io.yardmaster.dispatcher.dispatch.Whereabouts;
import io.yardmaster.nodes.strategy.Position;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A MaxMind database (GeoLite2 City or Country, or any of that shape). An address is at its
/// coordinates where the database has them, and otherwise in the region that is called like its
/// country's ISO code, in lower case. Thread-safe.
///
/// The file is mapped into memory. To renew it, move the new one over it (as `geoipupdate` does)
/// and start anew; never write into it.
public final class GeoDatabase implements Whereabouts, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(GeoDatabase.class);

    /// A lookup decodes a record of some 30 fields, which takes tens of microseconds.
    private static final int MOST_REMEMBERED = 10_000;

    private final Reader reader;
    private final Path file;
    private final AtomicBoolean complained = new AtomicBoolean();
    private final Map<String, Place> remembered =
            new LinkedHashMap<>(16, 0.75f, true) {
                private static final long serialVersionUID = 1;

                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Place> eldest) {
                    return size() > MOST_REMEMBERED;
                }
            };

    private GeoDatabase(Reader reader, Path file) {
        this.reader = reader;
        this.file = file;
    }

    /// @throws IllegalArgumentException with one line that says what is wrong with the file
    public static GeoDatabase open(Path file) {
        try {
            // our own cache is of places, so one of the nodes of the tree would not pay
            Reader reader =
                    new Reader(file.toFile(), Reader.FileMode.MEMORY_MAPPED, NoCache.getInstance());
            return new GeoDatabase(reader, file);
        } catch (InvalidDatabaseException e) {
            throw new IllegalArgumentException(
                    "yardmaster.geo.database: "
                            + file
                            + " (expected: a MaxMind .mmdb database of cities or countries)",
                    e);
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "yardmaster.geo.database: "
                            + file
                            + " (expected: a file that can be read: "
                            + e.getMessage()
                            + ")",
                    e);
        }
    }

    @Override
    public Place of(String address) {
        synchronized (remembered) {
            Place known = remembered.get(address);
            if (known != null) {
                return known;
            }
        }
        Place place = lookUp(address);
        synchronized (remembered) {
            remembered.put(address, place);
        }
        return place;
    }

    private Place lookUp(String address) {
        try {
            InetAddress literal = InetAddress.ofLiteral(address);
            if (literal instanceof Inet6Address && reader.getMetadata().ipVersion() == 4) {
                return Place.UNKNOWN;
            }
            Map<?, ?> entry = reader.get(literal, Map.class);
            return entry == null ? Place.UNKNOWN : place(entry);
        } catch (IllegalArgumentException e) {
            return Place.UNKNOWN; // no address
        } catch (IOException e) {
            if (complained.compareAndSet(false, true)) {
                log.warn("{} is damaged: some addresses are nowhere", file, e);
            }
            return Place.UNKNOWN;
        }
    }

    private static Place place(Map<?, ?> entry) {
        if (entry.get("location") instanceof Map<?, ?> location
                && location.get("latitude") instanceof Number latitude
                && location.get("longitude") instanceof Number longitude) {
            return new Place(Position.of(latitude.doubleValue(), longitude.doubleValue()), null);
        }
        @Nullable String country = country(entry, "country");
        return new Place(null, country != null ? country : country(entry, "registered_country"));
    }

    private static @Nullable String country(Map<?, ?> entry, String field) {
        return entry.get(field) instanceof Map<?, ?> country
                        && country.get("iso_code") instanceof String code
                ? code.toLowerCase(Locale.ROOT)
                : null;
    }

    @Override
    public void close() throws IOException {
        reader.close();
    }
}
