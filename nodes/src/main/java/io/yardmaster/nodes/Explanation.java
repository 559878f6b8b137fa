package io.yardmaster.nodes;

import java.util.Map;

/// How one node stands for one request.
///
/// @param candidate true when the strategy may choose it
/// @param why in a few words, `candidate` or what left it out
/// @param terms the strategy's figures when it is a candidate, in order, the compared one last
public record Explanation(String node, boolean candidate, String why, Map<String, Double> terms) {}
