package io.yardmaster.dispatcher.doctor;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What is known of a version of Redis or Valkey.
///
/// @param valkey whether it is Valkey
record RedisVersion(boolean valkey, int major, int minor, int patch) {
    private static final Pattern NUMBERS = Pattern.compile("(\\d+)\\.(\\d+)\\.(\\d+).*");

    /// First releases of each line without CVE-2025-49844 (a script breaks out of its sandbox) and
    /// its three companions.
    private static final List<RedisVersion> MENDED =
            List.of(
                    new RedisVersion(false, 7, 2, 11),
                    new RedisVersion(false, 7, 4, 6),
                    new RedisVersion(false, 8, 0, 4),
                    new RedisVersion(false, 8, 2, 2),
                    new RedisVersion(true, 7, 2, 11),
                    new RedisVersion(true, 8, 0, 6),
                    new RedisVersion(true, 8, 1, 4));

    /// @return 0.0.0 when it can't be read
    static RedisVersion of(boolean valkey, String text) {
        Matcher numbers = NUMBERS.matcher(text);
        return numbers.matches()
                ? new RedisVersion(
                        valkey,
                        Integer.parseInt(numbers.group(1)),
                        Integer.parseInt(numbers.group(2)),
                        Integer.parseInt(numbers.group(3)))
                : new RedisVersion(valkey, 0, 0, 0);
    }

    /// @param trusted whether nobody but this machine can reach it
    Verdict verdict(boolean trusted) {
        String name = this + "";
        if (major < 7) {
            return new Verdict.Fail(
                    name + " has no functions", "install Redis 7.0.15 or later, or Valkey 7.2.11");
        }
        if (!valkey && major == 7 && minor == 0) {
            if (patch < 15) {
                return new Verdict.Warn(
                        name + " has known faults", "install 7.0.15 or a later line");
            }
            return trusted
                    ? new Verdict.Ok(name + ", reachable from this machine alone")
                    : new Verdict.Warn(
                            name
                                    + ": only Debian's 7.0.15-1~deb12u10 and later are mended"
                                    + " (CVE-2025-49844 and others)",
                            "dpkg -s redis-server | grep Version; apt-get install --only-upgrade"
                                    + " redis-server");
        }
        for (RedisVersion mended : MENDED) {
            boolean sameLine =
                    mended.valkey == valkey && mended.major == major && mended.minor == minor;
            if (sameLine && patch < mended.patch) {
                return new Verdict.Warn(
                        name + ": scripts can break out of their sandbox (CVE-2025-49844)",
                        "install " + mended + " or later");
            }
        }
        return new Verdict.Ok(name);
    }

    @Override
    public String toString() {
        return (valkey ? "Valkey " : "Redis ") + major + "." + minor + "." + patch;
    }
}
