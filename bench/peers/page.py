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


def write(sections, conditions, rows, command):
    """Replaces the tables of these sections, and says under each with what they were measured."""
    with open(PATH) as f:
        page = f.read()
    for section in sections:
        lines = report.medians(section, rows)
        if not lines:
            continue
        runs = {line["runs"] for line in lines}
        note = "%s, %s, medians of %s. `%s`" % (
            conditions["date"], conditions["yardmaster"].split(";")[0],
            "%d runs" % runs.pop() if len(runs) == 1 else "%d to %d runs" % (min(runs), max(runs)), command)
        page = put(page, section, report.markdown(section, lines) + "\n\n" + note.replace("medians of 1 runs", "one run"))
    page = put(page, "conditions", "\n".join("- " + c for c in
                                             ("%s: %s" % (k, v) for k, v in conditions.items())))
    with open(PATH, "w") as f:
        f.write(page)
