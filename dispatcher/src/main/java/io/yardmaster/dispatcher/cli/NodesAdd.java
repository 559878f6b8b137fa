package io.yardmaster.dispatcher.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Registers a node, or changes one.
@Command(
        name = "add",
        description = "Register a node, or change one. What is not named takes its default.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  yardmaster nodes add nuc http://192.0.2.5:9000",
            "  yardmaster nodes add gpu http://192.0.2.9:11434 --service llm --label gpu=true",
            "  yardmaster nodes add nas http://192.0.2.7:9000 --backup --max-connections 2"
        })
final class NodesAdd extends RemoteCommand {
    @Parameters(index = "0", paramLabel = "ID", description = "The node's id.")
    String id = "";

    @Parameters(index = "1", paramLabel = "URL", description = "Where it listens.")
    String nodeUrl = "";

    @Option(
            names = "--service",
            paramLabel = "NAME",
            description = "A service it serves; repeatable (default: default).")
    List<String> services = new ArrayList<>();

    @Option(names = "--weight", paramLabel = "N", description = "Its share; 1 is usual.")
    @Nullable Double weight;

    @Option(names = "--max-connections", paramLabel = "N", description = "Most calls at once.")
    @Nullable Integer maxConnections;

    @Option(names = "--health-path", paramLabel = "PATH", description = "Checked over HTTP.")
    @Nullable String healthPath;

    @Option(names = "--region", paramLabel = "REGION", description = "Where it stands.")
    @Nullable String region;

    @Option(names = "--backup", description = "Serve only while no other node can.")
    boolean backup;

    @Option(names = "--label", paramLabel = "K=V", description = "A label; repeatable.")
    Map<String, String> labels = new LinkedHashMap<>();

    NodesAdd(Shell shell) {
        super(shell);
    }

    @Override
    public Integer call() {
        JsonObject node = new JsonObject().text("url", nodeUrl);
        if (!services.isEmpty()) {
            node.texts("services", services);
        }
        node.number("weight", weight).text("region", region);
        if (!labels.isEmpty()) {
            node.texts("labels", labels);
        }
        if (backup) {
            node.raw("backup", "true");
        }
        node.number("maxConnections", maxConnections);
        if (healthPath != null) {
            JsonObject health = new JsonObject().text("type", "http").text("path", healthPath);
            node.raw("health", health.toString());
        }
        Call call = Call.put("/v1/nodes/" + Call.encode(id), node.toString());
        printResult(api().expect("cannot add node " + id, call), "added " + id + " at " + nodeUrl);
        return 0;
    }
}
