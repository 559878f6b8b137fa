package io.yardmaster.dispatcher.cli;

import java.util.Objects;
import picocli.CommandLine.Mixin;

/// A command with commands below it; alone it lists.
abstract class GroupCommand extends RemoteCommand {
    @Mixin final WatchOptions watching = new WatchOptions();

    GroupCommand(Shell shell) {
        super(shell);
    }

    @Override
    public Integer call() throws InterruptedException {
        var commands = Objects.requireNonNull(spec, "set by picocli").subcommands();
        RemoteCommand list = Objects.requireNonNull(commands.get("list")).getCommand();
        return list.call();
    }
}
