// The shell: navigation, connection, banner, and the page of the address.

import { Fragment, classes, html, render, useEffect, useErrorBoundary, useRef, useState } from "./lib/html.js";
import { setKey, session } from "./lib/api.js";
import { count } from "./lib/format.js";
import { useKeys } from "./lib/keys.js";
import { connection, hold, startLive, tryNow, useLive } from "./lib/live.js";
import { turnPref, usePrefs } from "./lib/prefs.js";
import { go, link, match, useRoute } from "./lib/router.js";
import { useStore } from "./lib/store.js";
import { Dialog, Questions } from "./parts/dialog.js";
import { HelpDialog } from "./parts/help.js";
import { Icon } from "./parts/icon.js";
import { Loading, Page, Problem } from "./parts/page.js";
import { useNow } from "./parts/time.js";
import { Toasts } from "./parts/toast.js";
import { navigation, routes } from "./routes.js";

const CONNECTION = {
  connecting: ["plain", "Connecting …"],
  live: ["good", "Live"],
  polling: ["warn", "Polling"],
  down: ["bad", "No connection"],
  paused: ["plain", "Paused"],
  held: ["warn", "Held"],
  locked: ["warn", "Key needed"],
};

function Connection() {
  const { state, why } = useStore(connection);
  const [tone, word] = CONNECTION[state];
  const held = state === "held";
  return html`<button type="button" class="connection" onClick=${() => hold(!held)} aria-pressed=${held}
      title=${why || (held ? "Go on with live updates" : "Hold live updates")}>
    <span class=${`dot ${tone}`} aria-hidden="true"></span><span role="status">${word}</span>
    <${Icon} name=${held ? "play" : "pause"} size="12" /></button>`;
}

/** Only when something is wrong, and not for the blink of a reconnect. */
function Banner() {
  const { state, why, retryAt, since } = useStore(connection);
  const now = useNow() && Date.now();
  if (state !== "down" || now - since < 1000) return null;
  const seconds = Math.max(0, Math.ceil((retryAt - now) / 1000));
  return html`<div class="banner" role="alert"><${Icon} name="warn" />
    <p><b>${why || "No connection."}</b> What you see is from before.${" "}
      <span aria-live="off">${seconds > 0 ? `Trying again in ${seconds} s.` : "Trying …"}</span></p>
    <button class="small" onClick=${tryNow}>Try now</button></div>`;
}

function KeyPrompt() {
  const { needed } = useStore(session);
  const [key, set] = useState("");
  if (!needed) return null;
  const submit = () => key.trim() && setKey(key.trim());
  return html`<${Dialog} title="API key" onClose=${() => session.set({ needed: "" })} onSubmit=${submit}
      footer=${html`<button class="primary" disabled=${!key.trim()}>Use this key</button>`}>
    <p>${needed} A key with the role <b>reader</b> shows everything, one with <b>operator</b> may also change things.</p>
    <label class="field"><span>Key</span><input type="password" autocomplete="off" autofocus value=${key} onInput=${(event) => set(event.target.value)} /></label>
    <p class="hint">It stays in this tab until you close it, and is sent to this server alone.</p>
  <//>`;
}

function Navigation({ current, open, onGo }) {
  const overview = useLive("overview");
  return html`<nav id="navigation" class=${open ? "open" : ""} aria-label="Pages"><ul>
    ${navigation.map((each) => {
      const figure = overview && each.figure ? each.figure(overview) : 0;
      return html`<li key=${each.name}><a href=${link(each.path)} aria-current=${each.name === current ? "page" : undefined} onClick=${onGo}>
        <${Icon} name=${each.name} /><span>${each.label}</span>
        ${figure > 0 && html`<span class=${classes("figure", each.alarming && "alarming")}>${count(figure)}</span>`}</a></li>`;
    })}</ul></nav>`;
}

const THEME_ICONS = { auto: "auto", light: "sun", dark: "moon" };

