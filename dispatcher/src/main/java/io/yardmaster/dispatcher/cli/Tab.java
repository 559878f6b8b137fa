package io.yardmaster.dispatcher.cli;

import java.util.Locale;

/// A page of `top`. The letter follows `g`, as in the dashboard; the number is its place.
enum Tab {
    OVERVIEW(1, 'o'),
    QUEUES(2, 'q'),
    REQUESTS(3, 'r'),
    NODES(4, 'n'),
    DEAD(5, 'd'),
    EVENTS(6, 'e');

    private final int number;
    private final char letter;

    Tab(int number, char letter) {
        this.number = number;
        this.letter = letter;
    }

    char letter() {
        return letter;
    }

    int number() {
        return number;
    }

    /// The page with this number, or the one that is shown when there is none.
    static Tab at(int number, Tab otherwise) {
        for (Tab tab : values()) {
            if (tab.number == number) {
                return tab;
            }
        }
        return otherwise;
    }

    /// Such as `Queues`.
    String title() {
        return name().charAt(0) + name().substring(1).toLowerCase(Locale.ROOT);
    }

    /// The page to the right (1) or left (-1), around the end.
    Tab beside(int steps) {
        return at(1 + Math.floorMod(number - 1 + steps, values().length), this);
    }
}
