package io.yardmaster.dispatcher.cli;

import io.yardmaster.dispatcher.agent.Machine;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `yardmaster agent`: tells the dispatcher of the machine that it runs on, until it is ended.
@Command(
        name = "agent",
        description = "Register this machine as a node, and report its load.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  yardmaster agent --url http://nas:8080 --node-url http://192.0.2.5:9000",
            "  yardmaster agent --node-url http://192.0.2.9:11434 --services llm --labels gpu=true",
            "  yardmaster agent --id pi              only report: the node is registered already",
            "  yardmaster agent --once --dry-run     show what would be reported"
        })
final class AgentCommand extends RemoteCommand {
    private static final Duration SHORTEST = Duration.ofMillis(100);
    private static final Duration LONGEST = Duration.ofMinutes(10);
    private static final Pattern LOCATION =
            Pattern.compile("(-?\\d{1,2}(?:\\.\\d{1,12})?),(-?\\d{1,3}(?:\\.\\d{1,12})?)");

    @Option(names = "--id", paramLabel = "ID", description = "The node's id (default: host name).")
    @Nullable String id;

    @Option(
            names = "--node-url",
            paramLabel = "URL",
            description =
                    "Where the node serves, as the dispatcher reaches it. Without it the node is not"
                            + " registered, and must be already.")
    @Nullable String nodeUrl;

    @Option(
            names = "--services",
            paramLabel = "NAME",
            split = ",",
            description = "Services it serves, separated by commas (default: default).")
    List<String> services = new ArrayList<>();

    @Option(names = "--weight", paramLabel = "N", description = "Its share; 1 is usual.")
    @Nullable Double weight;

    @Option(names = "--region", paramLabel = "REGION", description = "Where it stands.")
    @Nullable String region;

    @Option(
            names = "--location",
            paramLabel = "LAT,LON",
            description = "Where it stands, in degrees, such as 52.5,13.4.")
    @Nullable String location;

    @Option(
            names = "--labels",
            paramLabel = "K=V",
            split = ",",
            description = "Labels, separated by commas.")
    Map<String, String> labels = new LinkedHashMap<>();

    @Option(names = "--max-connections", paramLabel = "N", description = "Most calls at once.")
    @Nullable Integer maxConnections;

    @Option(names = "--health-path", paramLabel = "PATH", description = "Checked over HTTP.")
    @Nullable String healthPath;

    @Option(names = "--backup", description = "Serve only while no other node can.")
    boolean backup;

    @Option(
            names = "--interval",
            paramLabel = "TIME",
            converter = Durations.class,
            description = "Time between two reports, 100ms to 10m (default: 5s).")
    Duration interval = Duration.ofSeconds(5);

    @Option(names = "--once", description = "Register, report once, and end.")
    boolean once;

    @Option(names = "--dry-run", description = "Tell nobody; show what would be told.")
    boolean dryRun;

    @Option(
            names = "--remove-on-exit",
            description =
                    "Remove the node when ended (needs an operator's key, if keys are asked for).")
    boolean removeOnExit;

    AgentCommand(Shell shell) {
        super(shell);
    }

    @Override
    public Integer call() throws InterruptedException {
        if (interval.compareTo(SHORTEST) < 0 || interval.compareTo(LONGEST) > 0) {
            throw usage("--interval: " + interval.toMillis() + "ms (expected: 100ms to 10m)");
        }
        AgentRun run =
                new AgentRun(
                        shell,
                        api(),
                        Machine.here(shell.time().nanos()),
                        ThreadLocalRandom.current()::nextDouble,
                        new AgentRun.Plan(
                                nodeId(),
                                nodeUrl == null ? null : registration(nodeUrl),
                                interval,
                                dryRun,
                                removeOnExit,
                                wantsJson()));
        return once ? run.once() : run.forEver();
    }

    private String nodeId() {
        String name = id;
        if (name == null) {
            try {
                name = InetAddress.getLocalHost().getHostName();
            } catch (UnknownHostException e) {
                throw usage("--id: not given, and this host has no name (expected: a name)");
            }
        }
        if (!name.matches("[A-Za-z0-9._:-]{1,128}")) {
            throw usage("--id: " + name + " (expected: 1 to 128 of A-Z a-z 0-9 . _ : -)");
        }
        return name;
    }

    private String registration(String url) {
        JsonObject node = new JsonObject().text("url", url);
        if (!services.isEmpty()) {
            node.texts("services", services);
        }
        node.number("weight", weight).text("region", region);
        if (location != null) {
            Matcher degrees = LOCATION.matcher(location);
            if (!degrees.matches()) {
                throw usage("--location: " + location + " (expected: LAT,LON such as 52.5,13.4)");
            }
            node.raw(
                    "location",
                    new JsonObject()
                            .number("lat", Double.valueOf(degrees.group(1)))
                            .number("lon", Double.valueOf(degrees.group(2)))
                            .toString());
        }
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
        return node.toString();
    }

    private static Failure usage(String why) {
        return Failure.usage("the agent cannot start", why, "yardmaster agent --help");
    }
}
