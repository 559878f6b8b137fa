package io.yardmaster.dispatcher.docs;

import org.junit.jupiter.api.Test;

/// The way of somebody who is new here: each command works, and prints what the page says.
class TutorialIT {
    @Test
    void the_tutorial_works_from_nothing_to_a_killed_node_without_loss() throws Exception {
        Page page = Page.read(DocsIT.ROOT, "docs/tutorial.md");
        try (Terminal terminal = new Terminal(page)) {
            terminal.run(page);
        }
    }
}
