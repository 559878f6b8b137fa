// Preact, its hooks and htm in one place: pages import from here, never from vendor/.

import { Fragment, createContext, h, render } from "../vendor/preact.js";
import htm from "../vendor/htm.js";

export { Fragment, createContext, h, render };
export {
  useCallback, useContext, useEffect, useErrorBoundary, useId, useLayoutEffect, useMemo, useRef, useState,
} from "../vendor/hooks.js";

/** Markup as a tagged template: html`<p class="x">${text}</p>`; text is always text, never markup. */
export const html = htm.bind(h);

/** Joins class names, leaving out what is false. */
export const classes = (...names) => names.filter(Boolean).join(" ");
