package io.yardmaster.dispatcher.cli;

import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// Says what a request waits for, and why its attempts went where they went.
@Command(
        name = "why",
        description =
                "Say what a request waits for: a pause, a rate limit, a breaker, a node, or others"
                        + " before it. Of each attempt, say which node it went to and why.",
        footerHeading = "%nExample:%n",
        footer = "  yardmaster why ID")
final class WhyCommand extends RemoteCommand {
    private static final List<String> SENTENCE = List.of("sentence", "summary", "why", "reason");

    @Parameters(paramLabel = "ID", description = "The request's id.")
    String id = "";

    WhyCommand(Shell shell) {
        super(shell);
    }

    @Override
    public Integer call() {
        Call call = Call.get("/v1/requests/" + Call.encode(id) + "/why");
        Reply reply = api().expect("cannot explain request " + id, call);
        if (wantsJson()) {
            printJson(reply);
            return 0;
        }
        Map<String, Json> fields = reply.json().fields();
        String told = "";
        for (String name : SENTENCE) {
            Json sentence = fields.remove(name);
            if (sentence != null && !sentence.missing()) {
                told = sentence.show();
                shell.out().println(shell.ink().paint(Ink.Tone.BOLD, told));
                break;
            }
        }
        Json attempts = fields.remove("attempts");
        Json also = fields.remove("also");
        if (also != null) {
            for (Json each : also.items()) {
                shell.out().println("Also: " + each.at("sentence").show());
            }
        }
        printLines(RequestCard.fields(fields));
        if (attempts != null) {
            for (Json attempt : attempts.items()) {
                printLines(AttemptCard.draw(attempt, told, shell.ink()));
            }
        }
        return 0;
    }
}
