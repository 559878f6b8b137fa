package io.yardmaster.dispatcher.cli;

import io.yardmaster.dispatcher.cli.TopKeys.Step;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import org.jline.terminal.Attributes;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jspecify.annotations.Nullable;

/// Puts `top` on the terminal: raw keys in, whole frames out, and the terminal as it was
/// afterwards, whatever ends it. JLine's `exec` provider asks `stty`, so nothing native is loaded.
final class TopTerminal {
    private static final String ENTER = "\u001b[?1049h\u001b[?25l\u001b[?7l";
    private static final String LEAVE = "\u001b[?7h\u001b[?25h\u001b[?1049l";
    private static final String HOME = "\u001b[H";
    private static final String CLEAR_LINE_END = "\u001b[K";
    private static final String CLEAR_BELOW = "\u001b[J";
    private static final int TICK_MILLIS = 100;
    private static final ScreenSize USUAL = new ScreenSize(80, 24);

    private final Terminal terminal;
    private final TopReader reader;
    private final Shell shell;
    private final AtomicBoolean resized = new AtomicBoolean(true);
    private ScreenSize size = USUAL;
    private String drawn = "";

    private TopTerminal(Terminal terminal, TopReader reader, Shell shell) {
        this.terminal = terminal;
        this.reader = reader;
        this.shell = shell;
    }

    static void run(TopReader reader, Shell shell) throws InterruptedException {
        try (Terminal terminal =
                TerminalBuilder.builder()
                        .name("yardmaster")
                        .system(true)
                        .provider("exec")
                        .encoding(StandardCharsets.UTF_8) // of the keys
                        .nativeSignals(true)
                        .build()) {
            new TopTerminal(terminal, reader, shell).run();
        } catch (IOException | IllegalStateException e) {
            throw Failure.failed(
                    "top cannot use this terminal",
                    List.of(String.valueOf(e.getMessage())),
                    "yardmaster depth --watch needs less of it");
        }
    }

    private void run() throws IOException, InterruptedException {
        Attributes before = terminal.enterRawMode();
        Attributes raw = terminal.getAttributes();
        raw.setLocalFlag(Attributes.LocalFlag.ISIG, false); // Ctrl-C is a key
        terminal.setAttributes(raw);
        Thread reading = Thread.ofPlatform().daemon().name("top-reader").start(reader);
        Thread killed = new Thread(() -> restore(before), "top-end");
        Runtime.getRuntime().addShutdownHook(killed);
        terminal.handle(Terminal.Signal.WINCH, _ -> resized.set(true));
        terminal.handle(Terminal.Signal.CONT, _ -> resized.set(true));
        try {
            write(ENTER);
            loop();
        } finally {
            reading.interrupt();
            restore(before);
            try {
                Runtime.getRuntime().removeShutdownHook(killed);
            } catch (IllegalStateException e) {
                // it runs already
            }
        }
    }

    private void loop() throws IOException {
        KeyDecoder keys = new KeyDecoder(millis -> terminal.reader().read(millis));
        TopModel model = TopModel.start();
        while (true) {
            draw(model);
            String key = keys.next(TICK_MILLIS);
            if (!key.equals(KeyDecoder.NONE)) {
                Step step = TopKeys.press(model, key);
                if (step.quit()) {
                    return;
                }
                model = step.model();
                if (step.deed() != null && !reader.ask(step.deed())) {
                    model = model.saying("busy with what was asked before; try again");
                }
                reader.look(model.tab());
            }
            @Nullable UnaryOperator<TopModel> news = reader.news();
            model = news == null ? model : news.apply(model);
            if (!model.frozen()) {
                model = model.with(reader.feed());
            }
        }
    }

    private void draw(TopModel model) {
        if (resized.getAndSet(false)) {
            Size now = terminal.getSize();
            boolean known = now.getColumns() > 0 && now.getRows() > 0;
            size = known ? new ScreenSize(now.getColumns(), now.getRows()) : USUAL;
            drawn = "";
        }
        List<String> lines =
                TopScreen.draw(
                        model,
                        size.columns(),
                        size.rows(),
                        shell.time().nanos().getAsLong(),
                        shell.ink());
        String frame = String.join(CLEAR_LINE_END + "\r\n", lines) + CLEAR_LINE_END;
        if (!frame.equals(drawn)) {
            write((drawn.isEmpty() ? HOME + CLEAR_BELOW : HOME) + frame);
            drawn = frame;
        }
    }

    /// Past JLine, whose own end at a signal may come before ours.
    private void write(String text) {
        shell.out().print(text);
        shell.out().flush();
    }

    private void restore(Attributes before) {
        write(LEAVE);
        try {
            terminal.setAttributes(before);
        } catch (IllegalStateException e) {
            // JLine has closed it, and has put its settings back
        }
    }
}
