/*
 * Routes of the gateway and workers of the ingest, each a row.
 */

import { For, Index, Show } from "solid-js";

import * as format from "./format.js";
import { MEANINGS } from "./meanings.js";

const FASTEST = 10;             /* microseconds at the left end of a spread */
const DECADES = 6;              /* and ten seconds at its right end */


function position(us) {
    const decades = Math.log10(Math.max(us, FASTEST) / FASTEST);

    return 100 * Math.min(decades / DECADES, 1);
}


/* A latency distribution on a logarithmic ruler from 10 us to 10 s. */

function Spread(props) {
    const at = (name) => position(props.latency[name]);
    const label = () => ["p50", "p90", "p99", "p999", "max"].map((name) => (
        `${name} ${format.duration(props.latency[name])}`)).join(", ");

    return (
        <svg class="spread" role="img" aria-label={label()}
             viewBox="0 0 100 16" preserveAspectRatio="none">
            <title>{label()}</title>
            <path class="ruler"
                  d={Array.from({ length: DECADES + 1 }, (_, i) => (
                      `M${100 * i / DECADES} 3v10`)).join("")} />
            <path class="tail" d={`M${at("p50")} 8H${at("max")}`} />
            <path class="body" d={`M${at("p50")} 8H${at("p99")}`} />
            <path class="middle" d={`M${at("p50")} 2v12`} />
        </svg>
    );
}


function Table(props) {
    return (
        <div class="table">
            <header>
                <h2 id={props.id}>{props.title}</h2>
                <span class="note">{props.note}</span>
            </header>
            <div class="scroll" tabindex="0" role="region"
                 aria-labelledby={props.id}>
                {props.children}
            </div>
        </div>
    );
}


function Column(props) {
    return (
        <th scope="col" title={MEANINGS[props.children]}>{props.children}</th>
    );
}


export function Routes(props) {
    const routes = () => props.frame()?.gateway.routes ?? [];

    return (
        <Table id="routes" title="Routes" note="since the gateway started">
            <table>
                <thead>
                    <tr>
                        <th scope="col">Route</th>
                        <th scope="col">Per second</th>
                        <th scope="col">Requests</th>
                        <Column>In flight</Column>
                        <th scope="col">4xx</th>
                        <th scope="col">5xx</th>
                        <th scope="col">p50</th>
                        <th scope="col">p99</th>
                        <th scope="col">p99.9</th>
                        <th scope="col">Max</th>
                        <th scope="col" class="wide">
                            <span class="scale">
                                <span>10 µs</span>
                                <span>10 ms</span>
                                <span>10 s</span>
                            </span>
                        </th>
                    </tr>
                </thead>
                <tbody>
                    <Index each={routes()}>
                        {(route) => <Route route={route()} />}
                    </Index>
                </tbody>
                <tbody>
                    <Index each={props.frame()?.gateway.upstream ?? []}>
                        {(operation) => (
                            <Operation operation={operation()}
                                       rate={props.latest()?.index?.[
                                           operation().operation]} />
                        )}
                    </Index>
                </tbody>
            </table>
        </Table>
    );
}


/* Four cells of numbers and the ruler, alike for routes and for the index. */

function Latency(props) {
    const asked = () => props.latency.count > 0;
    const cell = (name) => (asked() ? format.duration(props.latency[name])
                                    : format.NOTHING);

    return (
        <>
            <td>{cell("p50")}</td>
            <td>{cell("p99")}</td>
            <td>{cell("p999")}</td>
            <td>{cell("max")}</td>
            <td class="wide">
                <Show when={asked()}>
                    <Spread latency={props.latency} />
                </Show>
            </td>
        </>
    );
}


/* What the gateway asked the index: how much of a route's time is not its. */

function Operation(props) {
    const operation = () => props.operation;

    return (
        <tr classList={{ idle: operation().requests === 0 }}>
            <th scope="row">
                {operation().operation} <span class="note">at the index</span>
            </th>
            <td>{format.rate(props.rate)}</td>
            <td>{format.count(operation().requests)}</td>
            <td />
            <td colSpan="2" classList={{ bad: operation().errors > 0 }}>
                {format.count(operation().errors)}
                {operation().errors === 1 ? " error" : " errors"}
            </td>
            <Latency latency={operation().latency_us} />
        </tr>
    );
}


function Route(props) {
    const asked = () => props.route.latency_us.count > 0;
    const status = (name) => props.route.status[name];

    return (
        <tr classList={{ idle: !asked() }}>
            <th scope="row">{props.route.route}</th>
            <td>{format.rate(props.route.rates["10s"])}</td>
            <td>{format.count(props.route.requests)}</td>
            <td>{format.count(props.route.in_flight)}</td>
            <td>{format.count(status("4xx"))}</td>
            <td classList={{ bad: status("5xx") > 0 }}>
                {format.count(status("5xx"))}
            </td>
            <Latency latency={props.route.latency_us} />
        </tr>
    );
}


/* A counter by reason over all workers: "limit 5, timeout 1". */

function reasons(workers, name) {
    const total = new Map();

    for (const worker of workers) {
        for (const [reason, count] of Object.entries(worker[name] ?? {})) {
            total.set(reason, (total.get(reason) ?? 0) + count);
        }
    }

    return [...total].filter(([, count]) => count > 0)
                     .sort(([, a], [, b]) => b - a)
                     .map(([reason, count]) => (
                         `${reason.replaceAll("_", " ")} `
                         + format.count(count)))
                     .join(", ");
}


