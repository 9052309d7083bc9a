/*
 * The four numbers that matter: are vectors being written, are queries fast,
 * do they succeed, and how old is what they read.
 */

import { Show } from "solid-js";

import * as format from "./format.js";
import { grown } from "./history.js";
import { MEANINGS } from "./meanings.js";
import { Sparkline } from "./sparkline.jsx";


function Figure(props) {
    return (
        <span class="figure">
            <Show when={props.label}>
                <span class="of">{props.label}</span>
            </Show>
            <data value={props.raw ?? ""}>{props.value}</data>
            <small>{props.unit}</small>
        </span>
    );
}


function Tile(props) {
    return (
        <section class={`tile ${props.mood ?? ""}`} id={props.id}
                 aria-label={props.title}>
            <h2 title={MEANINGS[props.title]}>{props.title}</h2>
            <p class="figures">{props.children}</p>
            <p class="caption">{props.caption}</p>
            <Sparkline samples={props.samples} value={props.value} />
        </section>
    );
}


function Duration(props) {
    const parts = () => format.durationParts(props.us);

    return <Figure label={props.label} raw={props.us} value={parts()[0]}
                   unit={parts()[1]} />;
}


export function Headline(props) {
    const now = () => props.latest() ?? {};
    const minute = () => {
        const samples = props.samples();

        return {
            requests: grown(samples, "requests", 60),
            failures: grown(samples, "failures", 60),
        };
    };
    const failing = () => {
        const { requests, failures } = minute();

        return requests > 0 ? failures / requests : null;
    };
    const waiting = () => (now().eventRate == null
                           ? null : props.frame().ingest.lag);

    return (
        <div class="headline">
            <Tile id="upserts" title="Upserts" samples={props.samples}
                  value={(sample) => sample.upsertRate}
                  caption={now().eventRate == null
                           ? "no ingest worker reports"
                           : `from ${format.rate(now().eventRate)} events/s`}>
                <Figure raw={now().upsertRate}
                        value={format.rate(now().upsertRate)}
                        unit={now().upsertRate == null ? "" : "/s"} />
            </Tile>

            <Tile id="latency" title="Query latency" samples={props.samples}
                  value={(sample) => sample.p99}
                  caption={now().route == null
                           ? "no request in the last 10 s"
                           : `slowest route now: ${now().route}`}>
                <Duration label="p50" us={now().p50} />
                <Duration label="p99" us={now().p99} />
            </Tile>

            <Tile id="errors" title="Error rate" samples={props.samples}
                  value={(sample) => sample.serverErrorRate}
                  mood={minute().failures > 0 ? "bad" : ""}
                  caption={minute().requests === 0
                           ? "no request in the last minute"
                           : `${format.count(minute().failures)} of `
                             + `${format.short(minute().requests)} requests `
                             + "in a minute"}>
                <Figure raw={failing()} value={format.percent(failing())}
                        unit={failing() === null ? "" : "%"} />
            </Tile>

            <Tile id="freshness" title="Event to readable"
                  samples={props.samples}
                  value={(sample) => sample.stored99}
                  caption={waiting() === null ? "no ingest worker reports"
                           : `${format.short(waiting())} `
                             + `event${waiting() === 1 ? "" : "s"} waiting`}>
                <Duration label="p50" us={now().stored50} />
                <Duration label="p99" us={now().stored99} />
            </Tile>
        </div>
    );
}
