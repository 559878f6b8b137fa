package io.yardmaster.nodes.strategy;

import org.jspecify.annotations.Nullable;

/// The nodes that may serve one request, seen as columns of figures under an index from 0 to
/// `size() - 1`. Indexes are in the order of node ids, so every replica sees the same order.
///
/// A view is reused from one choice to the next: it is valid only during a call to
/// [Strategy#choose], and only on that thread. No method allocates or blocks.
public interface Candidates {
    int size();

    /// The node's id, stable over restarts and the same on all replicas.
    String id(int i);

    /// [KeyHash#of(String)] of the id.
    long idHash(int i);

    @Nullable String region(int i);

    @Nullable Position position(int i);

    /// The operator's weight, above 0, 1 when none was given.
    double weight(int i);

    /// Requests that *this* replica has in flight there; never stale.
    int inFlight(int i);

    /// Requests that all replicas together are believed to have in flight there: our own, and what
    /// the others have said of theirs; while they have said nothing lately, each is assumed to have
    /// as many as we do.
    double totalInFlight(int i);

    /// The most requests that this replica may have in flight there.
    int maxInFlight(int i);

    /// Reported utilisation, smoothed, 0 to 1; the peers' median when the report has expired.
    double cpu(int i);

    /// See [#cpu].
    double memory(int i);

    /// See [#cpu].
    double io(int i);

    /// Cores of the node, above 0; the peers' median when unknown, 1 when all are.
    double cores(int i);

    /// Cores left by foreign work (not ours), above 0 and smoothed.
    double freeCores(int i);

    /// Requests that run there side by side without slowing each other down, above 0: the free
    /// cores, until the node's responses or its CPU have shown more or less.
    double parallelism(int i);

    /// Requests a second that one of those side by side completes, above 0: what was seen lately,
    /// as far as there is evidence; the node's past, or its peers, otherwise.
    double speed(int i);

    /// Share of failures among the endings of the last 20 s, 0 to 1; 0 with fewer than 5 endings.
    double errorRate(int i);

    /// Failures since the last reset interval without one.
    int recentFailures(int i);

    /// 0.1 to 1: how far the node has come back after it was unhealthy.
    double slowStart(int i);

    /// Successful responses in the response window.
    int responses(int i);

    /// Mean of the response window in seconds; 0 when it is empty.
    double meanResponse(int i);

    /// Peak-sensitive moving average of response times in seconds: up at once, down with a time
    /// constant of 10 s; 0 before the first response.
    double peakResponse(int i);

    /// How many replicas are alive, this one included: each is assumed to send as much as we do.
    int liveReplicas();
}
