package io.yardmaster.dispatcher.dispatch;

import io.yardmaster.queue.Lease;
import io.yardmaster.queue.Settlement;
import java.time.Duration;
import java.util.List;

/// Hears what happens on the way, for metrics, callbacks and events. Must be quick and must not
/// throw.
public interface DispatchListener {
    /// An attempt is about to be sent; `waited` is since the request was enqueued.
    default void sending(Lease lease, String node, Duration waited) {}

    /// An attempt ended.
    ///
    /// @param outcome `succeeded`, `retried`, `dead` or `unreachable`
    /// @param cause the word on record: `status`, `timeout`, `broken-connection`, `retry-after`,
    ///   ...
    default void attempted(Lease lease, String node, String outcome, String cause, Duration took) {}

    /// A settlement and Redis' word on it.
    default void settled(Lease lease, Settlement settlement, Settlement.Answer answer) {}

    /// This replica has nothing more to do with the lease, however that came about. Comes last, and
    /// always.
    default void over(Lease lease) {}

    /// Leases of this replica that ended without its doing.
    default void leasesLost(int count) {}

    /// An attempt ended with a defect of ours; its request comes back when the lease ends.
    default void abandoned(Lease lease, Throwable cause) {}

    /// One that tells all of these, in order.
    static DispatchListener all(List<DispatchListener> listeners) {
        return new DispatchListener() {
            @Override
            public void sending(Lease lease, String node, Duration waited) {
                listeners.forEach(each -> each.sending(lease, node, waited));
            }

            @Override
            public void attempted(
                    Lease lease, String node, String outcome, String cause, Duration took) {
                listeners.forEach(each -> each.attempted(lease, node, outcome, cause, took));
            }

            @Override
            public void settled(Lease lease, Settlement settlement, Settlement.Answer answer) {
                listeners.forEach(each -> each.settled(lease, settlement, answer));
            }

            @Override
            public void over(Lease lease) {
                listeners.forEach(each -> each.over(lease));
            }

            @Override
            public void leasesLost(int count) {
                listeners.forEach(each -> each.leasesLost(count));
            }

            @Override
            public void abandoned(Lease lease, Throwable cause) {
                listeners.forEach(each -> each.abandoned(lease, cause));
            }
        };
    }
}
