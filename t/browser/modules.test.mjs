/*
 * The page's modules that draw nothing: how numbers are written, what a frame
 * means, what is said about it, what is kept and what is asked.
 */

import assert from "node:assert/strict";
import { describe, it, before, after } from "node:test";

const src = "../../html/src";
const format = await import(`${src}/format.js`);
const sample = await import(`${src}/sample.js`);
const question = await import(`${src}/question.js`);
const { createHistory, grown } = await import(`${src}/history.js`);
const { notices } = await import(`${src}/notices.js`);


function route(name, requests, changes = {}) {
    return {
        route: name,
        requests,
        rates: { "1s": 5, "10s": 5, "60s": 5 },
        status: { "2xx": requests, "3xx": 0, "4xx": 0, "499": 0, "5xx": 0 },
        recent_us: { count: 0, p50: 0, p99: 0 },
        ...changes,
    };
}


function worker(name, changes = {}) {
    return {
        worker: name, age_ms: 400, alive: true, paused: false,
        definition: "0123456789abcdef", lag: { 0: 3 },
        counters: { dead_letters: 0, retries: 0 },
        ...changes,
    };
}


function frame(time, { routes = [], workers = [], gateway, ingest,
                       verification } = {}) {
    return {
        version: 1,
        time,
        verification,
        gateway: {
            routes, upstream: [], latency_buckets_us: [], ...gateway,
        },
        ingest: {
            workers, events_per_second: 50, upserts_per_second: 30, lag: 3,
            event_to_stored_buckets_us: [], ...ingest,
        },
    };
}


describe("numbers", () => {
    it("are told from nothing", () => {
        for (const write of [format.count, format.rate, format.duration,
                             format.percent, format.short, format.span,
                             format.amount])
        {
            assert.equal(write(null), "\u2013");
            assert.notEqual(write(0), "\u2013");
        }
    });

    it("keep three significant digits where that is enough", () => {
        assert.equal(format.rate(0), "0");
        assert.equal(format.rate(0.004), "<0.01");
        assert.equal(format.rate(1.234), "1.23");
        assert.equal(format.rate(12.34), "12.3");
        assert.equal(format.rate(1234.4), "1,234");
        assert.equal(format.short(123456), "123.5K");
        assert.equal(format.count(1234567), "1,234,567");
        assert.equal(format.amount(0.25), "0.3");
        assert.equal(format.amount(7), "7");
        assert.equal(format.amount(12.5), "13");
        assert.equal(format.amount(123456), "123.5K");
    });

    it("choose the unit of a duration", () => {
        assert.deepEqual(format.durationParts(390), ["390", "\u00b5s"]);
        assert.deepEqual(format.durationParts(1250), ["1.25", "ms"]);
        assert.deepEqual(format.durationParts(60000), ["60", "ms"]);
        assert.deepEqual(format.durationParts(3.4e6), ["3.4", "s"]);
        assert.deepEqual(format.durationParts(300e6), ["5", "min"]);
    });

    it("never round a share of errors down to none", () => {
        assert.equal(format.percent(0), "0");
        assert.equal(format.percent(0.00001), "<0.01");
        assert.equal(format.percent(0.0123), "1.23");
        assert.equal(format.percent(1), "100");
    });

    it("tell how long something lasts", () => {
        assert.equal(format.span(7.9), "7 s");
        assert.equal(format.span(61), "1 min 1 s");
        assert.equal(format.span(3600), "1 h 0 min");
        assert.equal(format.span(90000), "1 d 1 h");
    });
});


