package io.yardmaster.dispatcher.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// The nodes that do the work.
@Command(
        name = "nodes",
        description = "List, add, drain, resume or remove nodes.",
        synopsisSubcommandLabel = "[COMMAND]",
        footerHeading = "%nExamples:%n",
        footer = {
            "  yardmaster nodes",
            "  yardmaster nodes add nuc http://192.0.2.5:9000 --service thumbnails",
            "  yardmaster nodes drain nuc"
        })
final class NodesCommand extends GroupCommand {
    private NodesCommand(Shell shell) {
        super(shell);
    }

    static CommandLine tree(Shell shell) {
        return new CommandLine(new NodesCommand(shell))
                .addSubcommand("list", new NodesList(shell))
                .addSubcommand("add", new NodesAdd(shell))
                .addSubcommand("drain", new Drain(shell))
                .addSubcommand("resume", new Resume(shell))
                .addSubcommand("remove", new Remove(shell));
    }

    /// Does one thing to one node.
    abstract static class OneNode extends RemoteCommand {
        @Parameters(paramLabel = "ID", description = "The node's id.")
        String id = "";

        OneNode(Shell shell) {
            super(shell);
        }

        String path() {
            return "/v1/nodes/" + Call.encode(id);
        }
    }

    /// Lets a node finish and gives it nothing new.
    @Command(name = "drain", description = "Let a node finish, and give it nothing new.")
    static final class Drain extends OneNode {
        Drain(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() {
            Reply reply = api().expect("cannot drain node " + id, Call.post(path() + "/drain"));
            printResult(reply, "draining " + id);
            return 0;
        }
    }

    /// Gives a drained node work again.
    @Command(name = "resume", description = "Give a drained node work again.")
    static final class Resume extends OneNode {
        Resume(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() {
            Reply reply = api().expect("cannot resume node " + id, Call.post(path() + "/resume"));
            printResult(reply, "resumed " + id);
            return 0;
        }
    }

    /// Forgets a node.
    @Command(name = "remove", description = "Forget a node.")
    static final class Remove extends OneNode {
        Remove(Shell shell) {
            super(shell);
        }

        @Override
        public Integer call() {
            Reply reply = api().expect("cannot remove node " + id, Call.delete(path()));
            printResult(reply, "removed " + id);
            return 0;
        }
    }
}
