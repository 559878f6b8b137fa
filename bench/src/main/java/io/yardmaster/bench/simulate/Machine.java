package io.yardmaster.bench.simulate;

import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// A machine that shares its cores between the requests it is serving (processor sharing): each
/// gets `speed · min(1, free cores / requests)`.
///
/// All requests progress alike, so one number, the attained service of a request that had been
/// there from the start, says how far each is.
public final class Machine {
    public final int index;
    public final String id;

    /// Cores as the operating system counts them.
    public final double cores;

    private final VirtualTime time;
    private final PriorityQueue<Job> jobs =
            new PriorityQueue<>((a, b) -> Double.compare(a.finishAt, b.finishAt));
    private final Latencies latencies = new Latencies();
    private double speed;
    private double freeCores;
    private double attained;
    private double since;
    private long version;
    private int inFlight;
    private double busyCoreSeconds;
    private double coreSeconds;
    private double cpuSeconds;
    private double cpuSince;
    private double cost = 1;
    private BiConsumer<Job, Boolean> whenDone = (job, served) -> {};

    /// Requests that end at once as failures, 0 to 1; decided by the world when one arrives.
    public double failing;

    /// Most requests there at a time, from all dispatchers.
    public int connections = 10_000;

    /// Where it stands; null where that does not matter.
    public @Nullable String region;

    private boolean registered = true;
    private boolean up = true;
    private long served;

    Machine(int index, String id, double cores, double speed, VirtualTime time) {
        this.index = index;
        this.id = id;
        this.cores = cores;
        this.speed = speed;
        this.freeCores = cores;
        this.time = time;
    }

    void whenDone(BiConsumer<Job, Boolean> listener) {
        whenDone = listener;
    }

    public double speed() {
        return speed;
    }

    public double freeCores() {
        return freeCores;
    }

    public int inFlight() {
        return inFlight;
    }

    public boolean up() {
        return up;
    }

    boolean registered() {
        return registered;
    }

    void setRegistered(boolean isRegistered) {
        registered = isRegistered;
    }

    long served() {
        return served;
    }

    /// See [Outlook#latency].
    double latency() {
        return latencies.near(inFlight);
    }

    /// Share of all cores that is in use now, by us and by others.
    double cpu() {
        double ours = Math.min(inFlight, freeCores);
        return Math.min(1, Math.max(0, (cores - freeCores + ours) / cores));
    }

    /// Mean of [#cpu] since the last call, as an agent reads it.
    double meanCpu() {
        progress();
        double passed = time.now() - cpuSince;
        double mean = passed > 0 ? Math.min(1, cpuSeconds / passed) : cpu();
        cpuSince = time.now();
        cpuSeconds = 0;
        return mean;
    }

    /// Our requests' share of the cores that were ours to use, since the start.
    public double utilisation() {
        progress();
        return coreSeconds == 0 ? 0 : busyCoreSeconds / coreSeconds;
    }

    /// Core seconds that our requests have used since the start.
    public double busyCoreSeconds() {
        progress();
        return busyCoreSeconds;
    }

    /// May be more than `cores`: then it borrows from its neighbours.
    public void setFreeCores(double free) {
        progress();
        freeCores = free;
        reschedule();
    }

    public void setSpeed(double newSpeed) {
        progress();
        speed = newSpeed;
        reschedule();
    }

    /// Requests that come from now on need so many times the work that was drawn for them.
    public void setCost(double times) {
        cost = times;
    }

    /// What runs there fails, and nothing new gets in.
    public void crash() {
        up = false;
        List<Job> lost = new ArrayList<>(jobs);
        lost.sort((a, b) -> Double.compare(a.arrived, b.arrived));
        for (Job job : lost) {
            cancel(job);
        }
        lost.forEach(job -> whenDone.accept(job, false));
    }

    public void restart() {
        up = true;
    }

    void start(Job job) {
        progress();
        job.finishAt = attained + job.work * cost;
        job.startedAt = time.now();
        job.running = true;
        jobs.add(job);
        inFlight++;
        reschedule();
    }

    /// Takes back a request that nobody waits for any more.
    void cancel(Job job) {
        if (job.running) {
            progress();
            jobs.remove(job);
            job.running = false;
            inFlight--;
            reschedule();
        }
    }

    private double rate() {
        return inFlight == 0 ? 0 : speed * Math.min(1, freeCores / inFlight);
    }

    private void progress() {
        double now = time.now();
        double passed = now - since;
        if (passed > 0) {
            attained += passed * rate();
            busyCoreSeconds += passed * Math.min(inFlight, freeCores);
            cpuSeconds += passed * cpu();
            coreSeconds += passed * freeCores;
            since = now;
        }
    }

    private void reschedule() {
        version++;
        Job next = jobs.peek();
        double rate = rate();
        if (next != null && rate > 0) {
            long expected = version;
            time.in(Math.max(0, next.finishAt - attained) / rate, () -> finish(expected));
        }
    }

    private void finish(long expected) {
        if (expected != version) {
            return; // something changed meanwhile, and another event was scheduled
        }
        progress();
        Job job = jobs.remove();
        job.running = false;
        inFlight--;
        served++;
        latencies.add(job.inFlightWhenSent, time.now() - job.startedAt);
        reschedule();
        whenDone.accept(job, true);
    }
}
