/*
 * The last quarter of an hour.
 */

import { createMemo } from "solid-js";

import { Chart, cursorTime, sampleAt, setCursorTime } from "./chart.jsx";
import * as format from "./format.js";
import { paintHeat } from "./heat.js";
import { bucketEnd } from "./sample.js";

const PARTITION_LINES = 6;
const HUES = ["hue1", "hue2", "hue3", "hue4", "hue5", "hue6"];

const THROUGHPUT = [
    { label: "events/s", colour: "hue2", value: (sample) => sample.eventRate },
    { label: "upserts/s", colour: "hue1", value: (sample) => sample.upsertRate,
      filled: true },
    { label: "requests/s", colour: "hue3",
      value: (sample) => sample.requestRate },
];

const LATENCY = [
    { label: "p50", colour: "hue1", value: (sample) => sample.p50 },
    { label: "p99", colour: "hue2", value: (sample) => sample.p99 },
];

const RANGE = [
    { label: "fastest", value: ({ cells }) => cells[0]?.[0] },
    { label: "slowest",
      value: ({ cells }) => cells.length > 0
                            ? bucketEnd(cells.at(-1)[0]) : null },
];

const FRESHNESS = [
    { label: "p50", colour: "hue1", value: (sample) => sample.stored50 },
    { label: "p99", colour: "hue2", value: (sample) => sample.stored99 },
];

const ERRORS = [
    { label: "5xx/s", colour: "bad", filled: true,
      value: ({ mean }) => mean.serverErrors },
    { label: "4xx/s", colour: "hue3", value: ({ mean }) => mean.clientErrors },
    { label: "dead letters/s", colour: "hue4",
      value: ({ mean }) => mean.deadLetters },
    { label: "retries/s", colour: "hue2", value: ({ mean }) => mean.retries },
];


/*
 * A line for each partition; of many, for those that had the longest queue,
 * and one for the rest together.
 */

function partitionLines(samples) {
    const worst = new Map();

    for (const { mean: { lag } } of samples) {
        for (const [partition, events] of Object.entries(lag)) {
            worst.set(partition,
                      Math.max(worst.get(partition) ?? 0, events));
        }
    }

    const partitions = [...worst.keys()];

    if (partitions.length > PARTITION_LINES) {
        partitions.sort((a, b) => worst.get(b) - worst.get(a));
        partitions.splice(PARTITION_LINES - 1);
    }

    const lines = partitions.sort((a, b) => a - b).map((partition, i) => ({
        label: `partition ${partition}`,
        colour: HUES[i],
        value: ({ mean }) => mean.lag[partition],
    }));

    if (partitions.length < worst.size) {
        lines.push({
            label: "the rest",
            colour: HUES[PARTITION_LINES - 1],
            value: ({ mean }) => restOf(mean.lag, partitions),
        });
    }

    return lines;
}


function restOf(lag, partitions) {
    const rest = Object.keys(lag).filter((name) => !partitions.includes(name));

    return rest.length === 0
           ? null : rest.reduce((sum, name) => sum + lag[name], 0);
}


function sameLabels(a, b) {
    return a.length === b.length
           && a.every(({ label }, i) => label === b[i].label);
}


/*
 * The time that legends speak of.  It is a slider, so that the keyboard and a
 * screen reader reach what the pointer finds by hovering.
 */

function TimeCursor(props) {
    const end = () => props.latest()?.t ?? 0;
    const start = () => props.samples()[0]?.t ?? 0;
    const text = () => (cursorTime() === null
                        ? "now" : clockText(cursorTime(), end()));

    function clockText(t, now) {
        return `${format.clock(t * 1000)}, ${format.span(now - t)} ago`;
    }

    function move(seconds) {
        const samples = props.samples();
        const t = (cursorTime() ?? end()) + seconds;

        if (samples.length > 0) {
            setCursorTime(t >= end() ? null
                          : sampleAt(samples, Math.max(t, start())).t);
        }
    }

    function onKeyDown(event) {
        const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowDown: -10,
                        ArrowUp: 10, PageDown: -60, PageUp: 60,
                        Home: -Infinity, End: Infinity, Escape: Infinity };

        if (event.key in steps) {
            event.preventDefault();
            move(steps[event.key]);
        }
    }

    return (
        <span class="time" role="slider" tabindex="0"
              aria-label="Time shown in the charts"
              aria-valuemin={Math.round(start() - end())} aria-valuemax="0"
              aria-valuenow={Math.round((cursorTime() ?? end()) - end())}
              aria-valuetext={text()} onKeyDown={onKeyDown}
              title="Arrow keys move through time">
            {text()}
        </span>
    );
}


export function Charts(props) {
    const lagLines = createMemo(() => partitionLines(props.samples()), [],
                                { equals: sameLabels });

    return (
        <section class="charts" aria-labelledby="charts-title">
            <header>
                <h2 id="charts-title">Last 15 minutes</h2>
                <TimeCursor samples={props.samples} latest={props.latest} />
            </header>
            <div class="sheet">
                <Chart title="Throughput" samples={props.samples}
                       lines={() => THROUGHPUT} format={format.rate}
                       empty="Nothing has come yet." />
                <Chart title="Query latency" note="slowest route, 10 s window"
                       samples={props.samples} lines={() => LATENCY} log band
                       format={format.duration}
                       empty="No request since this page was opened." />
                <Chart title="Every request" note="by its latency"
                       samples={props.samples} lines={() => RANGE} log
                       paint={paintHeat} format={format.duration}
                       empty="No request since this page was opened." />
                <Chart title="Event to readable" note="10 s window"
                       samples={props.samples} lines={() => FRESHNESS} log band
                       format={format.duration}
                       empty="No event since this page was opened." />
                <Chart title="Events waiting" note="by partition, 10 s mean"
                       samples={props.samples} lines={lagLines}
                       format={format.amount} whole
                       empty="No ingest worker has reported yet." />
                <Chart title="Errors" note="10 s mean" samples={props.samples}
                       lines={() => ERRORS} format={format.rate}
                       empty="Nothing has come yet." />
            </div>
        </section>
    );
}
