package io.yardmaster.redis;

import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisConnectionException;
import io.lettuce.core.cluster.PartitionSelectorException;
import java.net.UnknownHostException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.util.Set;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// Redis could not do what was asked. The kind says whether the command may have run, which is what
/// decides whether it may be repeated.
public abstract sealed class RedisFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /// First words of errors after which the same call may be made again at will. Those of a
    /// cluster are among them: while a slot moves, a function that finds a key gone ends with an
    /// error, and what it wrote before is written again.
    private static final Set<String> NOT_EXECUTED =
            Set.of(
                    "OOM",
                    "READONLY",
                    "LOADING",
                    "BUSY",
                    "MISCONF",
                    "NOREPLICAS",
                    "MASTERDOWN",
                    "CLUSTERDOWN",
                    "NOAUTH",
                    "NOPERM",
                    "WRONGPASS",
                    "TRYAGAIN",
                    "ASK",
                    "MOVED");

    private RedisFailure(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /// For callers that gave up waiting for a call of theirs.
    public static RedisFailure unknown(String message, Throwable cause) {
        return new Unknown(message, cause);
    }

    /// For calls that are not made, because those before them failed.
    public static RedisFailure away(String message) {
        return new NotExecuted("AWAY", message);
    }

    /// What became of a command that ended so.
    ///
    /// @param what the command, for people
    /// @param trouble why there is no connection, when there is none
    static RedisFailure of(String what, Throwable cause, String trouble) {
        String message = String.valueOf(cause.getMessage());
        return switch (cause) {
            case RedisCommandExecutionException _ -> ofReply(what, message, cause);
            case PartitionSelectorException _ ->
                    new NotExecuted("CLUSTERDOWN", what + ": no master has its slot", cause);
            case RedisConnectionException _ ->
                    new NotExecuted(code(cause), what + ": " + reason(cause), cause);
            default ->
                    neverSent(message)
                            ? new NotExecuted(
                                    "DISCONNECTED",
                                    what
                                            + ": not connected to Redis"
                                            + (trouble.isEmpty() ? "" : " (" + trouble + ")"),
                                    cause)
                            : new Unknown(what + ": " + reason(cause), cause);
        };
    }

    private static boolean neverSent(String message) {
        return message.contains("Commands are rejected")
                || message.contains("queue size exceeded")
                || message.contains("buffer size exceeded")
                || message.equals("Connection is closed");
    }

    private static RedisFailure ofReply(String what, String message, Throwable cause) {
        String code = message.split(" ", 2)[0];
        if (NOT_EXECUTED.contains(code)) {
            return new NotExecuted(code, what + ": " + message, cause);
        }
        // Redis' words inside a script, which carry no code of their own.
        if (message.contains("non local key in a cluster node")) {
            return new NotExecuted("ASK", what + ": " + message, cause);
        }
        return message.contains("while the cluster is down")
                ? new NotExecuted("CLUSTERDOWN", what + ": " + message, cause)
                : new Rejected(what + ": " + message, cause);
    }

    /// Connecting failed.
    static NotExecuted disconnected(String what, Throwable cause) {
        return new NotExecuted(code(cause), what + ": " + reason(cause), cause);
    }

    private static String code(Throwable failure) {
        for (Throwable each = failure; each != null; each = each.getCause()) {
            if (each instanceof RedisCommandExecutionException) {
                String code = String.valueOf(each.getMessage()).split(" ", 2)[0];
                return NOT_EXECUTED.contains(code) ? code : "DISCONNECTED";
            }
            if (each instanceof SSLException || each instanceof CertificateException) {
                return "TLS";
            }
        }
        return "DISCONNECTED";
    }

    /// Why a connection failed, in words that say what to do where the JDK's do not.
    static String reason(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        String said = String.valueOf(root.getMessage());
        return switch (root) {
            case CertPathBuilderException _ ->
                    "TLS: Redis' certificate is not signed by an authority that redis.tls.ca names";
            case CertificateExpiredException _ -> "TLS: Redis' certificate has expired, " + said;
            case CertificateException _ -> "TLS: Redis' certificate is for another host: " + said;
            case SSLException _ -> "TLS: " + said;
            case UnknownHostException _ -> "unknown host: " + said;
            default -> said;
        };
    }

    /// The command did not run: Redis is unreachable, still loading, read-only, out of memory, or
    /// refuses us. It may be repeated at will.
    public static final class NotExecuted extends RedisFailure {
        private static final long serialVersionUID = 1L;

        private final String code;

        NotExecuted(String code, String message, @Nullable Throwable cause) {
            super(message, cause);
            this.code = code;
        }

        NotExecuted(String code, String message) {
            this(code, message, null);
        }

        /// The first word of Redis' answer (`OOM`, `READONLY`, `LOADING`, ...), or one of ours:
        /// `DISCONNECTED`, `TLS`, `UNANSWERED` (Redis stands still, the call was not sent),
        /// `EVICTING` (Redis would throw requests away).
        public String code() {
            return code;
        }

        /// True when Redis has no memory left for this write.
        public boolean outOfMemory() {
            return code.equals("OOM");
        }

        /// True when waiting alone is not likely to help: Redis refuses us, or we refuse it.
        public boolean refused() {
            return Set.of("WRONGPASS", "NOAUTH", "NOPERM", "TLS").contains(code);
        }
    }

    /// No answer came: the command may or may not have run. Repeat it with the same arguments, or
    /// read back.
    public static final class Unknown extends RedisFailure {
        private static final long serialVersionUID = 1L;

        Unknown(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /// Redis ran the command and found it wrong: a defect of ours, or a key that somebody else
    /// damaged.
    public static final class Rejected extends RedisFailure {
        private static final long serialVersionUID = 1L;

        Rejected(String message, Throwable cause) {
            super(message, cause);
        }
    }
}
