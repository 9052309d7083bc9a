/*
 * The real index and the real gateway on ports of their own, for one test
 * file.  The worker's side is spoken by the test: it writes vectors to the
 * index and posts the reports that vfs-ingest would, so that every number on
 * the page is known.
 */

import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const TOP = fileURLToPath(new URL("../..", import.meta.url));
const BUILD = process.env.VFS_BUILD ?? join(TOP, "build");

const START_MS = 60000;
const STOP_MS = 20000;


function freePort() {
    return new Promise((resolve, reject) => {
        const server = createServer();

        server.on("error", reject);
        server.listen(0, "127.0.0.1", () => {
            const { port } = server.address();
            server.close(() => resolve(port));
        });
    });
}


/* Asks again until "ready" is true; what is last thrown is the reason. */

export async function until(what, ready, ms = START_MS) {
    const end = Date.now() + ms;
    let reason = "";

    while (Date.now() < end) {
        try {
            if (await ready()) {
                return;
            }

        } catch (error) {
            reason = error.message;
        }

        await new Promise((resolve) => setTimeout(resolve, 100));
    }

    throw new Error(`${what}: not within ${ms} ms ${reason}`);
}


function start(command, args, env) {
    const child = spawn(command, args, {
        env: { ...process.env, ...env },
        stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";

    child.stderr.setEncoding("utf8");
    child.stderr.on("data", (text) => {
        said = (said + text).slice(-8192);
    });

    const ended = new Promise((resolve) => child.on("close", resolve));

    return {
        async ready(url) {
            await until(`${command} ${args[0]}`, async () => {
                if (child.exitCode !== null) {
                    return true;
                }

                return (await fetch(url)).ok;
            });

            if (child.exitCode !== null) {
                throw new Error(`${command} ended with ${child.exitCode}: `
                                + said);
            }
        },
        async stop() {
            if (child.exitCode === null && child.signalCode === null) {
                child.kill("SIGTERM");
                setTimeout(() => child.kill("SIGKILL"), STOP_MS).unref();
            }

            await ended;
        },
    };
}


/* A unit vector that depends on "seed" alone. */

export function vector(seed, dimension) {
    const values = Array.from({ length: dimension }, (_, i) => (
        Math.sin(seed + i * 0.7)));
    const norm = Math.hypot(...values);

    return values.map((value) => Math.fround(value / norm));
}


export async function startPipeline() {
    const data = await mkdtemp(join(tmpdir(), "vfs-browser-"));
    const port = await freePort();
    const indexUrl = `http://127.0.0.1:${await freePort()}`;
    const url = `http://127.0.0.1:${port}/`;
    const env = {
        VFS_BUILD: BUILD, VFS_DATA: data, VFS_PORT: String(port),
        VFS_WORKERS: "2", PINECONE_INDEX_HOST: indexUrl,
    };
    const vfs = join(TOP, "bin/vfs");
    const index = start(vfs, ["index"], env);
    let gateway = null;

    async function startGateway() {
        gateway = start(vfs, ["gateway"], env);
        await gateway.ready(`${url}healthz`);
    }

    async function stop() {
        await gateway?.stop();
        await index.stop();
        await rm(data, { recursive: true, force: true });
    }

    try {
        await until("vfs index", async () => (
            await fetch(`${indexUrl}/describe_index_stats`,
                        { method: "POST", body: "{}" })).status < 500);
        await startGateway();

    } catch (error) {
        await stop();
        throw error;
    }

    return {
        url,
        stop,
        startGateway,
        stopGateway: () => gateway.stop(),
        stats: async () => (await fetch(`${url}stats`)).json(),
        log: () => readFile(join(data, "nginx/error.log"), "utf8"),

        async upsert(namespace, vectors) {
            const answer = await fetch(`${indexUrl}/vectors/upsert`, {
                method: "POST",
                headers: { "Content-Type": "application/json" },
                body: JSON.stringify({ namespace, vectors }),
            });

            if (!answer.ok) {
                throw new Error(`upsert: ${await answer.text()}`);
            }
        },

        async report(body) {
            const answer = await fetch(`${url}stats/ingest`, {
                method: "POST",
                headers: { "Content-Type": "application/json" },
                body: JSON.stringify(body),
            });

            if (answer.status !== 204) {
                throw new Error(`report: ${answer.status} `
                                + await answer.text());
            }
        },
    };
}


/*
 * A worker that reports each second: "perSecond" events, three of five of them
 * upserts, each readable after about 20 ms.
 */

export function startWorker(pipeline, name, perSecond) {
    const BUCKET_OF_20_MS = 326;
    const started = Date.now();
    let events = 0;
    let failure = null;

    async function report() {
        events += perSecond;

        const upserts = Math.floor(events * 3 / 5);

        try {
            await pipeline.report({
                worker: name,
                definition: "0123456789abcdef",
                uptime_ms: Date.now() - started,
                paused: false,
                counters: {
                    events, folded: events, ignored: 0, item_updates: events,
                    upserts, deletes: 0, batches: 1, retries: 0,
                    dead_letters: 2,
                },
                gauges: { in_flight: 0, pending: 7, state_keys: 1234 },
                lag: { 0: events / perSecond % 5, 1: 2 },
                event_to_stored_us: [[BUCKET_OF_20_MS, upserts]],
                dead_letters: { "bad-json": 2 },
            });

        } catch (error) {
            failure ??= error;
        }
    }

    const timer = setInterval(report, 1000);

    report();

    return {
        stop() {
            clearInterval(timer);
        },
        get failure() {
            return failure;
        },
    };
}
