// Tables: sorted by a click on a heading (kept in the URL), walked with j and k, cards on narrow screens.
//
//   <${Table} label="Queues" rows=${rows} rowKey=${(row) => row.id} columns=${columns}
//       sort="-oldestMs"            what it is sorted by at first; "-" is descending. Kept in the query as sortParam
//       sortParam="sort"            another name for a second table of a page
//       href=${(row) => link(…)}    a click on the row goes there (the first column should hold the link itself)
//       selection=${{ selected: Set of keys, change: (set) => … }}     check boxes; x selects, shift selects a range
//       keys=${true}                j, k, x and Enter are this table's; for one table of a page
//       page=${200}                 rows shown at first; a button shows more
//       empty=${html`<${Empty} … />`} rowClass=${(row) => "…"} />
//
// A column: { key, label, cell: (row) => markup, value: (row) => number | string | null, end: true, wide: true, title }
//   value is what sorting compares (null last); a column without value is not sorted. `end` aligns numbers to the
//   right, `wide` takes the row to itself on narrow screens, `minor` is left out where a table would hardly fit; `label` "" has no heading (for actions).

import { classes, html, useEffect, useMemo, useRef, useState } from "../lib/html.js";
import { useKeys } from "../lib/keys.js";
import { go, useQuery } from "../lib/router.js";
import { count } from "../lib/format.js";
import { Icon } from "./icon.js";

const TEXTS = new Intl.Collator("en", { numeric: true });

/** Sorts by a column's value; what has none stands last in both directions. Keeps the order of equals. */
export function sorted(rows, columns, sort) {
  const down = sort.startsWith("-");
  const column = columns.find((each) => each.key === sort.replace(/^-/, "") && each.value);
  if (!column) return rows;
  const compare = (a, b) => {
    if (a === b) return 0;
    if (a === null || a === undefined) return 1;
    if (b === null || b === undefined) return -1;
    const order = typeof a === "number" && typeof b === "number" ? a - b : TEXTS.compare(String(a), String(b));
    return down ? -order : order;
  };
  return rows
    .map((row, i) => ({ row, i, value: column.value(row) }))
    .sort((a, b) => compare(a.value, b.value) || a.i - b.i)
    .map((each) => each.row);
}

const focusRow = (row) => {
  (row.querySelector("a[href], button") ?? row).focus();
  row.scrollIntoView({ block: "nearest" });
};

function useRowKeys(body, on, toggle) {
  const rows = () => [...(body.current?.querySelectorAll(":scope > tr[data-key]") ?? [])];
  const current = () => document.activeElement?.closest?.("tr[data-key]");
  const move = (by) => {
    const all = rows();
    if (all.length === 0) return;
    const at = all.indexOf(current());
    focusRow(all[Math.min(all.length - 1, Math.max(0, at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by))]);
  };
  const keys = [
    { keys: "j", label: "Next row", run: () => move(1) },
    { keys: "k", label: "Row before", run: () => move(-1) },
    { keys: "Enter", label: "Open the row", run: () => current()?.querySelector("a[href]")?.click() },
  ];
  if (toggle) keys.push({ keys: "x", label: "Select the row", run: () => current() && toggle(current().dataset.key) });
  useKeys(on ? keys : [], [on, toggle]);
}

function Heading({ column, sort, onSort }) {
  const active = sort.replace(/^-/, "") === column.key;
  const down = sort.startsWith("-");
  const direction = active ? (down ? "descending" : "ascending") : undefined;
  return html`<th scope="col" role="columnheader" class=${classes(column.end && "end", column.minor && "minor")} title=${column.title} aria-sort=${direction}>
    ${column.value
      ? html`<button type="button" class="sort" onClick=${() => onSort(column.key)}>${column.label}
          <span class=${classes("arrow", active && "on")}><${Icon} name=${active && !down ? "up" : "down"} size="10" /></span></button>`
      : column.label || html`<span class="offscreen">Actions</span>`}</th>`;
}

export function Table({
  label, rows, rowKey, columns, sort: firstSort = "", sortParam = "sort", href, selection, keys = true, page = 200, empty, rowClass,
}) {
  const [query, setQuery] = useQuery();
  const [most, setMost] = useState(page);
  const body = useRef();
  const lastPicked = useRef(null);
  const sort = query[sortParam] ?? firstSort;
  const all = useMemo(() => sorted(rows, columns, sort), [rows, columns, sort]);
  const shown = all.length > most ? all.slice(0, most) : all;

  useEffect(() => setMost(page), [query[sortParam], page]);

  function onSort(key) {
    // numbers are looked at for their largest, texts from A; the second click turns it round
    const sample = rows.map(columns.find((each) => each.key === key).value).find((value) => value !== null && value !== undefined);
    const first = typeof sample === "number" ? `-${key}` : key;
    const next = sort === first ? (first.startsWith("-") ? key : `-${key}`) : first;
    setQuery({ [sortParam]: next === firstSort ? undefined : next });
  }

  function toggle(key, range) {
    const next = new Set(selection.selected);
    const on = !next.has(key);
    const order = shown.map(rowKey);
    const from = order.indexOf(lastPicked.current);
    const to = order.indexOf(key);
    const picked = range && from >= 0 && to >= 0 ? order.slice(Math.min(from, to), Math.max(from, to) + 1) : [key];
    for (const each of picked) {
      if (on) next.add(each);
      else next.delete(each);
    }
    lastPicked.current = key;
    selection.change(next);
  }

  useRowKeys(body, keys, selection ? toggle : null);

  if (rows.length === 0 && empty) return empty;

  const everyOne = selection && shown.length > 0 && shown.every((row) => selection.selected.has(rowKey(row)));
  const open = (event, row) => {
    if (event.defaultPrevented || event.target.closest("a, button, input, label, summary") || String(getSelection())) return;
    if (event.metaKey || event.ctrlKey) window.open(href(row));
    else go(href(row));
  };

  return html`<div class="table-frame"><table role="table" aria-label=${label}>
    <thead role="rowgroup"><tr role="row">
      ${selection && html`<th class="check" scope="col" role="columnheader"><input type="checkbox" aria-label="Select all rows shown" checked=${everyOne}
        onChange=${() => selection.change(everyOne ? new Set() : new Set(shown.map(rowKey)))} /></th>`}
      ${columns.map((column) => html`<${Heading} key=${column.key} column=${column} sort=${sort} onSort=${onSort} />`)}
    </tr></thead>
    <tbody role="rowgroup" ref=${body}>${shown.map((row) => {
      const key = rowKey(row);
      const picked = selection?.selected.has(key);
      return html`<tr role="row" key=${key} data-key=${key} tabindex="-1" class=${classes(href && "opens", picked && "picked", rowClass?.(row))}
          aria-selected=${selection ? String(Boolean(picked)) : undefined} onClick=${href && ((event) => open(event, row))}>
        ${selection && html`<td class="check" role="cell"><input type="checkbox" aria-label=${`Select ${key}`} checked=${picked}
          onClick=${(event) => toggle(key, event.shiftKey)} /></td>`}
        ${columns.map((column) => html`<td role="cell" key=${column.key} data-label=${column.label}
          class=${classes(column.end && "end", column.minor && "minor", column.wide && "wide", !column.label && "row-actions")}>${column.cell(row)}</td>`)}
      </tr>`;
    })}</tbody>
  </table>
  ${all.length > most && html`<div class="more"><button type="button" onClick=${() => setMost(most + page)}>Show ${count(Math.min(page, all.length - most))} more</button>
    <span>${count(most)} of ${count(all.length)} shown</span></div>`}
  </div>`;
}
