package io.yardmaster.dispatcher.demo;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `demo-node`: one machine of the demo as a process of its own. Ends when its standard input does,
/// so it never outlives the demo that started it.
@Command(
        mixinStandardHelpOptions = true,
        name = "demo-node",
        hidden = true,
        description =
                "A demo node: registers itself, works, reports its load; ends with its standard input.")
public final class DemoNodeCommand implements Callable<Integer> {
    /// How a node tells where it listens: this, and its address.
    static final String LISTENING = "listening ";

    @Option(
            names = "--id",
            defaultValue = "pi",
            description = "The node's id (default: ${DEFAULT-VALUE}).")
    private String id = "pi";

    @Option(
            names = "--cores",
            defaultValue = "2",
            description = "Requests worked on at once (default: ${DEFAULT-VALUE}).")
    private int cores = 2;

    @Option(
            names = "--slowness",
            defaultValue = "1",
            description = "Times as slow as the fastest machine (default: ${DEFAULT-VALUE}).")
    private double slowness = 1;

    @Option(
            names = "--port",
            defaultValue = "0",
            description = "Where to listen on loopback; 0 is any free port.")
    private int port;

    @Option(
            names = "--dispatcher",
            defaultValue = "http://127.0.0.1:8080",
            description = "Where the dispatcher's REST listens (default: ${DEFAULT-VALUE}).")
    private URI dispatcher = URI.create("http://127.0.0.1:8080");

    @Override
    public Integer call() throws IOException, InterruptedException {
        Machine machine = new Machine(id, cores, slowness);
        try (DemoNode node =
                new DemoNode(
                        machine,
                        port,
                        new Cores(machine, System::nanoTime),
                        InstantSource.system())) {
            Thread reporter =
                    Thread.ofVirtual()
                            .name("reporter")
                            .start(new NodeReporter(node, dispatcher, System::nanoTime));
            System.out.println(LISTENING + node.uri());
            while (System.in.read() >= 0) {
                // only the end of the input matters
            }
            reporter.interrupt();
            reporter.join(Duration.ofSeconds(3));
        }
        return 0;
    }
}
