/*
 * A tab left open: an hour of frames in a few minutes, by an event stream that
 * the test plays.  Once the quarter of an hour that charts show is full, the
 * page must not grow any more.
 */

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { launch, openPage } from "./browser.mjs";
import { startPipeline, startWorker, until } from "./pipeline.mjs";

const WINDOW = 900;
const HOUR = 3600;
const SLACK = 2e6;              /* bytes */
const TIMEOUT = { timeout: 900000 };

let pipeline;
let browser;


/* Runs in the page: takes the place of EventSource. */

function playedSource() {
    globalThis.EventSource = class {
        constructor() {
            globalThis.played = this;
        }

        close() {}
    };
}


/*
 * Runs in the page: "count" frames, one second apart, with numbers that
 * change; the page gets to draw each.
 */

async function play({ frame, from, count }) {
    for (let i = from; i < from + count; i++) {
        const { gateway, ingest } = frame;

        frame.time += 1000;
        ingest.upserts_per_second = 300 + i % 50;
        gateway.latency_buckets_us = [[320, 10 * i], [2 ** (6 + i % 9), i]];
        ingest.event_to_stored_buckets_us = [[20480, 10 * i]];
        gateway.routes[0].requests = 20 * i;
        globalThis.played.onmessage({ data: JSON.stringify(frame) });
        await new Promise((resolve) => setTimeout(resolve));
    }

    return frame;
}


before(async () => {
    pipeline = await startPipeline();
    browser = await launch();
}, TIMEOUT);


after(async () => {
    await browser?.close();
    await pipeline?.stop();
}, TIMEOUT);


describe("a tab left open for an hour", () => {
    it("stays as small as after a quarter of an hour", TIMEOUT, async () => {
        const worker = startWorker(pipeline, "host-1", 50);
        let frame;

        await until("a worker", async () => {
            frame = await pipeline.stats();
            return frame.ingest.workers.length === 1;
        });
        worker.stop();

        const { page, faults, close } = await openPage(browser, "about:blank");
        const session = await page.context().newCDPSession(page);

        async function used() {
            await session.send("HeapProfiler.collectGarbage");

            const { usedSize } = await session.send("Runtime.getHeapUsage");
            const { nodes } = await session.send("Memory.getDOMCounters");

            return { usedSize, nodes };
        }

        await page.addInitScript(playedSource);
        await page.goto(pipeline.url);

        frame = await page.evaluate(play, { frame, from: 0,
                                            count: WINDOW + 100 });

        const first = await used();

        await page.evaluate(play, { frame, from: WINDOW + 100, count: HOUR });

        const last = await used();

        assert.equal(await page.textContent("#status"), "Live");
        assert.ok(last.usedSize < first.usedSize + SLACK,
                  `${first.usedSize} bytes, then ${last.usedSize}`);
        assert.ok(last.nodes <= first.nodes + 50,
                  `${first.nodes} nodes, then ${last.nodes}`);
        assert.deepEqual(faults, []);
        await close();
    });
});
