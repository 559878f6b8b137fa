package io.yardmaster.dispatcher.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// Cancels one request.
@Command(
        name = "cancel",
        description = "Cancel a request. One that is at a node has its HTTP call aborted.",
        footerHeading = "%nExample:%n",
        footer = "  yardmaster cancel ID")
final class CancelCommand extends RemoteCommand {
    @Parameters(paramLabel = "ID", description = "The request's id.")
    String id = "";

    CancelCommand(Shell shell) {
        super(shell);
    }

    @Override
    public Integer call() {
        Call call = Call.delete("/v1/requests/" + Call.encode(id));
        printResult(api().expect("cannot cancel request " + id, call), "cancelled " + id);
        return 0;
    }
}
