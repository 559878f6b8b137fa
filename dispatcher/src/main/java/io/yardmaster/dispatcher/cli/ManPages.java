package io.yardmaster.dispatcher.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The manual pages in roff, one for the program and one for each command.
final class ManPages {
    /// A fixed one: pages that change with the day could not be kept current.
    private static final String DATE = "2026-11-21";

    private ManPages() {}

    /// All pages by file name, such as `yardmaster-depth.1`.
    static Map<String, String> of(Page program) {
        Map<String, String> pages = new LinkedHashMap<>();
        pages.put("yardmaster.1", page(program));
        for (Page command : program.commands()) {
            pages.put(file(command), page(command));
        }
        return pages;
    }

    static String file(Page command) {
        return "yardmaster-" + command.name().replace(' ', '-') + ".1";
    }

    private static String page(Page page) {
        String title = page.name().isEmpty() ? "yardmaster" : "yardmaster-" + page.name();
        StringBuilder roff = new StringBuilder();
        roff.append(
                ".\\\" Made from the program's own command model; do not edit (see"
                        + " CliPagesTest).\n");
        roff.append(".TH ")
                .append(title.toUpperCase(java.util.Locale.ROOT))
                .append(" 1 \"" + DATE + "\" Yardmaster\n");
        roff.append(".SH NAME\n")
                .append(escape(title))
                .append(" \\- ")
                .append(text(page.summary()));
        roff.append(".SH SYNOPSIS\n");
        synopsis(roff, page);
        roff.append(".SH DESCRIPTION\n").append(text(page.description()));
        parameters(roff, page);
        options(roff, page, ".SH OPTIONS\n");
        if (!page.commands().isEmpty()) {
            commands(roff, page, page.name().isEmpty());
        }
        footer(roff, page.footer());
        roff.append(".SH EXIT STATUS\n");
        status(roff, "0", "Fine.");
        status(roff, "1", "The operation failed; standard error says why and what to do next.");
        status(roff, "2", "Wrong usage.");
        status(roff, "3", "No dispatcher could be reached.");
        environment(roff);
        roff.append(".SH SEE ALSO\n");
        if (page.name().isEmpty()) {
            for (Page command : page.commands()) {
                roff.append(".BR ").append(escape("yardmaster-" + command.name())).append(" (1)\n");
            }
        } else {
            roff.append(".BR yardmaster (1)\n");
        }
        return roff.toString();
    }

    private static void synopsis(StringBuilder roff, Page page) {
        roff.append(".B ").append(escape(page.synopsis())).append('\n');
        if (!page.name().isEmpty()) {
            for (Page below : page.commands()) {
                roff.append(".br\n.B ").append(escape(below.synopsis())).append('\n');
            }
        }
    }

    private static void parameters(StringBuilder roff, Page page) {
        for (Page.Arg parameter : page.parameters()) {
            term(roff, parameter.typed(), parameter.description());
        }
    }

    private static void options(StringBuilder roff, Page page, String heading) {
        if (!page.options().isEmpty()) {
            roff.append(heading);
        }
        for (Page.Arg option : page.options()) {
            term(roff, option.typed(), option.description());
        }
    }

    private static void commands(StringBuilder roff, Page page, boolean program) {
        roff.append(".SH COMMANDS\n");
        for (Page command : page.commands()) {
            if (program) {
                term(roff, command.name(), command.summary() + ".");
                continue;
            }
            roff.append(".SS ").append(escape(command.synopsis())).append('\n');
            roff.append(text(command.description()));
            parameters(roff, command);
            options(roff, command, "");
            example(roff, command.footer(), ".PP\n");
        }
    }

    private static void footer(StringBuilder roff, List<String> footer) {
        if (!footer.isEmpty()) {
            roff.append(".SH EXAMPLES\n");
            example(roff, footer, "");
        }
    }

    private static void example(StringBuilder roff, List<String> lines, String before) {
        if (lines.isEmpty()) {
            return;
        }
        roff.append(before).append(".nf\n");
        for (String line : lines) {
            String shown = line.replace("%n", "").replace("%%", "%");
            roff.append(shown.isEmpty() ? ".sp" : escape(shown)).append('\n');
        }
        roff.append(".fi\n");
    }

    private static void status(StringBuilder roff, String code, String meaning) {
        term(roff, code, meaning);
    }

    private static void environment(StringBuilder roff) {
        roff.append(".SH ENVIRONMENT\n");
        term(roff, "YARDMASTER_URL", "The dispatcher's address, when --url is not given.");
        term(roff, "YARDMASTER_PORT", "The local port, when there is no address either (8080).");
        term(roff, "YARDMASTER_KEY", "The API key, when --key is not given.");
        term(roff, "NO_COLOR", "Not empty: no colours. Without a terminal there are none either.");
        term(roff, "YARDMASTER_CACHE", "Where the start-up cache is kept, or off.");
    }

    private static void term(StringBuilder roff, String term, String description) {
        roff.append(".TP\n.B ").append(escape(term)).append('\n').append(text(description));
    }

    /// A paragraph: one sentence a line, never a request of roff.
    private static String text(String text) {
        return escape(text.strip()).replace(". ", ".\n") + "\n";
    }

    private static String escape(String text) {
        String safe =
                text.replace("\\", "\\e")
                        .replace("-", "\\-")
                        .replace("'", "\\(aq")
                        .replace("…", "\\&...");
        return safe.startsWith(".") ? "\\&" + safe : safe;
    }
}
