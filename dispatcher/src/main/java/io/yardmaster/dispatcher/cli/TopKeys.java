package io.yardmaster.dispatcher.cli;

import io.yardmaster.dispatcher.cli.TopModel.Deed;
import io.yardmaster.dispatcher.cli.TopModel.Mode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What each key does: the dashboard's keys. Small letters look, capital letters change something
/// and ask first. Pure.
final class TopKeys {
    private static final int PAGE = 10;
    private static final int LONGEST_FILTER = 60;

    private TopKeys() {}

    /// What a key leads to.
    ///
    /// @param model what to show next
    /// @param deed what to ask of the dispatcher, or null
    /// @param quit whether it is the end
    record Step(TopModel model, @Nullable Deed deed, boolean quit) {
        static Step to(TopModel model) {
            return new Step(model, null, false);
        }
    }

    /// @param key one character, or a name such as `up`, `enter`, `esc`, `ctrl-c`
    static Step press(TopModel model, String key) {
        if (key.equals("ctrl-c")) {
            return new Step(model, null, true);
        }
        return switch (model.mode()) {
            case Mode.Browse _ -> browse(model.saying(""), key);
            case Mode.GoTo _ -> Step.to(goTo(model.in(TopModel.BROWSE), key));
            case Mode.Typing _ -> Step.to(typing(model, key));
            case Mode.Help _ -> Step.to(model.in(TopModel.BROWSE));
            case Mode.Detail detail -> Step.to(detail(model, detail, key));
            case Mode.Confirm confirm -> {
                TopModel next = model.in(TopModel.BROWSE);
                yield key.equals("y") || key.equals("Y")
                        ? new Step(next.unmarked().saying("asked for …"), confirm.deed(), false)
                        : Step.to(next.saying("not done"));
            }
        };
    }

    private static Step browse(TopModel model, String key) {
        return switch (key) {
            case "q" -> new Step(model, null, true);
            case "?" -> Step.to(model.in(new Mode.Help()));
            case "g" -> Step.to(model.in(new Mode.GoTo()));
            case "j", "down" -> Step.to(model.at(model.row() + 1));
            case "k", "up" -> Step.to(model.at(model.row() - 1));
            case "pgdn" -> Step.to(model.at(model.row() + PAGE));
            case "pgup" -> Step.to(model.at(model.row() - PAGE));
            case "home" -> Step.to(model.at(0));
            case "G", "end" -> Step.to(model.at(Integer.MAX_VALUE - 1));
            case "tab", "right", "l" -> Step.to(model.on(model.tab().beside(1)));
            case "backtab", "left", "h" -> Step.to(model.on(model.tab().beside(-1)));
            case "/" -> Step.to(model.in(new Mode.Typing()));
            case "x" -> Step.to(model.mark());
            case "p" -> Step.to(model.freeze(!model.frozen()));
            case "esc" -> Step.to(model.filtered("").unmarked());
            case "enter" -> open(model);
            case "P", "D", "R", "C" -> Step.to(change(model, key));
            default -> Step.to(numbered(model, key));
        };
    }

    private static TopModel numbered(TopModel model, String key) {
        int number = key.length() == 1 ? key.charAt(0) - '0' : 0;
        return number < 1 || number > Tab.values().length
                ? model
                : model.on(Tab.at(number, model.tab()));
    }

    private static TopModel goTo(TopModel model, String key) {
        if (key.equals("g")) {
            return model.at(0);
        }
        for (Tab tab : Tab.values()) {
            if (key.length() == 1 && key.charAt(0) == tab.letter()) {
                return model.on(tab);
            }
        }
        return model;
    }

    private static TopModel typing(TopModel model, String key) {
        String text = model.filter();
        return switch (key) {
            case "enter" -> model.in(TopModel.BROWSE);
            case "esc" -> model.filtered("").in(TopModel.BROWSE);
            case "backspace" ->
                    model.filtered(text.isEmpty() ? "" : text.substring(0, text.length() - 1));
            default ->
                    key.length() == 1 && text.length() < LONGEST_FILTER
                            ? model.filtered(text + key)
                            : model;
        };
    }

