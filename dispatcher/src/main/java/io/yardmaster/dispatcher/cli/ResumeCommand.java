package io.yardmaster.dispatcher.cli;

import picocli.CommandLine.Command;

/// Hands out a paused queue's requests again.
@Command(
        name = "resume",
        description = "Hand out the requests of a paused queue again.",
        footerHeading = "%nExamples:%n",
        footer = {"  yardmaster resume thumbnails/low", "  yardmaster resume thumbnails"})
final class ResumeCommand extends QueueCommand {
    ResumeCommand(Shell shell) {
        super(shell);
    }

    @Override
    public Integer call() {
        return forEach("resume", "resumed");
    }

    @Override
    Call call(String queuePath) {
        return Call.post(queuePath + "/resume");
    }
}
