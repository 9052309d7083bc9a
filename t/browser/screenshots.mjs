/*
 * Pictures of a running demo: node screenshots.mjs URL DIRECTORY
 *
 * Some minutes of questions are asked first, so that there is something to
 * see.
 */

import { join } from "node:path";

import { launch, openPage } from "./browser.mjs";

const MINUTES = 4;
const QUESTIONS_PER_SECOND = 20;
const USERS = 40;

const [url, directory] = process.argv.slice(2);

if (directory === undefined) {
    console.error("usage: node screenshots.mjs URL DIRECTORY");
    process.exit(1);
}


function question(n) {
    const user = `u${1 + n * 7 % USERS}`;

    return n % 10 < 6 ? `v1/features/user/${user}`
           : n % 10 < 9 ? `v1/features/user/${user}/similar?topK=5`
           : `v1/recommend/user/${user}?topK=10`;
}


const browser = await launch();
const pages = [];

for (const colorScheme of ["light", "dark"]) {
    const opened = await openPage(browser, `${url}#recommend/user/u1?topK=8`, {
        colorScheme, viewport: { width: 1440, height: 900 },
    });

    pages.push([colorScheme, opened]);
}

let n = 0;

const asking = setInterval(async () => {
    const answer = await fetch(url + question(n++));

    await answer.arrayBuffer();
}, 1000 / QUESTIONS_PER_SECOND);

await new Promise((resolve) => setTimeout(resolve, MINUTES * 60000));

for (const [name, { page }] of pages) {
    await page.click("button.go");
    await page.waitForTimeout(1500);
    await page.mouse.move(0, 0);
    await page.evaluate(() => document.activeElement.blur());
    await page.screenshot({ path: join(directory, `dashboard-${name}.png`),
                            fullPage: true });
}

clearInterval(asking);
await browser.close();
