// A request as a command that can be pasted into a shell. Pure.

/** For a POSIX shell. */
export const quote = (text) => (/^[A-Za-z0-9_./:=@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

const MASK = "***";

function split(payload) {
  const headers = payload.headers ?? [];
  return {
    given: headers.filter((header) => header.value !== MASK),
    hidden: headers.filter((header) => header.value === MASK).map((header) => header.name),
  };
}

const note = (hidden) =>
  hidden.length ? `# without ${hidden.join(", ")}, whose values Yardmaster does not show\n` : "";

/**
 * Sends the same request again, under a new id.
 * @param payload as GET /v1/requests/{id}/payload?form=json has it, whole
 * @param base of the dashboard, ending with /
 */
export function asCurl(payload, base) {
  const { given, hidden } = split(payload);
  const fields = { service: payload.service, priority: payload.priority, method: payload.method, path: payload.path };
  if (given.length) {
    fields.headers = {};
    for (const { name, value } of given) fields.headers[name] = name in fields.headers ? `${fields.headers[name]}, ${value}` : value;
  }
  if (payload.bodyBase64) fields.bodyBase64 = payload.bodyBase64;
  else if (payload.body) fields.bodyText = payload.body;
  return `${note(hidden)}curl -sS ${quote(`${base}v1/requests`)} \\\n  -H 'Content-Type: application/json' \\\n  --data-binary ${quote(JSON.stringify(fields))}`;
}

/** The same by Redis' own door. The body comes last, so that bytes can come from standard input. */
export function asRedisCli(payload) {
  const { given, hidden } = split(payload);
  const words = ["FCALL", "yard_enqueue", "1", "{yard:0}", "SERVICE", payload.service, "PRIORITY", payload.priority,
    "METHOD", payload.method, "PATH", payload.path];
  for (const { name, value } of given) words.push("HEADER", name, value);
  const command = words.map(quote).join(" ");
  if (payload.bodyBase64) {
    return `${note(hidden)}printf %s ${quote(payload.bodyBase64)} | base64 -d |\n  redis-cli -x ${command} BODY`;
  }
  return `${note(hidden)}redis-cli ${command} BODY ${quote(payload.body ?? "") || "''"}`;
}

/** Looks at a request whose payload is not kept or not for this key. */
export const lookCurl = (id, base) => `curl -sS ${quote(`${base}v1/requests/${encodeURIComponent(id)}`)}`;
