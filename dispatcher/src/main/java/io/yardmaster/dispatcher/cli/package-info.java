/// The command line: every command but `serve` is a small client of the REST interface of any
/// replica. It promises stable exit codes (0 fine, 1 the operation failed, 2 wrong usage, 3
/// unreachable), output that cannot drive the terminal whatever the server sends, and a start that
/// loads no server class. It leaves every decision about requests, queues and nodes to the
/// dispatcher that it talks to.
@NullMarked
package io.yardmaster.dispatcher.cli;

import org.jspecify.annotations.NullMarked;
