// What this browser's user likes; kept in localStorage, where it can be kept.

import { createStore, useStore } from "./store.js";

const KEY = "yardmaster-preferences";
const CHOICES = {
  theme: ["auto", "light", "dark"],
  density: ["cosy", "compact"],
  time: ["relative", "absolute"],
  zone: ["local", "utc"],
  shortcuts: ["on", "off"],
};
const FIRST = Object.fromEntries(Object.entries(CHOICES).map(([name, choices]) => [name, choices[0]]));

function stored() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return Object.fromEntries(
      Object.entries(FIRST).map(([name, first]) => [name, CHOICES[name].includes(kept[name]) ? kept[name] : first]));
  } catch {
    return { ...FIRST }; // storage is off or damaged: the defaults serve
  }
}

export const prefs = createStore(stored());
export const usePrefs = () => useStore(prefs);

export function setPref(name, value) {
  prefs.set({ [name]: value });
  try {
    localStorage.setItem(KEY, JSON.stringify(prefs.get()));
  } catch {
    // a private window: it lasts as long as the page
  }
}

/** The next choice, for buttons that go round. */
export function turnPref(name) {
  const choices = CHOICES[name];
  setPref(name, choices[(choices.indexOf(prefs.get()[name]) + 1) % choices.length]);
}

const dark = matchMedia("(prefers-color-scheme: dark)");

/** The theme that is shown; charts read it to take their colours anew. */
export const shownTheme = createStore({ name: "" });

function apply() {
  const { theme, density } = prefs.get();
  const name = theme === "auto" ? (dark.matches ? "dark" : "light") : theme;
  const root = document.documentElement;
  root.dataset.theme = name;
  root.dataset.density = density;
  if (shownTheme.get().name !== name) shownTheme.set({ name });
}

prefs.watch(apply);
dark.addEventListener("change", apply);
apply();
