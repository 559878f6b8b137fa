package io.yardmaster.dispatcher.cli;

import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/// Shows how full the queues are, once or again and again.
@Command(
        name = "depth",
        description = "Show how full the queues are.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  yardmaster depth",
            "  yardmaster depth --watch=1s      redraw every second, with rates; Ctrl-C ends it",
            "  yardmaster depth --json | jq '.queues[] | select(.depth > 100)'"
        })
final class DepthCommand extends ListCommand {
    DepthCommand(Shell shell) {
        super(shell);
    }

    @Override
    View view() {
        return new Queues(shell.ink(), watched() ? new QueueRates() : null);
    }

    /// The queues; with rates from the second drawing on when they are wanted.
    private record Queues(Ink ink, @Nullable QueueRates rates) implements View {
        @Override
        public String what() {
            return "cannot read the queues";
        }

        @Override
        public Call call() {
            return Call.get("/v1/queues");
        }

        @Override
        public List<String> draw(Json answer, long nanos) {
            List<Json> queues = DepthTable.queues(answer);
            if (rates != null) {
                rates.read(queues, nanos);
            }
            return DepthTable.draw(queues, rates, ink);
        }
    }
}
