package io.yardmaster.nodes;

import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The right to have one request in flight at a node. Ends exactly once, by the first of its three
/// endings, which frees the slot; further endings do nothing. Thread-safe.
public final class Pass {
    private final Nodes nodes;
    private final LiveNode live;
    private final Node node;
    private final @Nullable Decision decision;
    private boolean ended;

    /// `decision`: why the node was chosen, null when that was not sampled.
    Pass(Nodes nodes, LiveNode live, @Nullable Decision decision) {
        this.nodes = nodes;
        this.live = live;
        this.node = live.node;
        this.decision = decision;
    }

    /// The node as it was registered when it was chosen.
    public Node node() {
        return node;
    }

    /// Why it was chosen; empty unless this choice was sampled, see [Nodes#sampleDecisions].
    public Optional<Decision> decision() {
        return Optional.ofNullable(decision);
    }

    /// The node served the request in this time.
    public void succeeded(Duration took) {
        nodes.end(this, Ending.SUCCEEDED, took);
    }

    /// The node did not serve it, and that is the node's fault.
    public void failed(Duration took) {
        nodes.end(this, Ending.FAILED, took);
    }

    /// No connection to the node came about, which is the node's fault, too; after some of these in
    /// a row the node is checked at once.
    public void unreachable(Duration took) {
        nodes.end(this, Ending.UNREACHABLE, took);
    }

    /// It ended in a way that says nothing of the node: cancelled, not sent, the caller's fault.
    public void ignored() {
        nodes.end(this, Ending.IGNORED, Duration.ZERO);
    }

    /// Takes in a header field of the node's answer; those that name no load are passed over. To be
    /// called before the ending, for any field, as often as there are answers: most calls do next
    /// to nothing.
    public void heard(String header, String value) {
        if (LoadMetrics.isHeader(header)) {
            nodes.heard(live, header, value);
        }
    }

    enum Ending {
        SUCCEEDED,
        FAILED,
        UNREACHABLE,
        IGNORED
    }

    LiveNode live() {
        return live;
    }

    /// True the first time. Called under the lock of [Nodes].
    boolean endsNow() {
        boolean first = !ended;
        ended = true;
        return first;
    }
}
