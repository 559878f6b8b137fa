"""Tables of what was measured: for the terminal, and for docs/performance.md."""
import statistics


WIDE = 150  # characters of a terminal's line


def number(digits=0):
    return lambda v: "-" if v is None else format(v, ",.%df" % digits)


def text(v):
    return "-" if v is None else str(v)


def some(v):
    """A count that is worth a column only when it is not 0."""
    return format(v, ",.0f") if v else ""


# For each section: what a line is made of (rows that agree in these are one line, their median), and its figures as
# (title, key, format).
CPU = [("dispatcher CPU-s per 1,000", "cpu_worker", number(4)), ("Redis CPU-s per 1,000", "cpu_redis", number(4)),
       ("nodes CPU-s per 1,000", "cpu_nodes", number(4))]
RATE = [("requests/s", "rate", number()), ("lowest - highest", "rate_range", text)]
STEADY = ("middle 80 %, requests/s", "rate_steady", number())
OTHERS = ("CPUs used by others", "others_cpus", number(2))
WRONG = [("sent twice", "again", some), ("not served", "not_served", some)]
PEAK = ("peak MB", "rss_mb", number())
SECTIONS = {
    "drain": (["system", "state", "n", "durability"], [
        *RATE, ("ratio to BullMQ", "ratio", number(2)), STEADY, *CPU,
        ("all CPU-s per 1,000, middle 80 %", "cpu_all_steady", number(4)),
        PEAK, ("bytes in Redis", "redis_bytes", number()), *WRONG, OTHERS]),
    "latency": (["system", "state", "durability"], [
        ("p50 ms", "p50", number(2)), ("p90 ms", "p90", number(2)), ("p99 ms", "p99", number(2)),
        ("p99.9 ms", "p999", number(2)), ("max ms", "max", number(1)), ("p50 to BullMQ's", "ratio", number(2)),
        ("fsync p50 ms", "fsync_p50", number(2)), ("fsync p99 ms", "fsync_p99", number(2)),
        ("p50 above everysec, in fsyncs", "above_p50", number(1)),
        ("p99 above everysec, in fsyncs", "above_p99", number(1)),
        *CPU[:2], OTHERS]),
    "enqueue": (["system", "state", "durability"], [
        *RATE, ("ratio to BullMQ", "ratio", number(2)), ("always to everysec", "to_everysec", number(2)), *CPU[:2],
        ("load CPU-s per 1,000", "cpu_load", number(4)), OTHERS]),
    "memory": (["system", "durability"], [
        ("starts serving in s", "starts_s", number(2)), ("CPU-s of a start", "start_cpu_s", number(2)),
        ("resident MB, started", "fresh_mb", number()), ("resident MB, most under load", "rss_mb", number()),
        ("most in flight", "in_flight", number()), ("bytes in Redis a request", "redis_bytes", number())]),
    "flat": (["system", "durability", "waiting", "in_flight"], [
        STEADY, ("ratio to few", "ratio", number(2)), *CPU, ("over 1 ms in Redis", "slow", number()),
        ("the slowest", "slowest", text), ("yard_depth p50 ms", "depth_p50", number(2)),
        ("yard_depth p99 ms", "depth_p99", number(2)), ("GET /v1/queues p50 ms", "queues_p50", number(2)),
        ("GET /v1/queues p99 ms", "queues_p99", number(2)), PEAK, *WRONG, OTHERS]),
    "replicas": (["system", "durability", "replicas"], [
        *RATE, ("ratio to one", "ratio", number(2)), STEADY, *CPU, PEAK, *WRONG, OTHERS]),
}


def medians(section, rows):
    """One line for each setting: medians of its runs, and the lowest and highest rate."""
    keys, lines = SECTIONS[section][0], {}
    for row in rows:
        if row["section"] == section:
            lines.setdefault(tuple(row.get(k) for k in keys), []).append(row)
    out = []
    for key, runs in lines.items():
        line = dict(zip(keys, key), runs=len(runs))
        for name in {k for r in runs for k in r} - set(keys) - {"section"}:
            values = [r[name] for r in runs if r.get(name) is not None]
            numbers = all(isinstance(v, (int, float)) for v in values)
            line[name] = None if not values else statistics.median(values) if numbers else values[0]
        for name in ("again", "not_served"):  # what happened in one run is not to be hidden by the others
            if name in line:
                line[name] = max(r.get(name) or 0 for r in runs)
        rates = [r["rate"] for r in runs if "rate" in r]
        if len(rates) > 1:
            line["rate_range"] = "%s - %s" % (number()(min(rates)), number()(max(rates)))
        parts = [line.get("cpu_%s_steady" % x) for x in ("worker", "redis", "nodes")]
        if None not in parts:
            line["cpu_all_steady"] = sum(parts)
        out.append(line)
    compare(section, out)
    return out


