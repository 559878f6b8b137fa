package io.yardmaster.dispatcher.operate;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The Sentinels that watch one master.
final class Sentinels {
    private final RedisAddress address;
    private final Duration patience;

    private Sentinels(RedisAddress address, Duration patience) {
        this.address = address;
        this.patience = patience;
    }

    static Sentinels of(RedisAddress address, Duration patience) {
        return new Sentinels(address, patience);
    }

    /// One question to one Sentinel.
    private interface Question<T> {
        T ask(RespLink sentinel) throws IOException;
    }

    /// The first Sentinel that answers is believed.
    private <T> T first(Question<T> question) throws IOException {
        List<String> failures = new ArrayList<>();
        for (RedisAddress.Host host : address.hosts()) {
            try (RespLink sentinel = link(host)) {
                return question.ask(sentinel);
            } catch (IOException e) {
                failures.add(host + ": " + e.getMessage());
            }
        }
        throw new IOException("no Sentinel helps: " + String.join("; ", failures));
    }

    /// With the login of the data servers where the Sentinel asks for one.
    private RespLink link(RedisAddress.Host host) throws IOException {
        RedisAddress open =
                new RedisAddress(List.of(host), RedisAddress.Login.NONE, address.tls(), "", 0);
        RespLink link = RespLink.open(open, patience);
        try {
            link.call("PING");
            return link;
        } catch (RespLink.Refused e) {
            link.close();
            if (!address.login().given()) {
                throw e;
            }
            return RespLink.open(
                    new RedisAddress(List.of(host), address.login(), address.tls(), "", 0),
                    patience);
        }
    }

    /// Where the master is by now.
    RedisAddress.Host master() throws IOException {
        return first(sentinel -> {
            List<?> found =
                    RespLink.items(
                            sentinel.call("SENTINEL", "GET-MASTER-ADDR-BY-NAME", address.master()));
            if (found.size() != 2) {
                throw new IOException("it knows no master " + address.master());
            }
            return new RedisAddress.Host(
                    RespLink.text(found.get(0)), Integer.parseInt(RespLink.text(found.get(1))));
        });
    }

    /// Whether enough Sentinels agree to carry out a failover; what they say when not.
    String quorum() throws IOException {
        return first(
                sentinel -> RespLink.text(sentinel.call("SENTINEL", "CKQUORUM", address.master())));
    }

    /// Has the Sentinels make a replica the master.
    void failover() throws IOException {
        first(sentinel -> RespLink.text(sentinel.call("SENTINEL", "FAILOVER", address.master())));
    }

    /// Whether a failover may be under way: one that answers says so, or none answers.
    boolean busy() {
        boolean answered = false;
        for (RedisAddress.Host host : address.hosts()) {
            try (RespLink sentinel = link(host)) {
                List<?> words =
                        RespLink.items(sentinel.call("SENTINEL", "MASTER", address.master()));
                Map<String, String> fields = new HashMap<>();
                for (int i = 0; i + 1 < words.size(); i += 2) {
                    fields.put(RespLink.text(words.get(i)), RespLink.text(words.get(i + 1)));
                }
                answered = true;
                if (fields.getOrDefault("flags", "").contains("failover_in_progress")) {
                    return true;
                }
            } catch (IOException e) {
                // the others will do
            }
        }
        return !answered;
    }
}
