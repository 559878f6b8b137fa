package io.yardmaster.queue;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.time.InstantSource;
import java.util.random.RandomGenerator;

/// Makes ids of 16 letters and digits: 7 for the millisecond, so that ids sort by time, and 9
/// random ones (53 bits). Short, because Redis keeps each id twice for every waiting request. Also
/// makes the nonces of leases. Thread-safe if its random generator is.
public final class RequestIds {
    private static final char[] DIGITS =
            "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".toCharArray();

    private static final VarHandle LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

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

    /// One draw for all of them: a secure generator takes as long for one letter as for nine (a
    /// twelfth of the enqueueing of a batch went into it). Of 2^63 numbers no letter is likelier
    /// than another by more than a thousandth.
    private void fill(char[] target, int from) {
        byte[] drawn = new byte[Long.BYTES];
        random.nextBytes(drawn);
        long rest = (long) LONG.get(drawn, 0) & Long.MAX_VALUE;
        for (int i = from; i < target.length; i++) {
            target[i] = DIGITS[(int) (rest % DIGITS.length)];
            rest /= DIGITS.length;
        }
    }
}
