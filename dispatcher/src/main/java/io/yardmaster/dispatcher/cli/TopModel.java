package io.yardmaster.dispatcher.cli;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// Everything that `top` shows: what was read, and what the person does. Immutable; keys and
/// readings make a new one, and [TopScreen] draws it.
///
/// @param tab the page
/// @param feed what is shown
/// @param row the row of the cursor among those that match
/// @param filter only rows that hold this text, in any case; empty for all
/// @param selected the keys of the rows marked with `x`
/// @param frozen whether new readings are held back
/// @param mode what the next key means
/// @param note what the last action came to, or empty
record TopModel(
        Tab tab,
        Feed feed,
        int row,
        String filter,
        Set<String> selected,
        boolean frozen,
        Mode mode,
        String note) {

    /// What the next key means.
    sealed interface Mode {
        /// Moving about.
        record Browse() implements Mode {}

        /// After `g`: the letter of a page.
        record GoTo() implements Mode {}

        /// Typing the filter.
        record Typing() implements Mode {}

        /// The keys are explained.
        record Help() implements Mode {}

        /// One thing in full.
        ///
        /// @param title what it is
        /// @param lines its text
        /// @param from the first line shown
        record Detail(String title, List<String> lines, int from) implements Mode {}

        /// A question before something dangerous.
        ///
        /// @param question ends with a question mark
        /// @param deed what a `y` does
        record Confirm(String question, Deed.Change deed) implements Mode {}
    }

    /// What is asked of the dispatcher on behalf of the person.
    sealed interface Deed {
        /// Calls that change something.
        ///
        /// @param done what to say afterwards, such as `paused`
        /// @param calls in order
        record Change(String done, List<Call> calls) implements Deed {}

        /// Read one thing in full.
        ///
        /// @param title what it is
        /// @param id of the request
        record Show(String title, String id) implements Deed {}
    }

    static final Mode BROWSE = new Mode.Browse();

    static TopModel start() {
        return new TopModel(Tab.OVERVIEW, Feed.NONE, 0, "", Set.of(), false, BROWSE, "");
    }

    /// The rows that match the filter.
    List<Json> rows() {
        List<Json> rows = feed.rows(tab);
        if (filter.isEmpty()) {
            return rows;
        }
        String wanted = filter.toLowerCase(Locale.ROOT);
        return rows.stream()
                .filter(row -> row.compact().toLowerCase(Locale.ROOT).contains(wanted))
                .toList();
    }

    /// What tells a row from the others of its page.
    static String key(Json row) {
        Json id = row.at("id");
        return id.missing()
                ? row.at("service").raw("") + "/" + row.at("priority").raw("")
                : id.raw("");
    }

    /// The marked rows, or the one under the cursor.
    List<Json> meant() {
        List<Json> rows = rows();
        List<Json> marked = rows.stream().filter(row -> selected.contains(key(row))).toList();
        return !marked.isEmpty()
                ? marked
                : rows.isEmpty() ? List.of() : List.of(rows.get(Math.min(row, rows.size() - 1)));
    }

    TopModel with(Feed newer) {
        TopModel next = new TopModel(tab, newer, row, filter, selected, frozen, mode, note);
        return next.at(row);
    }

    /// The cursor on a row, or on the nearest there is.
    TopModel at(int wanted) {
        int last = Math.max(0, rows().size() - 1);
        return new TopModel(
                tab, feed, Math.clamp(wanted, 0, last), filter, selected, frozen, mode, note);
    }

    TopModel on(Tab page) {
        return new TopModel(page, feed, 0, "", Set.of(), frozen, BROWSE, "");
    }

    TopModel filtered(String text) {
        return new TopModel(tab, feed, 0, text, selected, frozen, mode, note);
    }

    TopModel in(Mode next) {
        return new TopModel(tab, feed, row, filter, selected, frozen, next, note);
    }

    TopModel saying(String text) {
        return new TopModel(tab, feed, row, filter, selected, frozen, mode, text);
    }

    TopModel freeze(boolean on) {
        return new TopModel(tab, feed, row, filter, selected, on, mode, note);
    }

    /// Marks the row under the cursor, or takes the mark away, and goes down one.
    TopModel mark() {
        List<Json> rows = rows();
        if (rows.isEmpty()) {
            return this;
        }
        Set<String> marks = new LinkedHashSet<>(selected);
        String key = key(rows.get(row));
        if (!marks.remove(key)) {
            marks.add(key);
        }
        return new TopModel(tab, feed, row, filter, Set.copyOf(marks), frozen, mode, note)
                .at(row + 1);
    }

    TopModel unmarked() {
        return new TopModel(tab, feed, row, filter, Set.of(), frozen, mode, note);
    }
}
