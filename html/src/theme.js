/*
 * Light or dark: the system's, until the reader chooses.
 */

import { createSignal } from "solid-js";

const KEY = "vfs-theme";
const dark = matchMedia("(prefers-color-scheme: dark)");

const [theme, setTheme] = createSignal(initial());

export { theme };


function initial() {
    let chosen = null;

    try {
        chosen = localStorage.getItem(KEY);

    } catch {
        /* Storage can be forbidden; the system's theme will do. */
    }

    const name = chosen ?? (dark.matches ? "dark" : "light");

    document.documentElement.dataset.theme = name;
    return name;
}


function apply(name) {
    document.documentElement.dataset.theme = name;
    setTheme(name);
}


export function toggleTheme() {
    const name = theme() === "dark" ? "light" : "dark";

    try {
        localStorage.setItem(KEY, name);

    } catch {
        /* Then it lasts as long as the page. */
    }

    apply(name);
}


dark.addEventListener("change", () => {
    try {
        if (localStorage.getItem(KEY) !== null) {
            return;
        }

    } catch {
        /* Nothing was chosen. */
    }

    apply(dark.matches ? "dark" : "light");
});


/* A custom property of the theme in force, for what is drawn on a canvas. */

export function colour(name) {
    return getComputedStyle(document.documentElement)
           .getPropertyValue(`--${name}`).trim();
}
