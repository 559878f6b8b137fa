package io.yardmaster.dispatcher.cli;

import io.yardmaster.dispatcher.cli.TopModel.Deed;
import io.yardmaster.dispatcher.cli.TopModel.Mode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Reads for `top` and does what it is asked, on a thread of its own, so that a slow dispatcher
/// never holds up the keys. The screen's thread takes the results with [#feed] and [#news].
final class TopReader implements Runnable {
    private static final int NOT_FOUND = 404;
    private static final int MOST_WAITING = 16;
    private static final int ROWS = 200;

    private final ApiClient api;
    private final Shell shell;
    private final LongSupplier nanos;
    private final long everyMillis;
    private final BlockingQueue<Deed> deeds = new ArrayBlockingQueue<>(MOST_WAITING);
    private final BlockingQueue<UnaryOperator<TopModel>> news =
            new ArrayBlockingQueue<>(2 * MOST_WAITING);
    private final AtomicReference<Feed> feed = new AtomicReference<>(Feed.NONE);
    private volatile Tab tab = Tab.OVERVIEW;

    TopReader(ApiClient api, Shell shell, long everyMillis) {
        this.api = api;
        this.shell = shell;
        this.nanos = shell.time().nanos();
        this.everyMillis = everyMillis;
    }

    Feed feed() {
        return feed.get();
    }

    /// What has come of a deed: a change of the model, or null.
    @Nullable UnaryOperator<TopModel> news() {
        return news.poll();
    }

    /// Which page is looked at; its rows are read at once.
    void look(Tab page) {
        if (tab != page) {
            tab = page;
            deeds.offer(new Deed.Change("", List.of()));
        }
    }

    /// Asks for a deed.
    ///
    /// @return false when too many are waiting
    boolean ask(Deed deed) {
        return deeds.offer(deed);
    }

    /// Reads until the thread is interrupted.
    @Override
    public void run() {
        try {
            while (true) {
                feed.set(reading());
                Deed deed = deeds.poll(everyMillis, TimeUnit.MILLISECONDS);
                if (deed != null) {
                    news.offer(does(deed));
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Feed reading() {
        Feed before = feed.get();
        try {
            Reply reply = api.send("cannot read", Call.get("/v1/overview"));
            boolean old = reply.status() == NOT_FOUND;
            if (!reply.ok() && !old) {
                return before.failed(Failure.refused("the dispatcher says", reply).getMessage());
            }
            Json overview = old ? Json.MISSING : reply.json();
            Tab page = tab;
            Json queues = old ? read("/v1/queues") : overview;
            List<Json> nodes =
                    old || page == Tab.NODES
                            ? read("/v1/nodes").at("nodes").items()
                            : before.nodes();
            return new Feed(
                    overview,
                    DepthTable.queues(queues),
                    nodes,
                    page == Tab.REQUESTS
                            ? rows("/v1/requests?limit=" + ROWS, "requests")
                            : before.requests(),
                    page == Tab.DEAD ? rows("/v1/dead?limit=" + ROWS, "dead") : before.dead(),
                    page == Tab.EVENTS
                            ? rows("/v1/events?format=json&limit=" + ROWS, "events")
                            : before.events(),
                    "",
                    nanos.getAsLong());
        } catch (Failure e) {
            return before.failed(
                    e.exitCode() == Failure.UNREACHABLE
                            ? "unreachable: " + e.reasons()
                            : e.getMessage());
        }
    }

    private Json read(String path) {
        return api.expect("cannot read", Call.get(path)).json();
    }

    /// The rows of a list that an older server may not have.
    private List<Json> rows(String path, String field) {
        Reply reply = api.send("cannot read", Call.get(path));
        if (reply.status() == NOT_FOUND || reply.status() == 405) {
            return List.of();
        }
        if (!reply.ok()) {
            throw Failure.refused("cannot read " + field, reply);
        }
        return reply.json().at(field).items();
    }

    private UnaryOperator<TopModel> does(Deed deed) {
        try {
            return switch (deed) {
                case Deed.Change change -> changed(change);
                case Deed.Show show -> shown(show);
            };
        } catch (Failure e) {
            String said = e.getMessage() + (e.reasons().isEmpty() ? "" : ": " + e.reasons());
            return model -> model.saying(said);
        }
    }

    private UnaryOperator<TopModel> changed(Deed.Change change) {
        int done = 0;
        String failed = "";
        for (Call call : change.calls()) {
            Reply reply = api.send("cannot do it", call);
            if (reply.ok()) {
                done++;
            } else {
                failed = "; " + Failure.refused("refused", reply).getMessage();
            }
        }
        String said = change.calls().isEmpty() ? "" : change.done() + ": " + done + failed;
        return model -> said.isEmpty() ? model : model.saying(said);
    }

    private UnaryOperator<TopModel> shown(Deed.Show show) {
        String path = "/v1/requests/" + Call.encode(show.id());
        Json request = api.expect("cannot show " + show.id(), Call.get(path)).json();
        List<String> lines =
                new ArrayList<>(RequestCard.draw(request, new Ink(false), shell.time().clock()));
        Reply why = api.send("cannot explain", Call.get(path + "/why"));
        if (why.ok()) {
            lines.add(0, why.json().at("sentence").show());
        }
        // what is several lines inside a card is several lines on the screen
        List<String> flat = lines.stream().flatMap(String::lines).toList();
        return model -> model.in(new Mode.Detail(show.title(), flat, 0));
    }
}
