package io.yardmaster.dispatcher.cli;

import picocli.CommandLine.Command;

/// Stops handing out a queue's requests.
@Command(
        name = "pause",
        description =
                "Stop handing out the requests of a queue. New ones are still accepted, and those at"
                        + " a node finish.",
        footerHeading = "%nExamples:%n",
        footer = {"  yardmaster pause thumbnails/low", "  yardmaster pause thumbnails"})
final class PauseCommand extends QueueCommand {
    PauseCommand(Shell shell) {
        super(shell);
    }

    @Override
    public Integer call() {
        return forEach("pause", "paused");
    }

    @Override
    Call call(String queuePath) {
        return Call.post(queuePath + "/pause");
    }
}
