package io.yardmaster.queue;

import java.time.InstantSource;
import java.util.random.RandomGenerator;

/// Makes ids of 16 letters and digits: 7 for the millisecond, so that ids sort by time, and 9
/// random ones (53 bits). Short, because Redis keeps each id twice for every waiting request. Also
/// makes the nonces of leases. Thread-safe if its random generator is.
public final class RequestIds {
    private static final char[] DIGITS =
            "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".toCharArray();

    private final InstantSource clock;
    private final RandomGenerator random;

    public RequestIds(InstantSource clock, RandomGenerator random) {
        this.clock = clock;
        this.random = random;
    }

    public String next() {
        char[] id = new char[16];
        long millis = clock.millis();
        for (int i = 6; i >= 0; i--) {
            id[i] = DIGITS[(int) (millis % 62)];
            millis /= 62;
        }
        fill(id, 7);
        return new String(id);
    }

    /// 8 random letters and digits (47 bits).
    public String nonce() {
        char[] nonce = new char[8];
        fill(nonce, 0);
        return new String(nonce);
    }

    private void fill(char[] target, int from) {
        for (int i = from; i < target.length; i++) {
            target[i] = DIGITS[random.nextInt(62)];
        }
    }
}