function Reasons(props) {
    return (
        <Show when={props.text !== ""}>
            <p class="reasons"><b>{props.title}</b> {props.text}</p>
        </Show>
    );
}


/* Those that want to be looked at come first. */

function urgency({ alive, paused }) {
    return !alive ? 0 : paused ? 1 : 2;
}


export function Workers(props) {
    const workers = () => [...props.frame()?.ingest.workers ?? []].sort(
        (a, b) => urgency(a) - urgency(b));

    return (
        <Table id="workers" title="Ingest workers" note="as they report">
            <Show when={workers().length > 0}
                  fallback={<p class="empty">None has reported yet.</p>}>
                <table>
                    <thead>
                        <tr>
                            <th scope="col">Worker</th>
                            <th scope="col">State</th>
                            <th scope="col">Up</th>
                            <th scope="col">Events/s</th>
                            <th scope="col">Upserts/s</th>
                            <Column>Waiting</Column>
                            <Column>Pending</Column>
                            <Column>Keys</Column>
                            <Column>Retries</Column>
                            <Column>Dead letters</Column>
                            <Column>Readable p99</Column>
                            <Column>Definition</Column>
                        </tr>
                    </thead>
                    <tbody>
                        <Index each={workers()}>
                            {(worker) => <Worker worker={worker()} />}
                        </Index>
                    </tbody>
                </table>
                <Reasons title="Dead letters:"
                         text={reasons(workers(), "dead_letters")} />
                <Reasons title="Retries:"
                         text={reasons(workers(), "retries")} />
            </Show>
        </Table>
    );
}


/* Whether what is served is what a model is trained on: vfs-train verify. */

export function Verifiers(props) {
    const verification = () => props.frame().verification;

    return (
        <Table id="verifiers" title="Training and serving"
               note="vectors served against a replay of the events">
            <table>
                <thead>
                    <tr>
                        <th scope="col">Verifier</th>
                        <th scope="col">Last heard of</th>
                        <th scope="col">Rounds</th>
                        <th scope="col">Compared</th>
                        <th scope="col">Different</th>
                        <th scope="col">Missing</th>
                        <th scope="col">Extra</th>
                        <th scope="col">Not comparable</th>
                        <th scope="col">Last round, per million</th>
                        <Column>Definition</Column>
                    </tr>
                </thead>
                <tbody>
                    <Index each={verification().verifiers}>
                        {(verifier) => <Verifier verifier={verifier()} />}
                    </Index>
                </tbody>
            </table>
        </Table>
    );
}


function Verifier(props) {
    const it = () => props.verifier;
    const million = () => (it().round.compared > 0
                           ? 1e6 * it().round.mismatches / it().round.compared
                           : null);

    return (
        <tr>
            <th scope="row">{it().verifier}</th>
            <td>{format.span(it().age_ms / 1000)} ago</td>
            <td>{format.count(it().rounds)}</td>
            <td>{format.count(it().compared)}</td>
            <Index each={["different", "missing", "extra"]}>
                {(kind) => (
                    <td classList={{ bad: it()[kind()] > 0 }}>
                        {format.count(it()[kind()])}
                    </td>
                )}
            </Index>
            <td>{format.count(it().not_comparable)}</td>
            <td classList={{ bad: million() > 0 }}>
                {format.rate(million())}
            </td>
            <td><code>{it().definition.slice(0, 8)}</code></td>
        </tr>
    );
}


function state({ alive, paused, age_ms }) {
    if (!alive) {
        return { mood: "bad", text: `gone for ${format.span(age_ms / 1000)}` };
    }

    return paused ? { mood: "warn", text: "paused" }
                  : { mood: "good", text: "running" };
}


function Worker(props) {
    const counters = () => props.worker.counters;
    const gauges = () => props.worker.gauges;
    const stored = () => props.worker.event_to_stored_us;
    const waiting = () => Object.values(props.worker.lag)
                                .reduce((sum, lag) => sum + lag, 0);

    return (
        <tr classList={{ idle: !props.worker.alive }}>
            <th scope="row">{props.worker.worker}</th>
            <td>
                <span class={`state ${state(props.worker).mood}`}>
                    {state(props.worker).text}
                </span>
            </td>
            <td>{format.span(props.worker.uptime_seconds)}</td>
            <td>{format.rate(props.worker.rates.events)}</td>
            <td>{format.rate(props.worker.rates.upserts)}</td>
            <td>{format.count(waiting())}</td>
            <td>{format.count(gauges().pending)}</td>
            <td title={format.count(gauges().state_keys)}>
                {format.short(gauges().state_keys)}
            </td>
            <td>{format.count(counters().retries)}</td>
            <td>{format.count(counters().dead_letters)}</td>
            <td>
                {format.duration(stored().count > 0 ? stored().p99 : null)}
            </td>
            <td><code>{props.worker.definition.slice(0, 8)}</code></td>
        </tr>
    );
}


/* For those without a mouse, and for the first visit. */

export function Meanings() {
    return (
        <details class="meanings">
            <summary>What the numbers mean</summary>
            <dl>
                <For each={Object.entries(MEANINGS)}>
                    {([term, meaning]) => (
                        <div>
                            <dt>{term}</dt>
                            <dd>{meaning}</dd>
                        </div>
                    )}
                </For>
            </dl>
        </details>
    );
}
