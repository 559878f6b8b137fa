// Reads server-sent events from a fetch() answer. EventSource cannot send an Authorization field, so it is no use here.

/** @typedef {{event: string, data: string, id: string}} SseMessage */

/**
 * Takes text in pieces of any size; calls back for each whole message. Follows the HTML standard's "event stream
 * interpretation": CR, LF and CRLF end lines, a leading BOM is ignored, ids with NUL are ignored, comments too.
 * @param {(message: SseMessage) => void} onMessage
 */
export function sseParser(onMessage) {
  let rest = "";
  let first = true;
  let data = [];
  let event = "";
  let id = "";

  function line(text) {
    if (text === "") {
      if (data.length > 0) onMessage({ event: event || "message", data: data.join("\n"), id });
      data = [];
      event = "";
      return;
    }
    const colon = text.indexOf(":");
    if (colon === 0) return;
    const field = colon < 0 ? text : text.slice(0, colon);
    const value = colon < 0 ? "" : text.slice(colon + 1).replace(/^ /, "");
    if (field === "data") data.push(value);
    else if (field === "event") event = value;
    else if (field === "id" && !value.includes("\0")) id = value;
  }

  return {
    feed(text) {
      if (first && text) {
        text = text.replace(/^\uFEFF/, "");
        first = false;
      }
      rest += text;
      // a CR at the end may be half of a CRLF: it waits for what comes next
      const lines = rest.split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop();
      lines.forEach(line);
    },
  };
}

/**
 * @param {ReadableStream<Uint8Array>} body
 * @param {(message: SseMessage) => void} onMessage
 * @param {() => void} onBytes called for each piece, also for pings: the stream lives
 */
export async function readSse(body, onMessage, onBytes) {
  const decoder = new TextDecoder();
  const parser = sseParser(onMessage);
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    onBytes();
    parser.feed(decoder.decode(value, { stream: true }));
  }
}
