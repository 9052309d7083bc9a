/*
 * Where the statistics come from: the event stream when the gateway has one,
 * otherwise the same JSON asked for once a second.  Whatever breaks, polling
 * goes on until an answer comes, so the page recovers by itself.
 */

const STREAM = "stats/stream";
const STATS = "stats";

const POLL_MS = 1000;
const RETRY_MS = 5000;          /* the longest pause between two attempts */
const ANSWER_MS = 5000;         /* an answer slower than this is none */
const SILENCE_MS = 4000;        /* a stream silent for so long is cut */
const RESTREAM_MS = 10000;      /* of polling before the stream's next try */


/* Why the last attempt failed, for people. */

function reasonOf(error) {
    if (error.name === "TimeoutError") {
        return "the gateway does not answer in time";
    }

    if (error instanceof SyntaxError) {
        return "what answers is not the gateway";
    }

    return error instanceof TypeError ? "the gateway cannot be reached"
                                      : error.message;
}


/*
 * Calls onFrame(frame) for each state of the gateway and onLink({ up,
 * reason }) after each attempt.  Returns a function that ends it.
 */

export function connect({ onFrame, onLink }) {
    let stream = null;
    let timer = 0;
    let failures = 0;
    let streamed = false;       /* has this gateway ever sent a stream? */
    let polledSince = 0;
    let ended = false;

    function later(work, ms) {
        clearTimeout(timer);
        timer = ended ? 0 : setTimeout(work, ms);
    }

    function closeStream() {
        if (stream !== null) {
            stream.close();
            stream = null;
        }
    }

    function startStream() {
        const source = new EventSource(STREAM);

        stream = source;

        /* The browser would retry by itself, but not after every failure. */
        source.onerror = startPolling;

        source.onmessage = (event) => {
            streamed = true;
            later(startPolling, SILENCE_MS);
            receive(JSON.parse(event.data));
        };

        /* A proxy that buffers holds the frames back for ever. */
        later(startPolling, SILENCE_MS);
    }

    function startPolling() {
        clearTimeout(timer);
        closeStream();
        polledSince = performance.now();
        poll();
    }

    async function poll() {
        const asked = performance.now();

        try {
            const answer = await fetch(STATS, {
                cache: "no-store",
                signal: AbortSignal.timeout(ANSWER_MS),
            });

            if (!answer.ok) {
                throw new Error(`the gateway answers ${answer.status}`);
            }

            receive(await answer.json());

        } catch (error) {
            lost(error);
            return;
        }

        const now = performance.now();

        if (streamed && now - polledSince > RESTREAM_MS) {
            startStream();
            return;
        }

        later(poll, Math.max(0, POLL_MS - (now - asked)));
    }

    function receive(frame) {
        if (ended) {
            return;
        }

        failures = 0;
        onLink({ up: true, reason: "" });
        onFrame(frame);
    }

    function lost(error) {
        if (ended) {
            return;
        }

        failures++;
        onLink({ up: false, reason: reasonOf(error) });
        later(poll, Math.min(POLL_MS * failures, RETRY_MS));
    }

    startStream();

    return () => {
        ended = true;
        clearTimeout(timer);
        closeStream();
    };
}
