package io.yardmaster.dispatcher.doctor;

import io.yardmaster.redis.Redis;
import io.yardmaster.redis.RedisFailure;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Examines an installation. Thread-safe; those who ask at the same time share one examination.
public final class Doctor {
    /// Redis that has not answered a `PING` by then is away.
    private static final Duration PATIENCE = Duration.ofMillis(1_500);

    /// A Redis that answers slowly makes a long examination; what isn't looked at by then is left
    /// out.
    private static final Duration LONGEST = Duration.ofSeconds(6);

    private static final String RIGHTS =
            "let this user see it: ACL SETUSER <user> +info +config|get +slowlog|get +scan +ttl"
                    + " +exists +zcard +zrange +hlen +llen +get +time +ping";

    private final Installation installation;
    private @Nullable CompletableFuture<Report> running;

    public Doctor(Installation installation) {
        this.installation = installation;
    }

    /// Never throws for what it finds; takes 6 s at most, 1.5 s when Redis is away.
    public Report examine() {
        CompletableFuture<Report> shared;
        boolean mine = false;
        synchronized (this) {
            if (running == null) {
                running = new CompletableFuture<>();
                mine = true;
            }
            shared = running;
        }
        if (mine) {
            try {
                shared.complete(fresh());
            } catch (RuntimeException e) {
                shared.completeExceptionally(e);
            } finally {
                synchronized (this) {
                    running = null;
                }
            }
        }
        return shared.join();
    }

    private Report fresh() {
        List<Finding> findings = new ArrayList<>();
        Round round = new Round();
        Thread looking = Thread.ofVirtual().name("doctor").start(round);
        try {
            if (!round.answered.await(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                findings.add(away("no answer within " + PATIENCE.toMillis() + " ms"));
                looking.interrupt();
            } else if (!round.ended.await(LONGEST.toMillis(), TimeUnit.MILLISECONDS)) {
                looking.interrupt();
                findings.addAll(round.findings);
                findings.add(
                        new Finding(
                                "doctor",
                                "what was not looked at may be wrong",
                                new Verdict.Warn(
                                        "not everything could be looked at within "
                                                + LONGEST.toSeconds()
                                                + " s: Redis answers slowly",
                                        "look at the lines redis-latency and slowlog, and repeat"
                                                + " it")));
            } else {
                findings.addAll(round.findings);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        for (Check check : Checks.here(installation)) {
            findings.add(look(check));
        }
        return new Report(
                installation.host().clock().instant(),
                installation.replica(),
                installation.version(),
                List.copyOf(findings));
    }

    /// The looks at Redis, one after the other, on a thread that may be given up.
    private final class Round implements Runnable {
        private final ConcurrentLinkedQueue<Finding> findings = new ConcurrentLinkedQueue<>();
        private final CountDownLatch answered = new CountDownLatch(1);
        private final CountDownLatch ended = new CountDownLatch(1);

        @Override
        public void run() {
            try {
                Redis redis = installation.redis();
                redis.run(c -> c.ping());
                answered.countDown();
                findings.add(reached());
                for (Check check : Checks.ofRedis(installation)) {
                    findings.add(look(check));
                }
            } catch (RedisFailure e) {
                findings.add(away(String.valueOf(e.getMessage())));
            } finally {
                answered.countDown();
                ended.countDown();
            }
        }
    }

    /// @throws RedisFailure when Redis went away meanwhile: nothing more is asked then
    private Finding look(Check check) {
        try {
            return check.found(here(check.look().look()));
        } catch (RedisFailure.NotExecuted e) {
            if (e.code().equals("NOPERM")) {
                return check.found(new Verdict.Warn("not visible: " + e.getMessage(), RIGHTS));
            }
            throw e;
        } catch (RedisFailure.Rejected e) {
            String message = String.valueOf(e.getMessage());
            return check.found(
                    message.contains("unknown command")
                            ? new Verdict.Warn("not visible: " + message, "ask who runs this Redis")
                            : new Verdict.Fail(
                                    message, "look at this key with an operator's eyes"));
        }
    }

    /// A fix that can be copied: `redis-cli` is told where this Redis is. The embedded one has no
    /// file to write settings to.
    private Verdict here(Verdict verdict) {
        String fix = verdict.remedy();
        if (installation.settings().redis().embedded()) {
            fix = fix.replace(" && redis-cli CONFIG REWRITE", " (until it is started anew)");
        }
        String told = fix.replace("redis-cli ", client());
        return switch (verdict) {
            case Verdict.Ok ok -> ok;
            case Verdict.Warn(String found, _) -> new Verdict.Warn(found, told);
            case Verdict.Fail(String found, _) -> new Verdict.Fail(found, told);
        };
    }

    private String client() {
        try {
            URI uri = URI.create(address());
            int port = uri.getPort() < 0 ? 6379 : uri.getPort();
            boolean single = "redis".equals(uri.getScheme()) && uri.getHost() != null;
            boolean usual = single && port == 6379 && Addresses.loopback(uri.getHost());
            return single && !usual
                    ? "redis-cli -h " + uri.getHost() + " -p " + port + " "
                    : "redis-cli ";
        } catch (IllegalArgumentException e) {
            return "redis-cli "; // several servers
        }
    }

    private Finding reached() {
        return redis(new Verdict.Ok(address() + " answers"));
    }

    private Finding away(String how) {
        String fix =
                installation.settings().redis().embedded()
                        ? "look at "
                                + installation.settings().server().dataDir().resolve("redis.log")
                                + " and restart this replica: systemctl restart yardmaster"
                        : "start it (systemctl start redis-server), or correct yardmaster.redis.uri";
        return redis(new Verdict.Fail(address() + ": " + how, fix));
    }

    private static Finding redis(Verdict verdict) {
        return new Finding(
                "redis", "all requests are kept there; without it enqueueing answers 503", verdict);
    }

    private String address() {
        return installation.redis().config().redacted();
    }
}
