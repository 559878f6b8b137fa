"""docs/performance.md: what stands between its markers comes from a run, the rest is written by hand."""
import os
import re

import report
from machine import HOME

PATH = os.path.join(HOME, "docs", "performance.md")
BEGIN, END = "<!-- measured: %s -->", "<!-- end of %s -->"


def put(page, name, content):
    begin, end = BEGIN % name, END % name
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    if not pattern.search(page):
        raise ValueError("%s: no %s" % (PATH, begin))
    return pattern.sub(lambda _: "%s\n\n%s\n\n%s" % (begin, content, end), page)


def section(page, name, run):
    """The page with this section's table, under which stands with what it was measured, and what was not."""
    lines = report.medians(name, run["rows"])
    if not lines:
        return page
    conditions, runs = run["conditions"], {line["runs"] for line in lines}
    note = "%s, %s, %s. `%s`" % (
        conditions["date"], conditions["yardmaster"].split(";")[0],
        "one run" if runs == {1} else "medians of %s runs" % " to ".join(map(str, sorted({min(runs), max(runs)}))),
        run["command"])
    missing = ["Not measured: " + f for f in dict.fromkeys(run["failed"]) if f.startswith(name + ":")]
    page = put(page, name, "\n\n".join([report.markdown(name, lines), *missing, note]))
    return put(page, "conditions", "\n".join("- %s: %s" % each for each in conditions.items()))


def write(name, run):
    """False when nothing of the section was measured: what the page has then stays."""
    with open(PATH) as f:
        before = f.read()
    page = section(before, name, run)
    with open(PATH, "w") as f:
        f.write(page)
    return page != before
