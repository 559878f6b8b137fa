package io.yardmaster.dispatcher.doctor;

import java.util.Arrays;
import java.util.List;

/// Whether strangers can get at Redis.
final class RedisDoorCheck {
    private static final String PASSWORD =
            "redis-cli ACL SETUSER ... (docs/redis.md) or CONFIG SET requirepass <long random>, and"
                    + " yardmaster.redis.uri=redis://user:password@host";

    private final Installation at;
    private final RedisView redis;

    RedisDoorCheck(Installation at, RedisView redis) {
        this.at = at;
        this.redis = redis;
    }

    List<Check> list() {
        return List.of(
                Check.ofRedis(
                        "redis-door",
                        "whoever reaches Redis reads and changes every request",
                        this::look));
    }

    private Verdict look() {
        Addresses addresses = Addresses.of(at.settings().redis());
        boolean local = addresses.loopback();
        if (!local && !addresses.password()) {
            return new Verdict.Fail(
                    "reached over the network (" + addresses.hosts() + ") without a password",
                    PASSWORD);
        }
        boolean open =
                Arrays.stream(redis.setting("bind").split(" ", -1))
                        .map(address -> address.replaceFirst("^-", ""))
                        .anyMatch(address -> !Addresses.loopback(address));
        boolean asks = !redis.setting("requirepass").isEmpty() || addresses.password();
        boolean guarded = redis.setting("protected-mode").equals("yes");
        if (open && !asks && !guarded) {
            return new Verdict.Fail(
                    "it listens beyond this machine (bind "
                            + (redis.setting("bind").isEmpty() ? "*" : redis.setting("bind"))
                            + ") without a password",
                    PASSWORD + "; or redis-cli CONFIG SET bind 127.0.0.1");
        }
        if (!local && !addresses.encrypted()) {
            return new Verdict.Warn(
                    "password and requests travel in clear text to " + addresses.hosts(),
                    "use rediss:// (TLS), or keep that network to yourself");
        }
        return new Verdict.Ok(
                at.settings().redis().embedded()
                        ? "embedded, on loopback"
                        : local ? "on loopback" : "TLS and a password");
    }
}
