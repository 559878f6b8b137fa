package io.yardmaster.dispatcher.cli;

import io.yardmaster.dispatcher.cli.Table.Cell;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// The services and how each is served.
@Command(
        name = "services",
        description = "List, set or remove services: strategy, rate limit, breaker, stickiness.",
        synopsisSubcommandLabel = "[COMMAND]",
        footerHeading = "%nExamples:%n",
        footer = {
            "  yardmaster services",
            "  yardmaster services set thumbnails --strategy least_connections --rate 50",
            "  yardmaster services remove thumbnails"
        })
final class ServicesCommand extends GroupCommand {
    private ServicesCommand(Shell shell) {
        super(shell);
    }

    static CommandLine tree(Shell shell) {
        return new CommandLine(new ServicesCommand(shell))
                .addSubcommand("list", new Listing(shell))
                .addSubcommand("set", new ServicesSet(shell))
                .addSubcommand("remove", new Remove(shell));
    }

    /// Lists the services.
    @Command(name = "list", description = "List the services.")
    static final class Listing extends ListCommand {
        Listing(Shell shell) {
            super(shell);
        }

        @Override
        View view() {
            return new Services(shell.ink());
        }
    }

    /// The services.
    private record Services(Ink ink) implements View {
        @Override
        public String what() {
            return "cannot list the services";
        }

        @Override
        public Call call() {
            return Call.get("/v1/services");
        }

        @Override
        public List<String> draw(Json answer, long nanos) {
            List<Json> services = answer.at("services").items();
            if (services.isEmpty()) {
                return List.of("No services yet. The first request to one makes it known.");
            }
            Table table = new Table().left("NAME", "STRATEGY", "STICKY").right("SCORE");
            table.left("RATE LIMIT", "BREAKER", "PRIORITIES");
            for (Json service : services) {
                table.row(
                        List.of(
                                Cell.of(service.at("name").raw("-")),
                                Cell.of(service.at("strategy").raw("-")),
                                Cell.of(service.at("sticky").raw("-")),
                                Cell.of(NodesList.score(service)),
                                Cell.of(settings(service.at("rateLimit"))),
                                Cell.of(settings(service.at("breaker"))),
                                Cell.of(settings(service.at("priorities")))));
            }
            return table.lines(ink);
        }

        /// `{"rate":5,"windowMs":1000}` as `rate=5 windowMs=1000`.
        private static String settings(Json value) {
            if (!value.isObject()) {
                return value.raw("-");
            }
            StringBuilder text = new StringBuilder();
            for (var field : value.fields().entrySet()) {
                text.append(text.isEmpty() ? "" : " ");
                text.append(field.getKey()).append('=').append(field.getValue().raw("-"));
            }
            return text.isEmpty() ? "-" : text.toString();
        }
    }

    /// Forgets a service's settings.
    @Command(name = "remove", description = "Forget the settings of a service.")
    static final class Remove extends RemoteCommand {
        @Parameters(paramLabel = "NAME", description = "The service's name.")
        String name = "";

        Remove(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() {
            Call call = Call.delete("/v1/services/" + Call.encode(name));
            printResult(api().expect("cannot remove service " + name, call), "removed " + name);
            return 0;
        }
    }
}
