package io.yardmaster.dispatcher.cli;

import java.util.ArrayList;
import java.util.List;

/// Finds the words that a mistyped one may have meant: those that the fewest single-letter changes
/// and swaps of neighbours lead to (the optimal string alignment distance), if they are few.
final class Similar {
    private static final int MOST = 3;

    private Similar() {}

    /// The closest words, at most three; none when nothing is close.
    static List<String> to(String mistyped, List<String> words) {
        // no word is so long, and the work grows with the product of the lengths
        String start = mistyped.substring(0, Math.min(40, mistyped.length()));
        int closest = 1 + Math.min(2, start.length() / 3);
        List<String> found = new ArrayList<>();
        for (String word : words) {
            int distance = distance(start, word);
            if (distance < closest) {
                closest = distance;
                found.clear();
            }
            if (distance == closest && found.size() < MOST) {
                found.add(word);
            }
        }
        return found;
    }

    private static int distance(String a, String b) {
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    d[i][j] = i + j;
                    continue;
                }
                int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                d[i][j] =
                        Math.min(d[i - 1][j - 1] + change, 1 + Math.min(d[i - 1][j], d[i][j - 1]));
                boolean swapped =
                        i > 1
                                && j > 1
                                && a.charAt(i - 1) == b.charAt(j - 2)
                                && a.charAt(i - 2) == b.charAt(j - 1);
                if (swapped) {
                    d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
                }
            }
        }
        return d[a.length()][b.length()];
    }
}
