/*
 * A live line chart: uPlot in a figure, with a legend that tells the values
 * under the cursor, or the newest ones.  All charts share one cursor in time.
 */

import { createEffect, createMemo, createSignal, For, onCleanup, onMount, Show,
         untrack } from "solid-js";
import uPlot from "uplot";

import { clock } from "./format.js";
import { MEANINGS } from "./meanings.js";
import { colour, theme } from "./theme.js";

const [cursorTime, setCursorTime] = createSignal(null);

export { cursorTime, setCursorTime };

const HEIGHT = 168;
const AXIS_WIDTH = 52;
const SHORTEST = 60;            /* seconds that the time axis spans at least */
const FONT = "11px 'Host Grotesk Variable', system-ui, sans-serif";


/* At the edges of the plot a label would be cut off or meet another axis. */

function timeLabels(u, splits, axis, space, step) {
    const width = u.bbox.width / devicePixelRatio;

    return splits.map((t) => {
        const text = clock(t * 1000).slice(0, step < 60 ? 8 : 5);
        const x = u.valToPos(t, "x");
        const room = text.length * 3.2;

        return x < room || x > width - room ? "" : text;
    });
}


/* From zero up, with air above the highest value. */

function linearRange(u, min, max) {
    return [0, max > 0 ? max * 1.12 : 1];
}


/* At least two decades, so that noise does not look like a disaster. */

function logRange(u, min, max) {
    if (min === null || max === null) {
        return [100, 10000];
    }

    const low = 10 ** Math.floor(Math.log10(Math.max(min, 1)));
    const high = 10 ** Math.ceil(Math.log10(Math.max(max, 1) * 1.05));

    return [low, Math.max(high, low * 100)];
}


/* Of a logarithmic ruler, the powers of ten only. */

function decades(u, splits) {
    return splits.map((value) => (
        Number.isInteger(Math.log10(value)) ? value : null));
}


function options(props, lines) {
    const axis = {
        font: FONT,
        stroke: () => colour("soft"),
        ticks: { show: false },
        grid: { stroke: () => colour("rule"), width: 1 },
    };
    const grid = props.log ? { ...axis.grid, filter: decades } : axis.grid;

    return {
        width: 300,
        height: HEIGHT,
        padding: [10, 4, 0, 0],
        legend: { show: false },
        cursor: {
            y: false,
            drag: { x: false, y: false, setScale: false },
            points: { size: 7, width: 2 },
        },
        scales: {
            x: {
                time: true,
                range: (u, min, max) => [min, Math.max(max, min + SHORTEST)],
            },
            y: props.log ? { distr: 3, range: logRange }
                         : { range: linearRange },
        },
        axes: [
            { ...axis, grid: { show: false }, values: timeLabels, space: 64,
              size: 26, gap: 6 },
            { ...axis, grid, size: AXIS_WIDTH, gap: 6, space: 34,
              filter: props.log ? decades : undefined,
              values: (u, splits) => splits.map((value) => (
                  value === null || props.whole && !Number.isInteger(value)
                  ? "" : props.format(value))) },
        ],
        series: [
            {},
            ...lines.map((line) => ({
                stroke: line.colour ? () => colour(line.colour)
                                    : "transparent",
                fill: line.filled ? () => colour(line.colour) + "1f"
                                  : undefined,
                width: 1.75,
                points: { show: false },
            })),
        ],
        bands: props.band
               ? [{ series: [2, 1],
                    fill: () => colour(lines[1].colour) + "26" }]
               : undefined,
        hooks: {
            drawAxes: props.paint
                      ? [(u) => props.paint(u, untrack(props.samples))] : [],
            setCursor: [(u) => {
                const { idx, left } = u.cursor;
                setCursorTime(left < 0 || idx == null ? null : u.data[0][idx]);
            }],
        },
    };
}


/* The sample nearest to a time: samples are in order, about one a second. */

export function sampleAt(samples, t) {
    let low = 0;
    let high = samples.length - 1;

    while (low < high) {
        const middle = (low + high) >> 1;

        if (samples[middle].t < t) {
            low = middle + 1;

        } else {
            high = middle;
        }
    }

    return samples[low];
}


/*
 * props: title, note, samples() in order of time, lines() with { label, colour,
 * value(sample), filled }, format(value), log, band (between the first two
 * lines), whole (values are integers), paint(plot, samples) behind the lines,
 * empty (what to say when there is nothing to draw).  A line without a colour
 * is in the legend only.
 */

export function Chart(props) {
    let box;
    let plot = null;

    const names = createMemo(() => props.lines().map(({ label }) => label)
                                        .join("\n"));

    const data = createMemo(() => {
        const samples = props.samples();

        return [
            samples.map(({ t }) => t),
            ...props.lines().map(({ value }) => samples.map((sample) => (
                value(sample) ?? null))),
        ];
    });

    const blank = createMemo(() => data().slice(1).every((column) => (
        column.every((value) => value === null))));

    const shown = () => {
        const samples = props.samples();
        const t = cursorTime();

        return t === null ? samples[samples.length - 1]
                          : sampleAt(samples, t);
    };

    const described = () => {
        const sample = shown();
        const values = sample === undefined || blank()
                       ? props.empty
                       : props.lines().map(({ label, value }) => (
                           `${label} ${props.format(value(sample))}`
                       )).join(", ");

        return `${props.title}: ${values}`;
    };

    function rebuild() {
        plot?.destroy();
        plot = new uPlot(options(props, props.lines()), data(), box);
        resize();
    }

    function resize() {
        if (plot !== null && box.clientWidth > 0
            && box.clientWidth !== plot.width)
        {
            plot.setSize({ width: box.clientWidth, height: HEIGHT });
        }
    }

    function follow(t) {
        if (plot === null) {
            return;
        }

        const left = t === null ? -10 : plot.valToPos(t, "x");

        if (Math.abs(left - plot.cursor.left) >= 1) {
            plot.setCursor({ left, top: 0 }, false);
        }
    }

    onMount(() => {
        const observer = new ResizeObserver(resize);

        observer.observe(box);

        createEffect(() => {
            names();
            untrack(rebuild);
        });

        createEffect(() => {
            const columns = data();

            if (columns.length === plot.series.length) {
                plot.setData(columns);
            }
        });

        createEffect(() => {
            follow(cursorTime());
        });

        createEffect(() => {
            theme();
            plot.redraw(false);
        });

        onCleanup(() => {
            observer.disconnect();
            plot.destroy();
        });
    });

    return (
        <figure class="chart">
            <figcaption>
                <h3 title={MEANINGS[props.title]}>{props.title}</h3>
                <Show when={props.note}>
                    <span class="note">{props.note}</span>
                </Show>
            </figcaption>
            <ul class="legend" aria-hidden="true">
                <For each={props.lines()}>
                    {(line) => (
                        <li>
                            <Show when={line.colour}>
                                <i class={`key ${line.colour}`} />
                            </Show>
                            {line.label}
                            {" "}
                            <b>
                                {props.format(shown() && line.value(shown()))}
                            </b>
                        </li>
                    )}
                </For>
            </ul>
            <div class="plot" role="img" aria-label={described()}>
                <div ref={box} />
                <Show when={blank()}>
                    <p class="empty">{props.empty}</p>
                </Show>
            </div>
        </figure>
    );
}
