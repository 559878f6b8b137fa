package io.yardmaster.dispatcher.cli;

import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// Says what a request waits for.
@Command(
        name = "why",
        description =
                "Say what a request waits for: a pause, a rate limit, a breaker, a node, or others"
                        + " before it.",
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
        for (String name : SENTENCE) {
            Json sentence = fields.remove(name);
            if (sentence != null && !sentence.missing()) {
                shell.out().println(shell.ink().paint(Ink.Tone.BOLD, sentence.show()));
                break;
            }
        }
        printLines(RequestCard.fields(fields));
        return 0;
    }
}
