/*
 * One second of the gateway's statistics as the flat numbers that charts
 * draw.  Rates that the gateway states are taken as they are; counters become
 * rates by the difference to the frame before.
 */

const RECENT = 10;      /* seconds */


/*
 * The growth of a counter a second.  A counter that went back belongs to a
 * process that was started anew: nothing is known about that second.
 */

function growth(now, before, seconds) {
    if (before == null || seconds <= 0 || now < before) {
        return null;
    }

    return (now - before) / seconds;
}


function sum(list, value) {
    return list.reduce((total, item) => total + value(item), 0);
}


/*
 * How much each bucket of a histogram grew: pairs of a lower bound and a
 * count, like the totals themselves.
 */

export function cells(now, before) {
    const then = new Map(before);

    return now.map(([lower, count]) => [lower, count - (then.get(lower) ?? 0)])
              .filter(([, count]) => count > 0);
}


/*
 * Where a bucket ends: docs/stats.md has eight microseconds to a bucket up to
 * 32, then four buckets to each power of two.
 */

export function bucketEnd(lower) {
    return lower < 32 ? lower + 8
                      : lower + 2 ** Math.floor(Math.log2(lower)) / 4;
}


/*
 * The q-quantile by nearest rank, the observations of a bucket taken to be
 * spread evenly over it; or null.
 */

export function quantile(histograms, q) {
    const all = histograms.flat().sort(([a], [b]) => a - b);
    let rank = Math.ceil(q * sum(all, ([, count]) => count));

    for (const [lower, count] of all) {
        if (rank <= count) {
            const share = (rank - 0.5) / count;

            return lower + share * (bucketEnd(lower) - lower);
        }

        rank -= count;
    }

    return null;
}


/*
 * What recommenders ask.  The rest is this page's own polling, health checks
 * and the like: it would blur what is asked about.
 */

function asked(gateway) {
    return gateway.routes.filter(({ route }) => route !== "other");
}


/* Requests by outcome over all routes, totals since the gateway started. */

function outcomes(routes) {
    return {
        requests: sum(routes, (route) => route.requests),
        client: sum(routes, (route) => route.status["4xx"]),
        server: sum(routes, (route) => route.status["5xx"]),
    };
}


/*
 * The route whose recent 99th percentile is worst.  No quantile of all routes
 * together can be above it, so while it is fine, all is.
 */

export function slowest(routes) {
    let worst = null;

    for (const route of routes) {
        if (route.recent_us.count > 0
            && (worst === null || route.recent_us.p99 > worst.recent_us.p99))
        {
            worst = route;
        }
    }

    return worst;
}


/* Events waiting by partition; of two workers' words on one, the larger. */

export function lags(workers) {
    const lag = {};

    for (const worker of workers) {
        if (!worker.alive) {
            continue;
        }

        for (const [partition, events] of Object.entries(worker.lag)) {
            lag[partition] = Math.max(lag[partition] ?? 0, events);
        }
    }

    return lag;
}


/* Workers come and go, so each one's counter is compared with its own. */

function workersGrowth(workers, before, counter, seconds) {
    const known = new Map(before.map((worker) => [worker.worker, worker]));
    let total = null;

    for (const worker of workers) {
        const old = known.get(worker.worker);
        const rate = growth(worker.counters[counter],
                            old?.counters[counter], seconds);

        if (rate !== null) {
            total = (total ?? 0) + rate;
        }
    }

    return total;
}


/* The mean of what is known of the last seconds, or null. */

function mean(values) {
    const known = values.filter((value) => value != null);

    return known.length === 0 ? null
           : sum(known, (value) => value) / known.length;
}


/*
 * Lags and errors jump from second to second; their means over the last
 * seconds are what can be read.
 */

function means(samples) {
    const of = (name) => mean(samples.map((sample) => sample[name]));
    const partitions = new Set(samples.flatMap(({ lag }) => Object.keys(lag)));

    return {
        lag: Object.fromEntries([...partitions].map((partition) => [
            partition, mean(samples.map(({ lag }) => lag[partition]))])),
        serverErrors: of("serverErrorRate"),
        clientErrors: of("clientErrorRate"),
        deadLetters: of("deadLetterRate"),
        retries: of("retryRate"),
    };
}


/* The index's answers a second, by operation. */

function indexRates(upstream, before, seconds) {
    return Object.fromEntries(upstream.map(({ operation, requests }) => [
        operation,
        growth(requests, before?.find((old) => (
            old.operation === operation))?.requests, seconds)]));
}


/*
 * "before" is the frame before, or null; "past" the samples so far.  Of the
 * time from event to readable the gateway tells totals since the workers'
 * start, so the last seconds are counted here.
 */

export function sampleOf(frame, before, past) {
    const { gateway, ingest } = frame;
    const seconds = before === null ? 0 : (frame.time - before.time) / 1000;
    const routes = asked(gateway);
    const now = outcomes(routes);
    const then = before === null ? {} : outcomes(asked(before.gateway));
    const workers = ingest.workers;
    const workersBefore = before === null ? [] : before.ingest.workers;
    const route = slowest(routes);
    const stored = before === null ? []
                   : cells(ingest.event_to_stored_buckets_us,
                           before.ingest.event_to_stored_buckets_us);
    const recent = past.filter(({ t }) => t > frame.time / 1000 - RECENT);
    const storedRecently = recent.map((sample) => sample.stored)
                                 .concat([stored]);
    const ingesting = workers.some((worker) => worker.alive);

    const sample = {
        t: frame.time / 1000,

        requestRate: sum(routes, ({ rates }) => rates["1s"]),
        eventRate: ingesting ? ingest.events_per_second : null,
        upsertRate: ingesting ? ingest.upserts_per_second : null,

        route: route === null ? null : route.route,
        p50: route === null ? null : route.recent_us.p50,
        p99: route === null ? null : route.recent_us.p99,

        cells: before === null ? []
               : cells(gateway.latency_buckets_us,
                       before.gateway.latency_buckets_us),

        requests: now.requests,
        failures: now.server,
        clientErrorRate: growth(now.client, then.client, seconds),
        serverErrorRate: growth(now.server, then.server, seconds),
        deadLetterRate: workersGrowth(workers, workersBefore, "dead_letters",
                                      seconds),
        retryRate: workersGrowth(workers, workersBefore, "retries", seconds),

        stored,
        stored50: quantile(storedRecently, 0.5),
        stored99: quantile(storedRecently, 0.99),
        lag: lags(workers),
        index: indexRates(gateway.upstream, before?.gateway.upstream, seconds),
    };

    return { ...sample, mean: means(recent.concat([sample])) };
}
