package io.yardmaster.dispatcher.cli;

import io.yardmaster.dispatcher.agent.Figures;
import io.yardmaster.dispatcher.agent.Machine;
import io.yardmaster.dispatcher.agent.Reading;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/// The agent at work. It outlives the dispatcher: while that is away it tries on after growing,
/// random pauses and says so once, and registers the node again when the dispatcher does not know
/// it.
final class AgentRun {
    /// Shorter than that, CPU counters say little.
    private static final Duration FIRST_MEASURE = Duration.ofSeconds(1);

    /// As long as the dispatcher believes a report, unless it is told otherwise.
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    private static final Duration TO_REMOVE = Duration.ofSeconds(15);
    private static final int NOT_FOUND = 404;

    private final Shell shell;
    private final ApiClient api;
    private final Machine machine;
    private final DoubleSupplier chance;
    private final Plan plan;
    private final String path;

    private boolean registered;
    private boolean everRegistered;
    private int failures;
    private long failingSince;

    /// @param registration the node's JSON; null when the agent only reports
    record Plan(
            String id,
            @Nullable String registration,
            Duration interval,
            boolean dryRun,
            boolean removeOnExit,
            boolean json) {}

    /// @param chance numbers from 0 to 1
    AgentRun(Shell shell, ApiClient api, Machine machine, DoubleSupplier chance, Plan plan) {
        this.shell = shell;
        this.api = api;
        this.machine = machine;
        this.chance = chance;
        this.plan = plan;
        this.path = "/v1/nodes/" + Call.encode(plan.id());
        this.registered = plan.registration() == null;
    }

    int once() throws InterruptedException {
        Reading before = machine.read();
        shell.time().pause().millis(FIRST_MEASURE.toMillis());
        tell(Figures.between(before, machine.read()));
        return 0;
    }

    /// Ends when the process is told to, with 0.
    int forEver() throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(1);
        Thread hook = endOnSignal(Thread.currentThread(), ended);
        try {
            Reading before = machine.read();
            if (!plan.json()) {
                say(
                        "reporting %s every %s"
                                .formatted(plan.id(), Durations.human(plan.interval().toMillis())));
            }
            pause(shorter(plan.interval(), FIRST_MEASURE).toMillis());
            while (!Thread.currentThread().isInterrupted()) {
                Reading now = machine.read();
                boolean told = tellOrNote(Figures.between(before, now));
                before = now;
                pause(told ? plan.interval().toMillis() : pauseAfterFailure());
            }
        } catch (InterruptedException e) {
            // told to end: that is how this ends
        } finally {
            if (plan.removeOnExit()) {
                remove();
            }
            shell.out().flush();
            shell.err().flush();
            ended.countDown();
            forget(hook); // it would end the process with 0, whatever became of it
        }
        return 0;
    }

    private void pause(long millis) throws InterruptedException {
        shell.time().pause().millis(millis);
    }

    /// Having been asked to end is no failure, but by itself a JVM then exits with 143.
    private Thread endOnSignal(Thread worker, CountDownLatch ended) {
        Thread hook =
                new Thread(
                        () -> {
                            worker.interrupt();
                            Duration patience =
                                    plan.removeOnExit() ? TO_REMOVE : Duration.ofMillis(500);
                            try {
                                ended.await(patience.toMillis(), TimeUnit.MILLISECONDS);
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                            Runtime.getRuntime().halt(0);
                        },
                        "agent-end");
        Runtime.getRuntime().addShutdownHook(hook);
        return hook;
    }

    private static void forget(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // the process is ending: the hook is at work
        }
    }

    /// True when the report was taken. What the dispatcher refuses at the very first is a mistake
    /// in the command's arguments and ends it; what it refuses later may be mended over there.
    private boolean tellOrNote(Figures figures) {
        try {
            tell(figures);
            if (failures > 0) {
                long away = (shell.time().nanos().getAsLong() - failingSince) / 1_000_000;
                say(plan.id() + ": reports again after " + Durations.human(away));
            }
            failures = 0;
            return true;
        } catch (Failure e) {
            if (!everRegistered && e.exitCode() == Failure.FAILED && plan.registration() != null) {
                throw e;
            }
            if (failures++ == 0) {
                failingSince = shell.time().nanos().getAsLong();
                shell.err()
                        .println(
                                Printable.line(
                                        "%s: %s (%s); trying on"
                                                .formatted(
                                                        plan.id(), e.getMessage(), e.reasons())));
                shell.err().flush();
            }
            return false;
        }
    }

    private long pauseAfterFailure() {
        long grown = plan.interval().toMillis() << Math.min(failures - 1, 10);
        long longest = Math.max(LONGEST_PAUSE.toMillis(), plan.interval().toMillis());
        // at least half of it, so that nodes that lost their dispatcher together come back apart
        return Math.round(Math.min(grown, longest) * (0.5 + chance.getAsDouble() / 2));
    }

    private void tell(Figures figures) {
        String report = json(figures);
        if (plan.dryRun()) {
            if (plan.registration() != null && !plan.json()) {
                say("PUT " + path + " " + plan.registration());
            }
            say(plan.json() ? report : "POST " + path + "/report " + report);
            return;
        }
        register();
        Reply reply = send("cannot report", Call.post(path + "/report"), report);
        if (reply.status() == NOT_FOUND && plan.registration() != null) {
            registered = false;
            register();
            reply = send("cannot report", Call.post(path + "/report"), report);
        }
        if (!reply.ok()) {
            throw refused("cannot report", reply);
        }
        if (plan.json()) {
            say(report);
        }
    }

    private void register() {
        String json = plan.registration();
        if (registered || json == null) {
            return;
        }
        Reply reply = send("cannot register", Call.put(path, json), json);
        if (!reply.ok()) {
            throw refused("cannot register", reply);
        }
        if (!plan.json()) {
            say((everRegistered ? "registered again: " : "registered ") + plan.id());
        }
        registered = true;
        everRegistered = true;
    }

    private Reply send(String what, Call call, String json) {
        return api.send(what + " node " + plan.id(), call.with(Call.Content.json(json)));
    }

    private Failure refused(String what, Reply reply) {
        boolean busy = reply.status() >= 500 || reply.status() == 429 || reply.status() == 408;
        String sentence = what + " node " + plan.id();
        if (busy) {
            return Failure.unreachable(
                    sentence, "the dispatcher answered " + reply.status(), "look at its /health");
        }
        if (reply.status() == NOT_FOUND) {
            return Failure.failed(
                    sentence,
                    List.of("the dispatcher does not know it"),
                    "register it here with --node-url, or with 'yardmaster nodes add'");
        }
        return Failure.refused(sentence, reply);
    }

    private void remove() {
        Thread.interrupted(); // the call below must not end at once
        if (plan.dryRun() || !everRegistered) {
            return;
        }
        try {
            api.expect("cannot remove node " + plan.id(), Call.delete(path));
            say("removed " + plan.id());
        } catch (Failure e) {
            shell.err().println(Printable.line(e.getMessage() + " (" + e.reasons() + ")"));
        }
    }

    private void say(String line) {
        shell.out().println(plan.json() ? line : Printable.line(line));
        shell.out().flush();
    }

    private static String json(Figures figures) {
        return new JsonObject()
                .number("cpu", figures.cpu())
                .number("memory", figures.memory())
                .number("io", figures.io())
                .number("cores", figures.cores())
                .number("pressure", figures.pressure())
                .number("temperature", figures.temperature())
                .toString();
    }

    private static Duration shorter(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }
}
