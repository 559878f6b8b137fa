package io.yardmaster.dispatcher.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// What is on record of the attempts of a request, as `why` tells it: to which node each went and,
/// of those that were sampled, what the choice was made by.
final class Decisions {
    /// The field of a history line.
    static final String FIELD = "decision";

    private static final int MOST_OTHERS = 3;

    private Decisions() {}

    /// One attempt as `why` shows it.
    ///
    /// @param line as it is kept; `decision` may be missing
    static ObjectNode attempt(ObjectNode line) {
        ObjectNode attempt = line.deepCopy();
        JsonNode kept = attempt.remove(FIELD);
        RequestView.dated(attempt);
        Optional<ObjectNode> decision = read(kept);
        attempt.put("sentence", sentence(attempt, decision));
        attempt.set(FIELD, decision.isPresent() ? decision.get() : null);
        return attempt;
    }

    /// The compact form, spread out; empty when there is none, or none that can be read.
    private static Optional<ObjectNode> read(JsonNode kept) {
        if (kept == null || !(kept.get("candidates") instanceof ArrayNode rows) || rows.isEmpty()) {
            return Optional.empty();
        }
        ObjectNode decision = Answers.object().put("strategy", kept.path("strategy").asText());
        decision.put("note", kept.path("note").isTextual() ? kept.path("note").asText() : null);
        decision.put("candidateCount", kept.path("of").asInt());
        ArrayNode candidates = decision.putArray("candidates");
        for (JsonNode row : rows) {
            ObjectNode candidate = candidates.addObject().put("node", row.path(0).asText());
            candidate.put("chosen", candidates.size() == 1);
            ObjectNode terms = candidate.putObject("terms");
            for (int i = 0; i < kept.path("terms").size(); i++) {
                terms.set(kept.path("terms").path(i).asText(), row.get(i + 1));
            }
        }
        ArrayNode leftOut = decision.putArray("leftOut");
        for (JsonNode row : kept.path("out")) {
            ObjectNode group = leftOut.addObject().put("reason", words(row.path(0).asText()));
            group.put("count", row.path(1).asInt());
            ArrayNode nodes = group.putArray("nodes");
            for (int i = 2; i < row.size(); i++) {
                nodes.add(row.path(i).asText());
            }
        }
        return Optional.of(decision);
    }

    /// What only this module knows: who it was that refused.
    private static String words(String reason) {
        return reason.equals("refused") ? "refused by its breaker or rate limit" : reason;
    }

    private static String sentence(ObjectNode attempt, Optional<ObjectNode> decision) {
        String number = "Attempt " + attempt.path("attempt").asInt();
        if (!attempt.path("node").isTextual()) {
            return attempt.path("cause").asText().equals("operator")
                    ? number
                            + " had failed when an operator had it tried again; its node is no longer on"
                            + " record."
                    : number + " ended without a word of its replica; its node is not on record.";
        }
        String went = number + " went to " + attempt.path("node").asText();
        return decision.map(known -> went + because(known) + ".")
                .orElseGet(() -> went + "; the decision was not sampled.");
    }

    private static String because(ObjectNode decision) {
        JsonNode candidates = decision.path("candidates");
        int count = decision.path("candidateCount").asInt();
        StringBuilder text = new StringBuilder();
        Optional<String> term = compared(candidates.path(0));
        if (count == 1) {
            text.append(": it was the only candidate");
        } else if (term.isPresent()) {
            text.append(among(candidates, count, term.get(), decision.path("strategy").asText()));
        } else {
            text.append(": one of ").append(count).append(" candidates");
        }
        if (decision.path("note").isTextual()) {
            text.append("; ").append(decision.path("note").asText());
        }
        for (JsonNode group : decision.path("leftOut")) {
            text.append("; ").append(who(group)).append(group.path("reason").asText());
        }
        return text.toString();
    }

    /// What the chosen one had to set against the others. A cost is compared; a share is the part
    /// of all requests that the strategy gives a node, by turns, by chance or by a hash.
    private static String among(JsonNode candidates, int count, String term, String strategy) {
        double own = figure(candidates.path(0), term);
        boolean least = true;
        List<String> others = new ArrayList<>();
        for (int i = 1; i < candidates.size(); i++) {
            double other = figure(candidates.path(i), term);
            least &= own <= other;
            if (others.size() < MOST_OTHERS) {
                others.add(candidates.path(i).path("node").asText() + " " + number(other));
            }
        }
        String begin =
                !term.equals("cost")
                        ? " by " + strategy + ": " + term + " " + number(own) + " among "
                        : ": cost " + number(own) + (least ? ", least of " : ", one of ");
        return begin
                + count
                + " candidates ("
                + String.join(", ", others)
                + (others.size() < count - 1 ? ", …)" : ")");
    }

    private static String who(JsonNode group) {
        List<String> names = new ArrayList<>();
        group.path("nodes").forEach(node -> names.add(node.asText()));
        int more = group.path("count").asInt() - names.size();
        if (more > 0) {
            names.add(more + (names.isEmpty() ? " nodes" : " more"));
        }
        return String.join(", ", names)
                + (group.path("count").asInt() == 1 ? " was left out: " : " were left out: ");
    }

    /// The name of the figure that was compared: the last one.
    private static Optional<String> compared(JsonNode candidate) {
        return candidate.path("terms").properties().stream()
                .map(Map.Entry::getKey)
                .reduce((_, last) -> last);
    }

    private static double figure(JsonNode candidate, String term) {
        JsonNode figure = candidate.path("terms").path(term);
        return figure.isNumber() ? figure.asDouble() : Double.POSITIVE_INFINITY;
    }

    static String number(double figure) {
        if (!Double.isFinite(figure)) {
            return "∞";
        }
        String text = String.format(Locale.ROOT, "%.3g", figure);
        return text.contains("e")
                ? text
                : text.contains(".") ? text.replaceAll("\\.?0+$", "") : text;
    }
}
