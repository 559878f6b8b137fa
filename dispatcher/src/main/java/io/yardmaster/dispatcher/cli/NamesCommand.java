package io.yardmaster.dispatcher.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// Names for the completion scripts, one a line: it is quick, silent, and never fails, because a
/// person who presses Tab did not ask for anything.
@Command(name = "__names", hidden = true, description = "Names for completion.")
final class NamesCommand extends RemoteCommand {
    static final int PATIENCE_MILLIS = 600;

    @Parameters(paramLabel = "KIND", description = "queues, services or nodes.")
    String kind = "";

    NamesCommand(Shell shell) {
        super(shell);
    }

    @Override
    public Integer call() {
        try {
            ApiClient api = api().within(PATIENCE_MILLIS);
            new TreeSet<>(names(api))
                    .stream()
                            .filter(name -> name.matches("[A-Za-z0-9._:/-]{1,200}"))
                            .limit(500)
                            .forEach(shell.out()::println);
        } catch (Failure e) {
            // nothing to offer
        }
        return 0;
    }

    private List<String> names(ApiClient api) {
        List<String> names = new ArrayList<>();
        if (kind.equals("nodes")) {
            for (Json node : list(api, "/v1/nodes", "nodes")) {
                names.add(node.at("id").raw(""));
            }
            return names;
        }
        for (Json queue : list(api, "/v1/queues", "queues")) {
            String service = queue.at("service").raw("");
            names.add(service);
            if (kind.equals("queues")) {
                names.add(service + "/" + queue.at("priority").raw(""));
            }
        }
        return names;
    }

    private static List<Json> list(ApiClient api, String path, String field) {
        return api.expect("cannot list", Call.get(path)).json().at(field).items();
    }
}