describe("a frame", () => {
    it("takes the gateway's rates as they are", () => {
        const routes = [route("fetch", 1), route("query", 1),
                        route("other", 100)];
        const workers = [worker("a")];
        const now = sample.sampleOf(frame(5000, { routes, workers }), null, []);

        assert.equal(now.t, 5);
        assert.equal(now.requestRate, 10, "this page's polling left out");
        assert.equal(now.requests, 2);
        assert.equal(now.eventRate, 50);
        assert.equal(now.upsertRate, 30);
        assert.deepEqual(now.lag, { 0: 3 });
    });

    it("knows no ingest rate when no worker is alive", () => {
        const gone = worker("a", { alive: false });
        const now = sample.sampleOf(frame(5000, { workers: [gone] }), null, []);

        assert.equal(now.upsertRate, null);
        assert.deepEqual(now.lag, {});
    });

    it("makes rates of counters by the time between two frames", () => {
        const status = { "4xx": 3, "5xx": 1 };
        const later = { "4xx": 7, "5xx": 2 };
        const past = frame(1000, { routes: [route("fetch", 10, { status })] });
        const now = frame(3000, {
            routes: [route("fetch", 20, { status: later })],
        });
        const { clientErrorRate, serverErrorRate }
            = sample.sampleOf(now, past, []);

        assert.equal(clientErrorRate, 2);
        assert.equal(serverErrorRate, 0.5);
    });

    it("says nothing of the second in which the gateway restarted", () => {
        const past = frame(1000, {
            routes: [route("fetch", 10, { status: { "4xx": 9, "5xx": 9 } })],
        });
        const now = frame(2000, { routes: [route("fetch", 1)] });

        assert.equal(sample.sampleOf(now, past, []).serverErrorRate, null);
    });

    it("compares each worker with itself", () => {
        const counters = (n) => ({ counters: { dead_letters: n, retries: 0 } });
        const past = frame(1000, {
            workers: [worker("a", counters(100)), worker("b", counters(5))],
        });
        const now = frame(2000, {
            workers: [worker("b", counters(7)), worker("c", counters(50))],
        });

        assert.equal(sample.sampleOf(now, past, []).deadLetterRate, 2);
    });

    it("means lags and errors over ten seconds", () => {
        const lag = (partitions) => [worker("a", { lag: partitions })];
        const old = { t: 9, lag: { 0: 1000 }, stored: [] };
        const past = { t: 20, lag: { 0: 4, 1: 8 }, stored: [],
                       serverErrorRate: 3, retryRate: null };
        const routes = (n) => [route("fetch", 9, { status: { "5xx": n } })];
        const before = frame(20000, { routes: routes(1), workers: lag({}) });
        const now = frame(21000, { routes: routes(2),
                                   workers: lag({ 0: 2, 2: 5 }) });
        const { mean, lag: raw } = sample.sampleOf(now, before, [old, past]);

        assert.deepEqual(raw, { 0: 2, 2: 5 });
        assert.deepEqual(mean.lag, { 0: 3, 1: 8, 2: 5 });
        assert.equal(mean.serverErrors, 2);
        assert.equal(mean.retries, 0);
    });

    it("tells how often the index was asked", () => {
        const upstream = (n) => ({ gateway: { upstream: [
            { operation: "query", requests: n }] } });
        const now = frame(3000, upstream(9));

        assert.deepEqual(
            sample.sampleOf(now, frame(1000, upstream(5)), []).index,
            { query: 2 });
        assert.deepEqual(sample.sampleOf(now, null, []).index,
                         { query: null });
    });

    it("names the slowest route that is asked", () => {
        const recent = (count, p99) => ({ recent_us: { count, p50: 1, p99 } });
        const routes = [route("fetch", 1, recent(10, 500)),
                        route("similar", 1, recent(5, 900)),
                        route("query", 1, recent(0, 5000))];

        assert.equal(sample.slowest(routes).route, "similar");
        assert.equal(sample.slowest([route("fetch", 0)]), null);
    });

    it("counts the histogram's growth only", () => {
        assert.deepEqual(sample.cells([[16, 3], [32, 9], [40, 2]],
                                      [[16, 3], [32, 4]]),
                         [[32, 5], [40, 2]]);
        assert.deepEqual(sample.cells([[16, 1]], [[16, 7]]), []);
    });

    it("reads quantiles of the last ten seconds off the buckets", () => {
        const past = frame(20000, { workers: [worker("a")] });
        const now = frame(21000, {
            workers: [worker("a")],
            ingest: { event_to_stored_buckets_us: [[1024, 98], [8192, 2]] },
        });
        const old = { t: 5, stored: [[1e6, 1000]] };
        const { stored50, stored99 } = sample.sampleOf(now, past, [old]);

        assert.equal(stored50, 1024 + 256 * 49.5 / 98);
        assert.equal(stored99, 8192 + 2048 * 0.25);
        assert.equal(sample.quantile([[[32, 1]], [[8, 3]]], 1), 36);
        assert.equal(sample.quantile([[]], 0.5), null);
    });

    it("agrees with lib/vfs_histogram.h on where a bucket ends", () => {
        assert.equal(sample.bucketEnd(0), 8);
        assert.equal(sample.bucketEnd(24), 32);
        assert.equal(sample.bucketEnd(32), 40);
        assert.equal(sample.bucketEnd(56), 64);
        assert.equal(sample.bucketEnd(1792), 2048);
    });
});


