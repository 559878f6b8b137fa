package io.yardmaster.dispatcher.chaos;

import io.yardmaster.dispatcher.chaos.Evidence.Asked;
import io.yardmaster.dispatcher.chaos.Evidence.Episode;
import io.yardmaster.dispatcher.chaos.Evidence.Kind;
import io.yardmaster.dispatcher.chaos.Schedule.Part;
import io.yardmaster.dispatcher.chaos.Schedule.Step;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// Plays a schedule, and measures after each step how long it takes until all is well again.
final class Nemesis {
    private static final Duration LONGEST_STRIKE = Duration.ofMinutes(5);

    private final Site site;
    private final List<Episode> episodes = new ArrayList<>();
    private int probes;

    Nemesis(Site site) {
        this.site = site;
    }

    /// Until the schedule or the time is over.
    ///
    /// @param told of each step when it is over
    List<Episode> play(Schedule schedule, long until, Consumer<Episode> told)
            throws InterruptedException {
        for (Step step : schedule.steps()) {
            if (System.nanoTime() - until > 0) {
                break;
            }
            Thread.sleep(step.gap());
            long began = System.nanoTime();
            strike(step);
            long ended = System.nanoTime();
            Episode episode = new Episode(step.name(), began, ended, recovery(ended));
            episodes.add(episode);
            told.accept(episode);
        }
        return List.copyOf(episodes);
    }

    private void strike(Step step) throws InterruptedException {
        try (ExecutorService strikes = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> running = new ArrayList<>();
            for (Part part : step.parts()) {
                running.add(
                        strikes.submit(() -> {
                            part.fault().strike().strike(site, part.target(), part.length());
                            return null;
                        }));
            }
            for (Future<?> each : running) {
                each.get(LONGEST_STRIKE.toSeconds(), TimeUnit.SECONDS);
            }
        } catch (ExecutionException | java.util.concurrent.TimeoutException e) {
            throw new IllegalStateException("the fault " + step.name() + " failed", e);
        }
    }

    /// Until every replica is ready, has taken a request, and a node has received it.
    private long recovery(long ended) throws InterruptedException {
        long last = ended + Checkers.LONGEST_RECOVERY.multipliedBy(2).toNanos();
        for (ReplicaSlot slot : site.replicas()) {
            if (!recovered(slot, last)) {
                return -1;
            }
        }
        return System.nanoTime() - ended;
    }

    private boolean recovered(ReplicaSlot slot, long last) throws InterruptedException {
        String id = "probe-" + probes++;
        Door.Order order = new Door.Order(new Asked(id, "probe", "critical", 5), id, 0, 0);
        boolean accepted = false;
        while (System.nanoTime() - last < 0) {
            if (!accepted) {
                accepted = slot.ready() && offered(slot, order);
            }
            if (accepted && site.history().wasSent(id)) {
                return true;
            }
            Thread.sleep(20);
        }
        return false;
    }

    private boolean offered(ReplicaSlot slot, Door.Order order) throws InterruptedException {
        History history = site.history();
        String id = order.asked().id();
        history.invoke("nemesis", order.asked());
        try {
            int status = Rest.send("POST", slot.url() + "/v1/requests", order.json()).status();
            if (status == 202) {
                history.add("nemesis", Kind.OK, id, "");
                return true;
            }
            history.add("nemesis", Kind.UNKNOWN, id, "status " + status);
        } catch (IOException e) {
            history.add("nemesis", Kind.UNKNOWN, id, e.toString());
        }
        return false;
    }
}
