/*
 * One second of the gateway's statistics as the flat numbers that charts
 * draw.  Rates that the gateway states are taken as they are; counters become
 * rates by the difference to the frame before.
 */


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


/* Requests by outcome over all routes, totals since the gateway started. */

export function outcomes(gateway) {
    return {
        requests: sum(gateway.routes, (route) => route.requests),
        client: sum(gateway.routes, (route) => route.status["4xx"]),
        server: sum(gateway.routes, (route) => route.status["5xx"]),
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


export function sampleOf(frame, before) {
    const { gateway, ingest } = frame;
    const seconds = before === null ? 0 : (frame.time - before.time) / 1000;
    const now = outcomes(gateway);
    const then = before === null ? {} : outcomes(before.gateway);
    const workers = ingest.workers;
    const workersBefore = before === null ? [] : before.ingest.workers;
    const route = slowest(gateway.routes);
    const stored = ingest.event_to_stored_us;
    const ingesting = workers.some((worker) => worker.alive);

    return {
        t: frame.time / 1000,

        requestRate: gateway.rates["1s"],
        eventRate: ingesting ? ingest.events_per_second : null,
        upsertRate: ingesting ? ingest.upserts_per_second : null,

        route: route === null ? null : route.route,
        p50: route === null ? null : route.recent_us.p50,
        p99: route === null ? null : route.recent_us.p99,

        requests: now.requests,
        failures: now.server,
        clientErrorRate: growth(now.client, then.client, seconds),
        serverErrorRate: growth(now.server, then.server, seconds),
        deadLetterRate: workersGrowth(workers, workersBefore, "dead_letters",
                                      seconds),
        retryRate: workersGrowth(workers, workersBefore, "retries", seconds),

        stored50: ingesting && stored.count > 0 ? stored.p50 : null,
        stored99: ingesting && stored.count > 0 ? stored.p99 : null,
        lag: lags(workers),
    };
}