describe("history", () => {
    const kept = new Map();

    before(() => {
        globalThis.sessionStorage = {
            getItem: (key) => kept.get(key) ?? null,
            setItem: (key, value) => kept.set(key, value),
        };
    });

    after(() => {
        delete globalThis.sessionStorage;
    });

    const second = (t, more = {}) => ({ t, cells: [], stored: [], lag: {},
                                        ...more });

    it("is a quarter of an hour, however long the page is open", () => {
        const history = createHistory();

        for (let t = 1; t <= 5000; t++) {
            history.add(second(t));
        }

        assert.equal(history.samples.length, 901);
        assert.equal(history.samples[0].t, 4100);
    });

    it("leaves a gap where nothing was heard", () => {
        const history = createHistory();

        history.add(second(10, { upsertRate: 1 }));
        history.add(second(60, { upsertRate: 1 }));

        assert.deepEqual(history.samples.map(({ upsertRate }) => upsertRate),
                         [1, undefined, 1]);
    });

    it("begins anew when the gateway's clock is set back", () => {
        const history = createHistory();

        history.add(second(100));
        history.add(second(50));

        assert.deepEqual(history.samples.map(({ t }) => t), [50]);
    });

    it("outlives a reload of the page", () => {
        const history = createHistory();

        history.add(second(1));
        history.save();
        assert.deepEqual(createHistory().samples, [second(1)]);
        kept.set([...kept.keys()][0], "{broken");
        assert.deepEqual(createHistory().samples, []);
    });

    it("sums a counter's growth over restarts", () => {
        const samples = [5, 7, 0, 4].map((requests, t) => ({ t, requests }));

        assert.equal(grown(samples, "requests", 60), 6);
        assert.equal(grown(samples, "requests", 1), 4);
    });
});


