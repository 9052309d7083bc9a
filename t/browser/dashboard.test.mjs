/*
 * The page as people get it: from the gateway, in a browser.
 */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { launch, openPage, violations } from "./browser.mjs";
import { startPipeline, startWorker, until, vector } from "./pipeline.mjs";

const DIMENSION = 64;
const USERS = 8;
const TIMEOUT = { timeout: 240000 };

let pipeline;
let browser;


async function number(page, selector) {
    return Number(await page.locator(selector).getAttribute("value"));
}


function statusIs(page, text) {
    return until(`status ${text}`, async () => (
        await page.textContent("#status")) === text);
}


function noticeIs(page, pattern) {
    return until(`notice ${pattern}`, async () => (
        pattern.test(await page.textContent(".notices"))));
}


before(async () => {
    pipeline = await startPipeline();
    browser = await launch();

    const users = Array.from({ length: USERS }, (_, i) => ({
        id: `user:u${i}`,
        values: vector(i, DIMENSION),
        metadata: { country: "Norway", vfs_count: i + 1 },
    }));
    const items = Array.from({ length: USERS }, (_, i) => ({
        id: `item:i${i}`,
        values: vector(i + 0.1, DIMENSION),
        metadata: { description: "a <b>bold</b> lamp", price: 12.75 },
    }));

    await pipeline.upsert("user-features", users);
    await pipeline.upsert("item-features", items);
}, TIMEOUT);


after(async () => {
    await browser?.close();
    await pipeline?.stop();
}, TIMEOUT);


describe("before anything has come", () => {
    it("says so", TIMEOUT, async () => {
        const { page, faults, close } = await openPage(browser, pipeline.url);

        await statusIs(page, "Live");
        await noticeIs(page, /No ingest worker reports/);
        assert.match(await page.textContent("#upserts"), /no ingest worker/);
        assert.match(await page.textContent(".table >> nth=1"),
                     /None has reported yet/);
        assert.match(await page.textContent(".query"), /Type the id/);
        assert.deepEqual(faults, []);
        await close();
    });
});