function ThemeButton() {
  const { theme } = usePrefs();
  return html`<button type="button" class="ghost icon-only" onClick=${() => turnPref("theme")} aria-label=${`Theme: ${theme}. Change it`} title=${`Theme: ${theme}`}>
    <${Icon} name=${THEME_ICONS[theme]} /></button>`;
}

/** Loads a page's module; the page before stays until the next is there. */
function usePage(path) {
  const found = match(routes, path);
  const [shown, setShown] = useState({ component: null, params: {}, error: null, route: null });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let current = true;
    if (!found) {
      setShown({ component: null, params: {}, error: new Error("There is no such page."), route: null });
      return undefined;
    }
    found.route.load().then(
      (module) => current && setShown({ component: module.default, params: found.params, error: null, route: found.route, path }),
      () => current && setShown((now) => ({ ...now, error: new Error("This page could not be loaded from the server.") })));
    return () => {
      current = false;
    };
  }, [path, turn]);
  return { ...shown, nav: found?.route.nav, again: () => setTurn((n) => n + 1) };
}

function CurrentPage({ page }) {
  const [crash, reset] = useErrorBoundary((error) => console.error(error));
  useEffect(() => {
    if (crash) reset();
  }, [page.path]);
  if (crash) {
    return html`<${Page} title="This page failed"><${Problem} error=${{ message: `A mistake in the page: ${crash.message}` }} retry=${reset} /><//>`;
  }
  if (page.error) return html`<${Page} title="Not here"><${Problem} error=${page.error} retry=${page.again} /><p><a href=${link("/")}>To the overview</a></p><//>`;
  if (!page.component) return html`<div class="page"><${Loading} rows=${6} /></div>`;
  return html`<${page.component} key=${page.path} params=${page.params} />`;
}

/** After a change of page the reader's place is its heading, as it would be with a page of its own. */
function useFocusHeading(path) {
  const first = useRef(true);
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    window.scrollTo(0, 0);
    document.querySelector("main h1")?.focus({ preventScroll: true });
  }, [path]);
}

function App() {
  const { path } = useRoute();
  const page = usePage(path);
  const [menu, setMenu] = useState(false);
  const [help, setHelp] = useState(false);
  useFocusHeading(page.path);
  useKeys([
    { keys: "?", label: "This help", run: () => setHelp(true) },
    { keys: "/", label: "Search", run: () => {
      const field = document.querySelector("main [data-search]");
      if (field) field.focus();
      else go("/requests");
    } },
    { keys: "Escape", label: "Close, or leave the field", run: () => setMenu(false) },
    ...navigation.map((each) => ({ keys: `g ${each.key}`, label: `Go to ${each.label}`, run: () => go(link(each.path)) })),
  ], []);

  return html`<${Fragment}>
    <a class="skip" href="#main" onClick=${(event) => { event.preventDefault(); document.querySelector("main h1")?.focus(); }}>To the content</a>
    <header class="shell">
      <a class="brand" href=${link("/")} aria-label="Yardmaster, overview"><img src="icon.svg" alt="" width="24" height="24" /><span>Yardmaster</span></a>
      <button type="button" class="ghost icon-only menu" aria-expanded=${menu} aria-controls="navigation" aria-label="Menu" onClick=${() => setMenu(!menu)}><${Icon} name=${menu ? "cross" : "menu"} /></button>
      <${Navigation} current=${page.nav} open=${menu} onGo=${() => setMenu(false)} />
      <div class="shell-foot"><${Connection} />
        <${ThemeButton} />
        <button type="button" class="ghost icon-only help" aria-label="Keyboard shortcuts" title="Keyboard shortcuts (?)" onClick=${() => setHelp(true)}><${Icon} name="question" /></button></div>
    </header>
    <main id="main"><${Banner} /><${CurrentPage} page=${page} /></main>
    <${Toasts} /><${Questions} /><${KeyPrompt} />
    ${help && html`<${HelpDialog} onClose=${() => setHelp(false)} />`}
  <//>`;
}

startLive();
render(html`<${App} />`, document.getElementById("app"));
