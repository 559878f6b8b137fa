package io.yardmaster.dispatcher.dispatch;

import io.yardmaster.queue.Lease;
import io.yardmaster.queue.Settlement;
import java.time.Duration;

/// Hears what happens on the way, for metrics and events. Must be quick and must not throw.
public interface DispatchListener {
    /// An attempt is about to be sent; `waited` is since the request was enqueued.
    void sending(Lease lease, String node, Duration waited);

    /// An attempt ended.
    ///
    /// @param outcome `succeeded`, `retried`, `dead` or `unreachable`
    /// @param cause the word on record: `status`, `timeout`, `broken-connection`, `retry-after`,
    ///   ...
    void attempted(Lease lease, String node, String outcome, String cause, Duration took);

    /// A settlement and Redis' word on it.
    void settled(Lease lease, Settlement settlement, Settlement.Answer answer);

    /// Leases of this replica that ended without its doing.
    void leasesLost(int count);

    /// An attempt ended with a defect of ours; its request comes back when the lease ends.
    void abandoned(Lease lease, Throwable cause);
}