def compare(section, lines):
    """Adds what puts the lines of a section in proportion to one another."""
    def first(**wanted):
        return next((x for x in lines if all(x.get(k) == v for k, v in wanted.items())), None)

    warmest = max((x for x in lines if x["system"] == "BullMQ" and x.get("state") == "warm"),
                  key=lambda x: x["n"], default=None)
    for line in lines:
        if section == "drain" and line["state"] in ("cold", "warm"):
            ratio(line, "rate", first(system="BullMQ", state=line["state"], n=line["n"]) or warmest)
        elif section == "drain":
            ratio(line, "rate", warmest)
        elif section == "enqueue":
            single = line["state"].endswith("one by one")
            ratio(line, "rate", first(system="BullMQ", state="its client, " + ("one by one" if single else "batches")))
            ratio(line, "rate", line["durability"] == "always" and first(
                system=line["system"], state=line["state"], durability="everysec"), "to_everysec")
        elif section == "latency":
            ratio(line, "p50", first(system="BullMQ"))
            other = first(system=line["system"], state=line["state"], durability="everysec")
            if line["durability"] == "always" and other:
                for p in ("p50", "p99"):
                    line["above_" + p] = (line[p] - other[p]) / line["fsync_" + p]
        elif section == "flat":
            ratio(line, "rate_steady", first(in_flight=0))
        elif section == "replicas":
            ratio(line, "rate", first(replicas=1))


def ratio(line, key, other, name="ratio"):
    if other and other.get(key):
        line[name] = line[key] / other[key]


def table(section, lines):
    """Titles and cells; columns that are empty throughout are left out."""
    keys, columns = SECTIONS[section]
    titles = {"n": "requests", "state": "how", "in_flight": "in flight"}
    counts = ("n", "waiting", "in_flight", "replicas")
    columns = [(titles.get(k, k), k, number() if k in counts else text) for k in keys] + columns
    columns = [c for c in columns if any(line.get(c[1]) is not None for line in lines)
               and (c[2] is not some or any(line.get(c[1]) for line in lines))]
    cells = [[form(line.get(key)) for _, key, form in columns] for line in lines]
    left = [form is text for _, _, form in columns]
    return [title for title, _, _ in columns], cells, left


def terminal(section, lines):
    """Aligned, with titles broken at blanks; a few wide lines stand on end."""
    if not lines:
        return "not measured"
    titles, cells, left = table(section, lines)
    broken = []
    for i, title in enumerate(titles):
        most = max([len(r[i]) for r in cells] + [max(map(len, title.split())), 9])
        parts = [""]
        for word in title.split():
            if parts[-1] and len(parts[-1]) + 1 + len(word) > most:
                parts.append(word)
            else:
                parts[-1] = (parts[-1] + " " + word).strip()
        broken.append(parts)
    height = max(map(len, broken))
    head = [[parts[h - height + len(parts)] if h >= height - len(parts) else "" for parts in broken]
            for h in range(height)]
    upright = aligned(head + cells, left)
    if len(lines) <= 6 and max(map(len, upright)) > WIDE:
        upright = aligned([[t, *(r[i] for r in cells)] for i, t in enumerate(titles)], [True] + [False] * len(cells))
    return "\n".join(upright)


def aligned(rows, left):
    wide = [max(map(len, column)) for column in zip(*rows)]
    return ["  ".join(c.ljust(w) if to_left else c.rjust(w) for c, w, to_left in zip(r, wide, left)).rstrip()
            for r in rows]


def markdown(section, lines):
    titles, cells, left = table(section, lines)
    if len(titles) > 12 and len(lines) <= 6:  # stood on end, to be read without scrolling
        titles, *cells = [[t, *(r[i] for r in cells)] for i, t in enumerate(titles)]
        left = [True] + [False] * len(lines)
    return "\n".join("| " + " | ".join(r) + " |" for r in
                     [titles, ["---" if to_left else "--:" for to_left in left], *cells]).replace("| --- |", "|---|")
