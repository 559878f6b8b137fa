package io.yardmaster.dispatcher.cli;

import java.io.PrintWriter;
import java.util.List;

/// Ends a command with a message in three parts: what failed, why, and what to do next.
final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /// The operation failed.
    static final int FAILED = 1;

    /// The command was called wrongly.
    static final int USAGE = 2;

    /// No dispatcher answered.
    static final int UNREACHABLE = 3;

    private final int exitCode;
    private final transient List<String> why;
    private final String next;

    private Failure(int exitCode, String what, List<String> why, String next) {
        super(what, null, false, false);
        this.exitCode = exitCode;
        this.why = List.copyOf(why);
        this.next = next;
    }

    static Failure failed(String what, List<String> why, String next) {
        return new Failure(FAILED, what, why, next);
    }

    static Failure usage(String what, String why, String next) {
        return new Failure(USAGE, what, List.of(why), next);
    }

    static Failure unreachable(String what, String why, String next) {
        return new Failure(UNREACHABLE, what, List.of(why), next);
    }

    /// A failure from an answer that is not 2xx.
    ///
    /// @param what what could not be done
    /// @param reply an answer other than 2xx; its problem document explains itself
    static Failure refused(String what, Reply reply) {
        Json problem = reply.jsonOrMissing();
        String title = problem.at("title").raw(reply.reason());
        List<String> why = new java.util.ArrayList<>();
        String detail = problem.at("detail").raw("");
        if (!detail.isEmpty()) {
            why.add(detail);
        }
        for (Json error : problem.at("errors").items()) {
            why.add(error.at("field").raw("-") + ": " + error.at("message").raw("-"));
        }
        return failed(what + ": " + title + " (" + reply.status() + ")", why, next(reply));
    }

    int exitCode() {
        return exitCode;
    }

    /// The reasons as one line.
    String reasons() {
        return Printable.line(why.isEmpty() ? getMessage() : String.join("; ", why));
    }

    @Override
    public String getMessage() {
        String message = super.getMessage();
        return message == null ? "" : message;
    }

    void print(PrintWriter err, Ink ink) {
        err.println(ink.paint(Ink.Tone.BAD, "error:") + " " + Printable.line(getMessage()));
        for (String reason : why) {
            err.println("  why:  " + Printable.line(reason));
        }
        if (!next.isEmpty()) {
            err.println("  next: " + Printable.line(next));
        }
    }

    private static String next(Reply reply) {
        String wait = reply.retryAfter();
        String again = wait.isEmpty() ? "repeat it in a moment" : "repeat it in " + wait + " s";
        return switch (reply.status()) {
            case 401 -> "give an API key with --key or the variable YARDMASTER_KEY";
            case 403 ->
                    "use a key with the role that this needs (producer, node, operator, reader)";
            case 404 -> "check the name; outcomes are forgotten after their time (1 h by default)";
            case 409 -> "look at its state first: yardmaster get ID, or yardmaster depth";
            case 413 -> "send a smaller body, or raise yardmaster.max-body";
            case 429 -> again + ", or raise yardmaster.rate-limit";
            case 503 -> again + "; 'yardmaster depth' shows what is full";
            default ->
                    reply.status() >= 500
                            ? "look at the dispatcher's log and at /health"
                            : reply.status() < 400
                                    ? "check --url: is this address a Yardmaster?"
                                    : "correct the input and repeat it; --help shows examples";
        };
    }
}
