// A field for `state:dead age:>5m …` that suggests what may come next; applied with Enter.
//
//   <${FilterBar} text=${text} errors=${[…]} facts=${{ service: […] }} onApply=${(text) => …} />

import { classes, html, useEffect, useId, useRef, useState } from "../lib/html.js";
import { suggest } from "../lib/requests-filter.js";
import { Icon } from "./icon.js";

export function FilterBar({ text, errors, facts, onApply }) {
  const [value, setValue] = useState(text);
  const [caret, setCaret] = useState(null);
  const [active, setActive] = useState(-1);
  const field = useRef();
  const id = useId();

  useEffect(() => setValue(text), [text]);
  const found = caret === null ? { options: [] } : suggest(value, caret, facts);
  const open = found.options.length > 0;

  function edit(event) {
    setValue(event.target.value);
    setCaret(event.target.selectionStart);
    setActive(-1);
  }
  function close() {
    setCaret(null);
    setActive(-1);
  }
  function choose(option) {
    const begin = value.slice(0, found.from) + option.text;
    const next = begin + value.slice(found.to).trimStart();
    const input = field.current;
    // at once and not with the next drawing: whoever types fast types on
    input.value = next;
    input.focus();
    input.setSelectionRange(begin.length, begin.length);
    setValue(next);
    setActive(-1);
    setCaret(begin.length);
  }
  function apply() {
    close();
    onApply(value.trim());
  }
  function onKeyDown(event) {
    const { key } = event;
    if (key === "ArrowDown" || key === "ArrowUp") {
      event.preventDefault();
      if (!open) return setCaret(event.target.selectionStart);
      const by = key === "ArrowDown" ? 1 : -1;
      return setActive((now) => (now + by + found.options.length + (now < 0 && by < 0 ? 1 : 0)) % found.options.length);
    }
    if (key === "Enter" && open && active >= 0) {
      event.preventDefault();
      return choose(found.options[active]);
    }
    if (key === "Escape" && open) {
      event.preventDefault(); // the first Escape closes the list, the next leaves the field
      event.stopPropagation();
      return close();
    }
    return undefined;
  }
  return html`<form class="filter-bar" role="search" onSubmit=${(event) => { event.preventDefault(); apply(); }}>
    <div class="filter-field">
      <${Icon} name="filter" />
      <input ref=${field} data-search type="text" aria-label="Filter requests" placeholder="state:dead  service:mail  age:>5m  or the beginning of an id"
        role="combobox" aria-expanded=${open} aria-controls=${`${id}-list`} aria-autocomplete="list"
        aria-activedescendant=${active >= 0 ? `${id}-${active}` : undefined} aria-invalid=${errors.length > 0} aria-describedby=${`${id}-errors`}
        autocomplete="off" autocapitalize="off" spellcheck=${false} value=${value}
        onInput=${edit} onClick=${edit} onFocus=${edit} onBlur=${close} onKeyDown=${onKeyDown} />
      ${value && html`<button type="button" class="ghost icon-only small" aria-label="Clear the filter" onClick=${() => { setValue(""); close(); onApply(""); }}><${Icon} name="cross" size="14" /></button>`}
      <ul role="listbox" id=${`${id}-list`} aria-label="Suggestions" hidden=${!open}>
        ${found.options.map((option, i) => html`<li role="option" key=${option.text} id=${`${id}-${i}`} aria-selected=${i === active}
            class=${classes(i === active && "active")} onMouseDown=${(event) => { event.preventDefault(); choose(option); }}>
          <code>${option.text.trim()}</code>${option.about && html`<span>${option.about}</span>`}</li>`)}
      </ul>
    </div>
    <button class="primary">Search</button>
    <ul class="filter-errors" id=${`${id}-errors`} role="alert">${errors.map((error) => html`<li key=${error}>${error}</li>`)}</ul>
  </form>`;
}