    private static TopModel detail(TopModel model, Mode.Detail detail, String key) {
        int by =
                switch (key) {
                    case "j", "down" -> 1;
                    case "k", "up" -> -1;
                    case "pgdn", " " -> PAGE;
                    case "pgup" -> -PAGE;
                    default -> 0;
                };
        if (by == 0) {
            return model.in(TopModel.BROWSE);
        }
        int from = Math.clamp(detail.from() + (long) by, 0, Math.max(0, detail.lines().size() - 1));
        return model.in(new Mode.Detail(detail.title(), detail.lines(), from));
    }

    private static Step open(TopModel model) {
        if (model.rows().isEmpty()) {
            return Step.to(model);
        }
        Json row = model.rows().get(model.row());
        String key = TopModel.key(row);
        return switch (model.tab()) {
            case OVERVIEW, QUEUES ->
                    Step.to(
                            model.on(Tab.REQUESTS)
                                    .filtered(row.at("service").raw(""))
                                    .saying("requests of " + row.at("service").show()));
            case REQUESTS, DEAD -> new Step(model, new Deed.Show("request " + key, key), false);
            case NODES, EVENTS ->
                    Step.to(
                            model.in(
                                    new Mode.Detail(
                                            Printable.line(key),
                                            RequestCard.fields(row.fields()),
                                            0)));
        };
    }

    private static TopModel change(TopModel model, String key) {
        List<Json> meant = model.meant();
        Deed.Change deed =
                switch (key) {
                    case "P" -> model.tab() == Tab.QUEUES ? pause(meant) : null;
                    case "D" -> model.tab() == Tab.NODES ? drain(meant) : null;
                    case "R" -> model.tab() == Tab.DEAD ? retry(meant) : null;
                    case "C" -> model.tab() == Tab.REQUESTS ? cancel(meant) : null;
                    default -> null;
                };
        if (deed == null || meant.isEmpty()) {
            String where =
                    switch (key) {
                        case "P" -> "P pauses or resumes a queue: go to Queues (g q)";
                        case "D" -> "D drains or resumes a node: go to Nodes (g n)";
                        case "R" -> "R sends a dead request again: go to Dead (g d)";
                        default -> "C cancels a request: go to Requests (g r)";
                    };
            return model.saying(meant.isEmpty() && deed != null ? "nothing there" : where);
        }
        String subject =
                meant.size() == 1 ? TopModel.key(meant.getFirst()) : meant.size() + " of them";
        String question = verb(key, meant) + " " + Printable.line(subject) + "? y/N";
        return model.in(new Mode.Confirm(question, deed));
    }

    private static String verb(String key, List<Json> meant) {
        Json first = meant.getFirst();
        return switch (key) {
            case "P" -> first.at("paused").isTrue() ? "Resume" : "Pause";
            case "D" -> draining(first) ? "Resume" : "Drain";
            case "R" -> "Retry";
            default -> "Cancel";
        };
    }

    /// All marked queues become what the first one is not.
    private static Deed.Change pause(List<Json> queues) {
        boolean resume = !queues.isEmpty() && queues.getFirst().at("paused").isTrue();
        List<Call> calls = new ArrayList<>();
        for (Json queue : queues) {
            String path =
                    QueueTarget.path(queue.at("service").raw(""), queue.at("priority").raw(""));
            calls.add(Call.post(path + (resume ? "/resume" : "/pause")));
        }
        return new Deed.Change(resume ? "resumed" : "paused", calls);
    }

    private static Deed.Change drain(List<Json> nodes) {
        boolean resume = !nodes.isEmpty() && draining(nodes.getFirst());
        List<Call> calls = new ArrayList<>();
        for (Json node : nodes) {
            String path = "/v1/nodes/" + Call.encode(node.at("id").raw(""));
            calls.add(Call.post(path + (resume ? "/resume" : "/drain")));
        }
        return new Deed.Change(resume ? "resumed" : "draining", calls);
    }

    private static boolean draining(Json node) {
        return node.at("state").raw("").equals("draining");
    }

    private static Deed.Change retry(List<Json> dead) {
        List<Call> calls = new ArrayList<>();
        for (Json request : dead) {
            calls.add(Call.post("/v1/dead/" + Call.encode(request.at("id").raw("")) + "/retry"));
        }
        return new Deed.Change("queued again", calls);
    }

    private static Deed.Change cancel(List<Json> requests) {
        List<Call> calls = new ArrayList<>();
        for (Json request : requests) {
            calls.add(Call.delete("/v1/requests/" + Call.encode(request.at("id").raw(""))));
        }
        return new Deed.Change("cancelled", calls);
    }
}