describe("the page", () => {
    let worker;

    before(() => {
        worker = startWorker(pipeline, "host-1", 50);
    });

    after(() => {
        worker.stop();
        assert.equal(worker.failure, null);
    });

    it("keeps to its own host, in less than 100 KB, under a strict policy",
       TIMEOUT, async () => {
        const { page, faults, requests, close }
            = await openPage(browser, "about:blank");
        const session = await page.context().newCDPSession(page);
        let received = 0;

        await session.send("Network.enable");
        session.on("Network.loadingFinished", ({ encodedDataLength }) => {
            received += encodedDataLength;
        });

        const answer = await page.goto(pipeline.url);
        const policy = answer.headers()["content-security-policy"];

        await statusIs(page, "Live");
        assert.match(policy, /default-src 'none'/);
        assert.match(policy, /frame-ancestors 'none'/);
        assert.doesNotMatch(policy, /unsafe|\*|data:|blob:|http/);
        assert.deepEqual(faults, []);
        assert.deepEqual(requests.filter((url) => (
            !url.startsWith(pipeline.url) && url !== "about:blank")), []);
        assert.ok(received > 20000 && received < 100000, `${received} bytes`);
        await close();
    });

    it("works under a prefix", TIMEOUT, async () => {
        const { page, faults, requests, close }
            = await openPage(browser, "about:blank");
        const prefix = `${pipeline.url}under/a/prefix/`;

        /* As a proxy that strips the prefix would. */
        await page.route(`${prefix}**`, (route) => route.continue({
            url: route.request().url().replace(prefix, pipeline.url),
        }));
        await page.goto(`${prefix}#fetch/user/u1`);
        await statusIs(page, "Live");
        await page.waitForSelector(".vector svg");
        assert.deepEqual(requests.filter((url) => (
            !url.startsWith(prefix) && url !== "about:blank")), []);
        assert.deepEqual(faults, []);
        await close();
    });

    it("shows the numbers of /stats", TIMEOUT, async () => {
        const { page, faults, close } = await openPage(browser, pipeline.url);

        await page.goto(`${pipeline.url}#similar/user/u1?topK=3`);

        await until("the same numbers", async () => {
            const { gateway, ingest } = await pipeline.stats();
            const rates = await number(page, "#upserts data");
            const route = gateway.routes.find(({ route: name }) => (
                name === "similar"));
            const row = page.locator("tr", { hasText: "similar" });
            const cells = await row.locator("td").allTextContents();
            const worker = await page.locator("tr", { hasText: "host-1" })
                                     .locator("td").allTextContents();

            assert.equal(rates, ingest.upserts_per_second);
            assert.ok(rates > 0);
            assert.equal(cells[1], String(route.requests));
            assert.equal(cells[3], String(route.status["4xx"]));
            assert.ok(route.requests > 0);
            assert.equal(worker[0].trim(), "running");
            assert.equal(worker[5], "7");
            assert.equal(worker[6], "1,234");
            assert.equal(worker[8], "2");

            const asked = await page.locator("tr", {
                hasText: "query at the index",
            }).locator("td").allTextContents();
            const query = gateway.upstream.find(({ operation }) => (
                operation === "query"));

            assert.equal(asked[1], String(query.requests));
            assert.ok(query.requests > 0);
            return true;
        });

        assert.deepEqual(faults, []);
        await close();
    });

    it("tells why events became dead letters", TIMEOUT, async () => {
        const { page, close } = await openPage(browser, pipeline.url);

        await page.waitForSelector(".reasons");
        assert.deepEqual(await page.locator(".reasons").allTextContents(),
                         ["Dead letters: bad-json 2"]);
        await close();
    });

    it("tells latency, freshness and errors", TIMEOUT, async () => {
        const { page, close } = await openPage(browser, pipeline.url);

        await until("latency", async () => {
            await fetch(`${pipeline.url}v1/features/user/u2`);
            return await number(page, "#latency data >> nth=1") > 0;
        });

        await until("freshness", async () => {
            const p50 = await number(page, "#freshness data >> nth=0");
            return p50 > 15000 && p50 < 25000;
        });

        await until("no errors", async () => {
            await fetch(`${pipeline.url}v1/features/user/u2`);
            return /^Error rate0\s*%0 of \d+ requests/.test(
                await page.textContent("#errors"));
        });
        await close();
    });

    it("answers a typed question, and its address answers it again", TIMEOUT,
       async () => {
        const { page, faults, close } = await openPage(browser, pipeline.url);
        const asked = await fetch(`${pipeline.url}v1/features/user/u3/similar`
                                  + "?topK=4");
        const { similar } = await asked.json();

        await page.fill("input[name=id]", "u3");
        await page.fill("input[name=topK]", "4");
        await page.keyboard.press("Enter");
        await page.waitForSelector(".neighbours li");

        const names = await page.locator(".neighbours a").allTextContents();
        const scores = await page.locator(".neighbours data")
            .evaluateAll((list) => list.map(({ value }) => Number(value)));

        assert.equal(names.length, 4);
        assert.deepEqual(names, similar.map(({ id }) => (
            id.replace("user:", ""))));
        assert.deepEqual(scores, similar.map(({ score }) => score));
        assert.match(await page.textContent(".timing"), /\d\u202f(ms|s)$/);
        assert.match(page.url(), /#similar\/user\/u3\?topK=4$/);

        await page.click("summary");

        const raw = await page.textContent(".raw pre");
        const { similar: again } = JSON.parse(raw.slice(raw.indexOf("{")));

        assert.deepEqual(again, similar);

        const other = await openPage(browser, page.url());

        await other.page.waitForSelector(".neighbours li");
        assert.deepEqual(await other.page.locator(".neighbours a")
                                         .allTextContents(), names);
        await other.close();

        await page.click(`.neighbours a >> text=${names[0]}`);
        await page.waitForSelector(`text=Nearest to user ${names[0]}`);
        await page.goBack();
        await page.waitForSelector("text=Nearest to user u3");
        assert.deepEqual(faults, []);
        await close();
    });

    it("draws a vector and lists its metadata", TIMEOUT, async () => {
        const { page, faults, close }
            = await openPage(browser, `${pipeline.url}#fetch/user/u5`);

        await page.waitForSelector(".vector svg");
        assert.match(await page.textContent(".vector figcaption"),
                     /^64 dimensions, norm 1\.0000/);
        assert.match(await page.textContent(".metadata"), /countryNorway/);

        const up = await page.getAttribute(".vector .up", "d");
        const down = await page.getAttribute(".vector .down", "d");
        const bars = (path) => path.split("M").length - 1;
        const values = vector(5, DIMENSION);

        assert.equal(bars(up), values.filter((value) => value > 0).length);
        assert.equal(bars(down), values.filter((value) => value < 0).length);
        assert.deepEqual(faults, []);
        await close();
    });

    it("recommends items, and shows text as text", TIMEOUT, async () => {
        const { page, close } = await openPage(
            browser, `${pipeline.url}#recommend/user/u2?topK=3`);

        await page.waitForSelector(".neighbours li");
        assert.equal(await page.locator(".neighbours li").count(), 3);
        assert.equal(await page.textContent(".neighbours a >> nth=0"), "i2");
        assert.match(await page.textContent(".about >> nth=0"),
                     /a <b>bold<\/b> lamp/);
        await close();
    });

    it("asks again every second when told to", TIMEOUT, async () => {
        const { page, requests, close }
            = await openPage(browser, `${pipeline.url}#fetch/user/u6`);
        const asked = () => requests.filter((url) => (
            url.endsWith("/v1/features/user/u6"))).length;

        await page.waitForSelector(".vector svg");
        assert.equal(asked(), 1);
        await page.check(".follow input");
        await until("three more answers", () => asked() >= 4);
        await page.uncheck(".follow input");
        await close();
    });

    it("explains its numbers, where they stand and in a list", TIMEOUT,
       async () => {
        const { page, close } = await openPage(browser, pipeline.url);

        await statusIs(page, "Live");

        const headings = page.locator(".tile h2, .charts h3, #workers th, "
                                      + "th[title]");
        const titled = Object.fromEntries(await headings.evaluateAll((all) => (
            all.filter(({ title }) => title !== "").map((heading) => (
                [heading.textContent, heading.title])))));

        for (const name of ["Upserts", "Query latency", "Error rate",
                            "Event to readable", "Events waiting", "Pending"])
        {
            assert.ok(titled[name]?.length > 20, name);
        }

        await page.click(".meanings summary");

        const listed = Object.fromEntries(await page.locator(".meanings div")
            .evaluateAll((all) => all.map((entry) => (
                [entry.firstChild.textContent, entry.lastChild.textContent]))));

        assert.deepEqual({ ...listed, ...titled }, listed);
        await close();
    });

    it("keeps the colours that were chosen", TIMEOUT, async () => {
        const { page, close } = await openPage(browser, pipeline.url);
        const theme = () => page.getAttribute("html", "data-theme");

        assert.equal(await theme(), "light");
        await page.click("text=Dark");
        assert.equal(await theme(), "dark");
        await page.reload();
        assert.equal(await theme(), "dark");
        await page.click("text=Light");
        assert.equal(await theme(), "light");
        await close();
    });

    it("says what is wrong with a question, and what the gateway says",
       TIMEOUT, async () => {
        const { page, close } = await openPage(browser, pipeline.url);
        const complaint = () => page.textContent("#complaint");

        await page.click("button.go");
        assert.match(await complaint(), /Which id/);
        await page.fill("input[name=id]", "a b");
        await page.click("button.go");
        assert.match(await complaint(), /letters, digits/);
        await page.fill("input[name=id]", "u1");
        await page.fill("input[name=topK]", "21");
        await page.click("button.go");
        assert.match(await complaint(), /1 to 20/);

        await page.fill("input[name=topK]", "5");
        await page.fill("input[name=id]", "nobody");
        await page.click("button.go");
        await page.waitForSelector(
            "text=Source user feature vector not found.");
        assert.equal(await complaint(), "");
        await close();
    });

    it("moves", TIMEOUT, async () => {
        const { page, close } = await openPage(browser, pipeline.url);
        const chart = page.locator("figure.chart >> nth=0");
        const picture = () => chart.locator("canvas").evaluate((canvas) => (
            canvas.toDataURL()));

        await statusIs(page, "Live");
        await until("no empty chart", async () => {
            await fetch(`${pipeline.url}v1/features/user/u1`);
            return await page.locator(".plot .empty").count() === 0;
        });
        assert.equal(await page.locator(".plot canvas").count(), 6);

        const first = await picture();

        await until("another picture", async () => await picture() !== first);
        await until("a rate in words", async () => (
            /upserts\/s [1-9]/.test(await chart.locator("[role=img]")
                                               .getAttribute("aria-label"))));
        await close();
    });

    it("listens to the stream, and polls only without it", TIMEOUT,
       async () => {
        const count = (list, end) => list.filter((url) => (
            url.endsWith(end))).length;
        const frames = (page) => until("five seconds of frames", async () => (
            await page.getAttribute("[role=slider]", "aria-valuemin") < -5));
        const streamed = await openPage(browser, pipeline.url);

        await frames(streamed.page);
        assert.equal(count(streamed.requests, "/stats/stream"), 1);
        assert.equal(count(streamed.requests, "/stats"), 0);
        await streamed.close();

        const polled = await openPage(browser, "about:blank");

        await polled.page.route("**/stats/stream", (route) => route.abort());
        await polled.page.goto(pipeline.url);
        await frames(polled.page);
        assert.ok(count(polled.requests, "/stats") >= 5);
        await polled.close();
    });

    it("is used by keyboard alone", TIMEOUT, async () => {
        const { page, close } = await openPage(browser, pipeline.url);
        const focused = () => page.evaluate(() => (
            document.activeElement.ariaLabel ?? document.activeElement.name
            ?? ""));
        const reach = async (name) => {
            for (let i = 0; i < 40 && await focused() !== name; i++) {
                await page.keyboard.press("Tab");
            }

            assert.equal(await focused(), name);
        };
        const time = page.locator("[role=slider]");

        await statusIs(page, "Live");
        await until("some seconds", async () => (
            await time.getAttribute("aria-valuemin")) < -3);

        await reach("Time shown in the charts");
        assert.equal(await time.textContent(), "now");
        await page.keyboard.press("ArrowLeft");
        assert.match(await time.textContent(), /^\d\d:\d\d:\d\d, \d+ s ago$/);
        await page.keyboard.press("Escape");
        assert.equal(await time.textContent(), "now");

        await reach("operation");
        await page.keyboard.press("ArrowLeft");
        await reach("entity");
        await reach("id");
        await page.keyboard.type("u4");
        await page.keyboard.press("Enter");
        await page.waitForSelector(".vector svg");
        await close();
    });

    for (const colorScheme of ["light", "dark"]) {
        for (const width of [360, 1024, 1920]) {
            it(`suits everybody: ${colorScheme}, ${width} px`, TIMEOUT,
               async () => {
                const { page, faults, close } = await openPage(
                    browser, `${pipeline.url}#similar/user/u1?topK=5`,
                    { colorScheme, viewport: { width, height: 900 } });

                await statusIs(page, "Live");
                await page.waitForSelector(".neighbours li");
                await page.click("summary");
                await page.click(".meanings summary");

                assert.equal(await page.getAttribute("html", "data-theme"),
                             colorScheme);
                assert.ok(await page.evaluate(() => (
                    document.documentElement.scrollWidth <= innerWidth)),
                          "nothing sticks out");
                assert.deepEqual(await violations(page), []);
                assert.deepEqual(faults, []);
                await close();
            });
        }
    }
});


describe("when something is wrong", () => {
    it("says that a worker is gone", TIMEOUT, async () => {
        const { page, close } = await openPage(browser, pipeline.url);
        const worker = startWorker(pipeline, "host-2", 10);

        await page.waitForSelector("tr:has-text('host-2') >> text=running");
        worker.stop();
        await noticeIs(page, /host-2.* gone: /);
        assert.match(await page.textContent("tr:has-text('host-2')"),
                     /gone for \d+ s/);
        assert.deepEqual(await violations(page), []);
        await close();
    });

    it("says that training and serving differ", TIMEOUT, async () => {
        const { page, close } = await openPage(browser, pipeline.url);
        const report = (mismatches) => pipeline.report({
            verifier: "host-9", definition: "0123456789abcdef",
            uptime_ms: 61000, interval_ms: 30000, rounds: 3, compared: 3000,
            different: mismatches, missing: 0, extra: 0, not_comparable: 9,
            round_compared: 1000, round_mismatches: mismatches,
        });
        const cells = async () => (await page.locator("tr", {
            hasText: "host-9",
        }).locator("td").allTextContents()).slice(1, 8);

        await statusIs(page, "Live");
        assert.equal(await page.locator("#verifiers").count(), 0);
        await report(0);
        await page.waitForSelector("#verifiers");
        assert.deepEqual(await cells(),
                         ["3", "3,000", "0", "0", "0", "9", "0"]);
        assert.doesNotMatch(await page.textContent(".notices"), /replay/);

        await report(4);
        await noticeIs(page, /differ from a replay.*4 of 1000/);
        assert.deepEqual((await cells())[2], "4");
        assert.deepEqual((await cells())[6], "4,000");
        assert.deepEqual(await violations(page), []);
        await report(0);
        await until("no such notice", async () => !/replay/.test(
            await page.textContent(".notices")));
        await close();
    });

    it("says that the numbers stand still", TIMEOUT, async () => {
        const { page, close } = await openPage(browser, "about:blank");
        const old = await (await fetch(`${pipeline.url}stats`)).text();

        await page.route("**/stats/stream", (route) => route.abort());
        await page.route("**/stats", (route) => route.fulfill({
            contentType: "application/json", body: old,
        }));
        await page.goto(pipeline.url);
        await statusIs(page, "Stale");
        await noticeIs(page, /stand still/);
        await page.unroute("**/stats");
        await statusIs(page, "Live");
        await close();
    });

    it("says that the connection is lost, and recovers by itself", TIMEOUT,
       async () => {
        const { page, requests, close }
            = await openPage(browser, pipeline.url);
        const streams = () => requests.filter((url) => (
            url.endsWith("/stats/stream"))).length;

        await statusIs(page, "Live");
        assert.equal(streams(), 1);
        await pipeline.stopGateway();

        try {
            await statusIs(page, "Connection lost");
            await noticeIs(page, /Connection lost: the gateway cannot/);
            assert.equal(await page.title(), "Connection lost \u2013 vfs");
            assert.deepEqual(await violations(page), []);

        } finally {
            await pipeline.startGateway();
        }

        await statusIs(page, "Live");
        assert.equal(await page.title(), "vfs");
        assert.doesNotMatch(await page.textContent(".notices"), /lost/);
        await until("a new stream", () => streams() === 2);
        await close();
    });

    it("leaves no complaint in the gateway's log", TIMEOUT, async () => {
        assert.doesNotMatch(await pipeline.log(), /\[(alert|crit|emerg)\]/);
    });
});
