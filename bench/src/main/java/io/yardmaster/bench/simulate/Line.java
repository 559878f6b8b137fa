package io.yardmaster.bench.simulate;

import io.yardmaster.queue.Priority;
import io.yardmaster.queue.PriorityShares;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Requests that wait for a dispatcher to have room, in the queue that all share.
sealed interface Line {
    void add(Job job);

    /// The next one that this dispatcher would take; null when it takes none.
    @Nullable Job next(int client, int slots);

    /// It took what [#next] said.
    void taken(int client, Job job);

    /// What it took has ended.
    default void ended(Job job, double seconds) {}

    /// Whether a request that comes now has to go to the end of it.
    boolean mustQueue();

    /// First come, first served.
    final class Fifo implements Line {
        private final Deque<Job> jobs = new ArrayDeque<>();

        @Override
        public void add(Job job) {
            jobs.add(job);
        }

        @Override
        public @Nullable Job next(int client, int slots) {
            return first(jobs);
        }

        @Override
        public void taken(int client, Job job) {
            jobs.remove();
        }

        @Override
        public boolean mustQueue() {
            return first(jobs) != null;
        }
    }

    /// By priority, with the shares that run live: each dispatcher keeps its own account.
    final class ByPriority implements Line {
        private final List<Deque<Job>> jobs = new ArrayList<>();
        private final List<PriorityShares> shares = new ArrayList<>();
        private final List<int[]> busy = new ArrayList<>();

        ByPriority(int clients, List<PriorityShares.Share> each) {
            for (int i = 0; i < Priority.values().length; i++) {
                jobs.add(new ArrayDeque<>());
            }
            for (int i = 0; i < clients; i++) {
                shares.add(new PriorityShares(each, false));
                busy.add(new int[jobs.size()]);
            }
        }

        @Override
        public void add(Job job) {
            jobs.get(job.mark.priority().number()).add(job);
        }

        @Override
        public @Nullable Job next(int client, int slots) {
            long[] waiting = new long[jobs.size()];
            for (int p = 0; p < waiting.length; p++) {
                waiting[p] = first(jobs.get(p)) == null ? 0 : jobs.get(p).size();
            }
            int[] planned = shares.get(client).plan(slots, busy.get(client), waiting, 1);
            for (int p = 0; p < planned.length; p++) {
                if (planned[p] > 0) {
                    return jobs.get(p).peek();
                }
            }
            return null;
        }

        @Override
        public void taken(int client, Job job) {
            Priority priority = job.mark.priority();
            jobs.get(priority.number()).remove();
            job.charge = shares.get(client).charge(priority);
            shares.get(client).started(priority);
            busy.get(client)[priority.number()]++;
        }

        @Override
        public void ended(Job job, double seconds) {
            Priority priority = job.mark.priority();
            Duration took = Duration.ofNanos(Math.round(seconds * 1e9));
            shares.get(job.sender).finished(priority, job.charge, took);
            busy.get(job.sender)[priority.number()]--;
        }

        @Override
        public boolean mustQueue() {
            return true;
        }
    }

    private static @Nullable Job first(Deque<Job> jobs) {
        while (!jobs.isEmpty() && jobs.peek().settled) {
            jobs.remove();
        }
        return jobs.peek();
    }
}
