package io.yardmaster.dispatcher.operate;

import java.io.IOException;
import java.io.PrintStream;

/// What these commands say, and how they end.
final class Says {
    static final int FINE = 0;
    static final int FAILED = 1;
    static final int USAGE = 2;
    static final int UNREACHABLE = 3;

    private Says() {}

    /// Ends a command: what failed, and what to do.
    static final class Stop extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final int code;
        private final String next;

        Stop(int code, String what, String next) {
            super(what, null, false, false);
            this.code = code;
            this.next = next;
        }
    }

    /// The body of a command.
    @FunctionalInterface
    interface Body {
        void run() throws IOException, InterruptedException;
    }

    /// Runs it, and turns whatever happens into an exit code.
    static int run(PrintStream err, Body body) {
        try {
            body.run();
            return FINE;
        } catch (Stop e) {
            return ended(err, e.code, e.getMessage(), e.next);
        } catch (IllegalArgumentException e) {
            return ended(err, USAGE, e.getMessage(), "--help shows examples");
        } catch (RespLink.Refused e) {
            return ended(
                    err,
                    FAILED,
                    "Redis says: " + e.getMessage(),
                    "docs/operations.md lists the rights that this command needs");
        } catch (java.net.ConnectException
                | java.net.UnknownHostException
                | java.net.SocketTimeoutException e) {
            return ended(err, UNREACHABLE, e.getMessage(), "is it running, and reachable?");
        } catch (IOException e) {
            boolean far =
                    e.getCause() instanceof java.net.ConnectException
                            || e.getCause() instanceof java.net.UnknownHostException
                            || e.getCause() instanceof java.net.SocketTimeoutException;
            return ended(err, far ? UNREACHABLE : FAILED, e.getMessage(), "");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return FAILED;
        }
    }

    private static int ended(
            PrintStream err,
            int code,
            @org.jspecify.annotations.Nullable String what,
            String next) {
        err.println("error: " + what);
        if (!next.isEmpty()) {
            err.println("  next: " + next);
        }
        return code;
    }
}
