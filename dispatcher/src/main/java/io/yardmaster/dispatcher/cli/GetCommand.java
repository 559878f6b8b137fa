package io.yardmaster.dispatcher.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// Shows one request.
@Command(
        name = "get",
        description = "Show a request: its state, attempts, answer and history.",
        footerHeading = "%nExamples:%n",
        footer = {"  yardmaster get ID", "  yardmaster get ID --json | jq .response.body"})
final class GetCommand extends RemoteCommand {
    @Parameters(paramLabel = "ID", description = "The request's id.")
    String id = "";

    GetCommand(Shell shell) {
        super(shell);
    }

    @Override
    public Integer call() {
        Call call = Call.get("/v1/requests/" + Call.encode(id));
        Reply reply = api().expect("cannot show request " + id, call);
        if (wantsJson()) {
            printJson(reply);
        } else {
            printLines(RequestCard.draw(reply.json(), shell.ink(), shell.time().clock()));
        }
        return 0;
    }
}
