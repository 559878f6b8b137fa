package io.yardmaster.dispatcher.dispatch;

import com.fasterxml.jackson.core.JsonGenerator;
import io.yardmaster.nodes.Decision;
import io.yardmaster.nodes.Explanation;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Writes a decision as small as it can be, for it is kept with the outcome:
///
/// ```
/// {"strategy":"adaptive","note":"…","of":3,"terms":["backlog",…,"cost"],
///  "candidates":[["nuc",0.5,…,1.2],…],"out":[["draining",1,"desk"],…]}
/// ```
///
/// Figures have four digits; one that is infinite or not a number is null. What does not fit into
/// [#MOST_BYTES] is left out, the worst candidates first; `of` still says how many there were. Read
/// by [io.yardmaster.dispatcher.api.Decisions].
final class DecisionJson {
    static final int MOST_BYTES = 2_048;
    private static final int FRAME = 200;
    private static final MathContext DIGITS = new MathContext(4);

    private DecisionJson() {}

    static void write(JsonGenerator json, Decision decision) throws IOException {
        int room = MOST_BYTES - FRAME;
        Set<String> terms = decision.candidates().getFirst().terms().keySet();
        json.writeStartObject();
        json.writeStringField("strategy", decision.strategy());
        if (decision.note() != null) {
            json.writeStringField("note", decision.note());
        }
        json.writeNumberField("of", decision.of());
        json.writeArrayFieldStart("terms");
        for (String term : terms) {
            json.writeString(term);
            room -= term.length() + 3;
        }
        json.writeEndArray();
        json.writeArrayFieldStart("candidates");
        for (Explanation candidate : decision.candidates()) {
            List<String> figures = figures(candidate, terms);
            room -= candidate.node().length() + 5;
            room -= figures.stream().mapToInt(figure -> figure.length() + 1).sum();
            if (room < 0) {
                break;
            }
            json.writeStartArray();
            json.writeString(candidate.node());
            for (String figure : figures) {
                json.writeRawValue(figure);
            }
            json.writeEndArray();
        }
        json.writeEndArray();
        json.writeArrayFieldStart("out");
        for (Decision.LeftOut out : decision.leftOut()) {
            room -= out.why().length() + 12;
            if (room < 0) {
                break;
            }
            json.writeStartArray();
            json.writeString(out.why());
            json.writeNumber(out.count());
            for (String node : out.nodes()) {
                room -= node.length() + 3;
                if (room >= 0) {
                    json.writeString(node);
                }
            }
            json.writeEndArray();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static List<String> figures(Explanation candidate, Set<String> terms) {
        List<String> figures = new ArrayList<>(terms.size());
        for (String term : terms) {
            Double figure = candidate.terms().get(term);
            figures.add(
                    figure == null || !Double.isFinite(figure)
                            ? "null"
                            : new BigDecimal(figure).round(DIGITS).stripTrailingZeros().toString());
        }
        return figures;
    }
}
