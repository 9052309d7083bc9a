/*
 * Debian's Chromium, driven by playwright-core.
 */

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

const MODULES = process.env.BROWSER_MODULES;

if (MODULES === undefined) {
    throw new Error("BROWSER_MODULES is not set: run make test-browser");
}

const require = createRequire(join(MODULES, "modules.js"));
const { chromium } = require("playwright-core");
const axe = await readFile(join(MODULES, "axe-core/axe.min.js"), "utf8");

export const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";


/* A profile directory of its own, removed at the end, is playwright's habit. */

export function launch() {
    return chromium.launch({
        executablePath: CHROMIUM,
        args: [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
            "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync",
        ],
    });
}


/* A page that remembers what must not happen. */

export async function openPage(browser, url, options = {}) {
    const context = await browser.newContext({
        viewport: { width: 1280, height: 900 }, ...options,
    });
    const page = await context.newPage();
    const faults = [];
    const requests = [];

    page.setDefaultTimeout(60000);

    page.on("pageerror", (error) => faults.push(error.stack));
    page.on("request", (request) => requests.push(request.url()));
    page.on("console", (message) => {
        if (message.type() === "error") {
            faults.push(`${message.text()} ${message.location().url}`);
        }
    });

    await page.goto(url);

    return { page, faults, requests, close: () => context.close() };
}


/* What axe finds against WCAG 2.2 AA and its own best practices, in words. */

export async function violations(page) {
    await page.evaluate(axe);

    const result = await page.evaluate(() => globalThis.axe.run(document, {
        runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa",
                  "best-practice"],
    }));

    return result.violations.map(({ id, nodes }) => (
        `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`));
}
