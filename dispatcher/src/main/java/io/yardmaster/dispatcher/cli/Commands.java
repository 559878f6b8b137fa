package io.yardmaster.dispatcher.cli;

import java.lang.reflect.Constructor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/// The commands by name. Each is loaded when it is needed: a start of `depth` loads the class of
/// `depth` alone, and all of them are loaded only for help, completion and mistyped names.
final class Commands {

    /// Commands that live elsewhere in the program: name to class name. The class carries picocli's
    /// annotations, is `Callable<Integer>` and has a public constructor without arguments. It must
    /// reach Micronaut, Netty and Lettuce only from within its `call`, because help loads it too.
    private static final Map<String, String> ELSEWHERE = elsewhere();

    private static Map<String, String> elsewhere() {
        Map<String, String> commands = new LinkedHashMap<>();
        commands.put("serve", "io.yardmaster.dispatcher.ServeCommand");
        commands.put("demo", "io.yardmaster.dispatcher.demo.DemoCommand");
        commands.put("demo-node", "io.yardmaster.dispatcher.demo.DemoNodeCommand");
        commands.put("backup", "io.yardmaster.dispatcher.operate.BackupCommand");
        commands.put("restore", "io.yardmaster.dispatcher.operate.RestoreCommand");
        commands.put("failover", "io.yardmaster.dispatcher.operate.FailoverCommand");
        commands.put("simulate", "io.yardmaster.dispatcher.simulate.SimulateCommand");
        return commands;
    }

    private static final List<String> HERE =
            List.of(
                    "enqueue",
                    "depth",
                    "get",
                    "why",
                    "cancel",
                    "dead",
                    "pause",
                    "resume",
                    "purge",
                    "nodes",
                    "services",
                    "requests",
                    "bulk",
                    "events",
                    "top",
                    "doctor",
                    "agent",
                    "bench",
                    "completion",
                    "man");

    /// These speak of all commands.
    private static final Set<String> WANT_ALL = Set.of("completion", "man");

    /// Not shown anywhere.
    private static final String NAMES = "__names";

    private Commands() {}

    /// The command tree that these arguments need.
    static CommandLine tree(Shell shell, String[] args) {
        return tree(shell, args, ELSEWHERE);
    }

    static CommandLine tree(Shell shell, String[] args, Map<String, String> elsewhere) {
        CommandLine root = new CommandLine(new Root());
        String wanted = commandName(args);
        Set<String> names = new java.util.LinkedHashSet<>(elsewhere.keySet());
        names.addAll(HERE);
        if (NAMES.equals(wanted)) {
            root.addSubcommand(NAMES, new NamesCommand(shell));
            return root;
        }
        boolean one = wanted != null && names.contains(wanted) && !WANT_ALL.contains(wanted);
        for (String name : one ? List.of(wanted) : new ArrayList<>(names)) {
            String className = elsewhere.get(name);
            root.addSubcommand(name, className == null ? load(name, shell) : load(className));
        }
        if (!one) {
            root.addSubcommand("help", new CommandLine.HelpCommand());
        }
        return root;
    }

    /// The first argument that is not an option of the program itself.
    private static @Nullable String commandName(String[] args) {
        for (int i = 0; i < args.length; i++) {
            String arg = args[i];
            if (arg.equals("--url") || arg.equals("--key")) {
                i++;
            } else if (!arg.startsWith("-")) {
                return arg;
            }
        }
        return null;
    }

    private static CommandLine load(String name, Shell shell) {
        return switch (name) {
            case "enqueue" -> new CommandLine(new EnqueueCommand(shell));
            case "depth" -> new CommandLine(new DepthCommand(shell));
            case "get" -> new CommandLine(new GetCommand(shell));
            case "why" -> new CommandLine(new WhyCommand(shell));
            case "cancel" -> new CommandLine(new CancelCommand(shell));
            case "pause" -> new CommandLine(new PauseCommand(shell));
            case "resume" -> new CommandLine(new ResumeCommand(shell));
            case "purge" -> new CommandLine(new PurgeCommand(shell));
            case "dead" -> DeadCommand.tree(shell);
            case "nodes" -> NodesCommand.tree(shell);
            case "services" -> ServicesCommand.tree(shell);
            case "requests" -> new CommandLine(new RequestsCommand(shell));
            case "bulk" -> BulkCommand.tree(shell);
            case "events" -> new CommandLine(new EventsCommand(shell));
            case "top" -> new CommandLine(new TopCommand(shell));
            case "bench" -> new CommandLine(new BenchCommand(shell));
            case "doctor" -> new CommandLine(new DoctorCommand(shell));
            case "agent" -> new CommandLine(new AgentCommand(shell));
            case "man" -> new CommandLine(new ManCommand(shell));
            case "completion" -> new CommandLine(new CompletionCommand(shell));
            default -> throw new IllegalArgumentException("command: " + name);
        };
    }

    private static CommandLine load(String className) {
        try {
            Constructor<?> constructor = Class.forName(className).getConstructor();
            return new CommandLine(constructor.newInstance());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("command class: " + className, e);
        }
    }
}
