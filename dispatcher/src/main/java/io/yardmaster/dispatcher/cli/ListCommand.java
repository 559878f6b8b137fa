package io.yardmaster.dispatcher.cli;

import java.time.Duration;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;

/// A command that shows a list: once, or again and again with `--watch`, which may stand before the
/// word `list` as well.
abstract class ListCommand extends RemoteCommand {
    @Mixin final WatchOptions watching = new WatchOptions();

    ListCommand(Shell shell) {
        super(shell);
    }

    /// What is read and how it is drawn.
    abstract View view();

    @Override
    public Integer call() throws InterruptedException {
        return watched() ? watch() : once();
    }

    boolean watched() {
        return options().every != null;
    }

    int watch() throws InterruptedException {
        WatchOptions options = options();
        Duration every = options.every == null ? Duration.ofSeconds(2) : options.every;
        return new Watch(shell, api(), wantsJson(), view()).run(every, options.count);
    }

    int once() {
        View view = view();
        Reply reply = api().expect(view.what(), view.call());
        if (wantsJson()) {
            printJson(reply);
        } else {
            printLines(view.draw(reply.json(), shell.time().nanos().getAsLong()));
        }
        return 0;
    }

    private WatchOptions options() {
        CommandSpec above = spec == null ? null : spec.parent();
        if (watching.every == null
                && above != null
                && above.userObject() instanceof GroupCommand group) {
            return group.watching;
        }
        return watching;
    }
}
