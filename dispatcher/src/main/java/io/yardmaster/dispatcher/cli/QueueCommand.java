package io.yardmaster.dispatcher.cli;

import java.util.List;
import picocli.CommandLine.Parameters;

/// A command that does one thing to a queue, or to each of a service's four queues.
abstract class QueueCommand extends RemoteCommand {
    @Parameters(
            paramLabel = "SERVICE[/PRIORITY]",
            converter = QueueTarget.Converter.class,
            description = "A queue; without the priority all four of the service.")
    QueueTarget target = new QueueTarget("default", QueueTarget.PRIORITIES);

    QueueCommand(Shell shell) {
        super(shell);
    }

    /// Calls each queue in turn; a failure names the queues that were done before it.
    ///
    /// @param verb such as `pause`
    /// @param done such as `paused`
    int forEach(String verb, String done) {
        ApiClient api = api();
        for (int i = 0; i < target.priorities().size(); i++) {
            String priority = target.priorities().get(i);
            String queue = target.service() + "/" + priority;
            String path = QueueTarget.path(target.service(), priority);
            String what = "cannot " + verb + " " + queue + doneBefore(i, done);
            Reply reply = api.expect(what, call(path));
            printResult(reply, done + " " + queue + outcome(reply));
        }
        return 0;
    }

    /// The call for one queue.
    abstract Call call(String queuePath);

    /// What to say after the queue's name.
    String outcome(Reply reply) {
        return "";
    }

    private String doneBefore(int count, String done) {
        List<String> before = target.priorities().subList(0, count);
        return before.isEmpty()
                ? ""
                : " (" + done + " before it: " + String.join(", ", before) + ")";
    }
}
