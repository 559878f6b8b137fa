package io.yardmaster.dispatcher.cli;

import java.util.Locale;

/// A page of `top`. The letter follows `g`, as in the dashboard; the number is its place.
enum Tab {
    OVERVIEW('o'),
    QUEUES('q'),
    REQUESTS('r'),
    NODES('n'),
    DEAD('d'),
    EVENTS('e');

    private final char letter;

    Tab(char letter) {
        this.letter = letter;
    }

    char letter() {
        return letter;
    }

    /// Such as `Queues`.
    String title() {
        return name().charAt(0) + name().substring(1).toLowerCase(Locale.ROOT);
    }

    /// The page to the right (1) or left (-1), around the end.
    Tab beside(int steps) {
        return values()[Math.floorMod(ordinal() + steps, values().length)];
    }
}
