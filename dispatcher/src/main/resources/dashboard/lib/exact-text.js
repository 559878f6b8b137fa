// Bodies for people: JSON laid out with its numbers as they were sent, bytes as a hex dump. Pure.

const TOKEN = /\s*("(?:[^"\\]|\\.)*"?|[{}[\],:]|[^\s{}[\],:"]+)/gy;
const MOST_DEPTH = 500;

/**
 * JSON with line breaks. Numbers and strings stay the characters that they were: 12345678901234567890 is not rounded,
 * 1.0 stays 1.0, and of two equal keys none goes.
 * @param cut whether the text ends early; then it is laid out as far as it goes
 * @returns {string|null} null when it is no JSON
 */
export function prettyJson(text, cut = false) {
  const begun = text.trimStart()[0];
  if (begun !== "{" && begun !== "[") return null;
  if (!cut) {
    try {
      JSON.parse(text);
    } catch {
      return null;
    }
  }
  let out = "";
  let depth = 0;
  let before = "";
  const line = () => "\n" + "  ".repeat(Math.min(depth, 40));
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match; match = TOKEN.exec(text)) {
    const token = match[1];
    if (token === "}" || token === "]") {
      depth = Math.max(0, depth - 1);
      out += before === "{" || before === "[" ? token : line() + token;
    } else {
      if (before === "{" || before === "[") out += line();
      out += token === ":" ? ": " : token;
      if ((token === "{" || token === "[") && ++depth > MOST_DEPTH) return null;
      if (token === ",") out += line();
    }
    before = token;
  }
  return out;
}

const PRINTS = (byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : ".");

/** Sixteen bytes a line: place, hex, and what is printable of them. */
export function hexDump(bytes) {
  const lines = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = [...bytes.subarray(at, at + 16)];
    const hex = row.map((byte) => byte.toString(16).padStart(2, "0"));
    const left = hex.slice(0, 8).join(" ");
    const right = hex.slice(8).join(" ");
    lines.push(`${at.toString(16).padStart(6, "0")}  ${left.padEnd(23)}  ${right.padEnd(23)}  ${row.map(PRINTS).join("")}`);
  }
  return lines.join("\n");
}

export function fromBase64(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/**
 * A body as a page shows it.
 * @param body {body: string} or {bodyBase64: string}, with `truncated`
 * @returns {{form: "json"|"text"|"hex"|"empty", text: string}}
 */
export function shown(body) {
  if (body.bodyBase64) return { form: "hex", text: hexDump(fromBase64(body.bodyBase64)) };
  const text = body.body ?? "";
  if (text === "") return { form: "empty", text: "" };
  const pretty = prettyJson(text, Boolean(body.truncated));
  return pretty === null ? { form: "text", text } : { form: "json", text: pretty };
}