describe("notices", () => {
    const up = { up: true, reason: "" };
    const down = { up: false, reason: "the gateway answers 503" };
    const texts = (state) => notices(state).map(({ text, detail }) => (
        `${text} ${detail}`));

    it("are none when all is well", () => {
        const good = frame(1, { workers: [worker("a"), worker("b")] });

        assert.deepEqual(texts({ frame: good, link: up, age: 0.5 }), []);
    });

    it("tell a lost connection, with its reason and age", () => {
        const good = frame(1, { workers: [worker("a")] });
        const [text] = texts({ frame: good, link: down, age: 12 });

        assert.match(text, /^Connection lost: the gateway answers 503\./);
        assert.match(text, /12 s ago/);
    });

    it("tell that nothing has come yet", () => {
        const [text] = texts({ frame: null, link: down, age: 0 });

        assert.match(text, /^No statistics yet/);
        assert.deepEqual(texts({ frame: null, link: null, age: 0 }), []);
    });

    it("tell numbers that stand still", () => {
        const good = frame(1, { workers: [worker("a")] });
        const [text] = texts({ frame: good, link: up, age: 7 });

        assert.match(text, /stand still.*7 s/);
    });

    it("name a worker that is gone, paused or of another definition", () => {
        const workers = [worker("a", { alive: false, age_ms: 23000 }),
                         worker("b", { paused: true }),
                         worker("c", { definition: "ffffffffffffffff" })];
        const all = texts({ frame: frame(1, { workers }), link: up, age: 0 });

        assert.match(all[0], /worker a is gone.*23 s ago/);
        assert.match(all[1], /worker b is paused/);
        assert.match(all[2], /0123456789abcdef, ffffffffffffffff/);
        assert.equal(all.length, 3);
    });

    it("are one line, however many workers are gone or paused", () => {
        const workers = ["a", "b", "c", "d", "e"].flatMap((name) => [
            worker(name, { alive: false, age_ms: 9000 }),
            worker(`${name}2`, { paused: true })]);
        const all = texts({ frame: frame(1, { workers }), link: up, age: 0 });

        assert.match(all[0],
                     /^5 ingest workers \(a, b, c and 2 more\) are gone/);
        assert.match(all[1],
                     /^5 ingest workers \(a2, b2, c2 and 2 more\) are paused/);
        assert.equal(all.length, 2);
    });

    it("tell that no worker reports", () => {
        const [text] = texts({ frame: frame(1), link: up, age: 0 });

        assert.match(text, /No ingest worker reports/);
    });

    it("tell that training and serving differ", () => {
        const told = (verification) => texts({
            frame: frame(1, { workers: [worker("a")], verification }),
            link: up, age: 0,
        });

        assert.deepEqual(told({ compared: 1000, mismatches: 0 }), []);
        assert.match(told({ compared: 1000, mismatches: 3 })[0],
                     /differ from a replay.* 3 of 1000 in the last round/);
    });

    it("tell a page of another version", () => {
        const next = { ...frame(1, { workers: [worker("a")] }), version: 2 };

        assert.match(texts({ frame: next, link: up, age: 0 })[0], /reload/);
    });
});


describe("a question", () => {
    const asked = { operation: "similar", entity: "user", id: "u-1_A",
                    topK: 7 };

    it("goes into the address and comes back", () => {
        const plain = { ...asked, operation: "fetch", entity: "item" };

        assert.equal(question.toHash(asked), "#similar/user/u-1_A?topK=7");
        assert.deepEqual(question.fromHash("#similar/user/u-1_A?topK=7"),
                         asked);
        assert.equal(question.toHash(plain), "#fetch/item/u-1_A");
        assert.equal(question.fromHash("#fetch/item/u-1_A").id, "u-1_A");
        assert.equal(question.fromHash("#similar/user/u1").topK, 5);
    });

    it("is not taken from an address that makes no sense", () => {
        for (const hash of ["", "#", "#similar", "#delete/user/u1",
                            "#recommend/item/i1", "#fetch/cart/u1",
                            "#similar/user/u1?topK=0",
                            "#similar/user/u1?topK=21",
                            `#fetch/user/${"a".repeat(129)}`,
                            "#fetch/user/..%2f..", "#fetch/user/<b>"])
        {
            assert.equal(question.fromHash(hash), null, hash);
        }
    });

    it("is refused with a reason", () => {
        const fault = (change) => question.fault({ ...asked, ...change });

        assert.equal(fault({}), "");
        assert.match(fault({ id: "" }), /Which id/);
        assert.match(fault({ id: "a b" }), /letters, digits/);
        assert.match(fault({ topK: 21 }), /1 to 20/);
        assert.match(fault({ topK: 1.5 }), /whole number/);
        assert.match(fault({ topK: NaN }), /1 to 20/);
        assert.equal(fault({ operation: "recommend", topK: 100 }), "");
        assert.equal(fault({ operation: "fetch", topK: NaN }), "");
    });

    it("becomes a relative path, so that a prefix does no harm", () => {
        assert.equal(question.path(asked),
                     "v1/features/user/u-1_A/similar?topK=7");
        assert.equal(question.path({ ...asked, operation: "recommend" }),
                     "v1/recommend/user/u-1_A?topK=7");
        assert.equal(question.path({ ...asked, operation: "fetch" }),
                     "v1/features/user/u-1_A");
    });
});
