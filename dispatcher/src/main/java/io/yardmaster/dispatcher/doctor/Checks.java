package io.yardmaster.dispatcher.doctor;

import java.util.List;
import java.util.stream.Stream;

/// All checks, in the order of the page.
final class Checks {
    private Checks() {}

    /// What Redis is asked.
    static List<Check> ofRedis(Installation at) {
        RedisView view = new RedisView(at.redis());
        return Stream.of(
                        new PersistenceChecks(at, view).list(),
                        new MemoryChecks(view).list(),
                        new VersionChecks(at, view).list(),
                        new ClockChecks(at).list(),
                        new LatencyChecks(at).list(),
                        new ReplicationChecks(at, view).list(),
                        new QueueChecks(at).list(),
                        new LeakChecks(at, view).list(),
                        new RedisDoorCheck(at, view).list())
                .flatMap(List::stream)
                .toList();
    }

    /// What can be seen without Redis.
    static List<Check> here(Installation at) {
        return Stream.of(new NodeChecks(at).list(), new HostChecks(at).list())
                .flatMap(List::stream)
                .toList();
    }
}
