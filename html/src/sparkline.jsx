/*
 * The shape of the last minutes, without axes: the figure beside it says how
 * much.
 */

import { createMemo } from "solid-js";

const WIDTH = 120;
const HEIGHT = 32;
const LONGEST = 120;            /* seconds */
const SHORTEST = 30;


export function Sparkline(props) {
    const paths = createMemo(() => {
        const samples = props.samples();
        const end = samples[samples.length - 1]?.t ?? 0;
        const points = samples.filter(({ t }) => t > end - LONGEST);
        const seconds = Math.max(SHORTEST, end - (points[0]?.t ?? end));
        const highest = points.reduce((most, sample) => (
            Math.max(most, props.value(sample) ?? 0)), 0) || 1;

        let line = "";
        let area = "";
        let from = null;
        let last = null;

        function close() {
            if (from !== null) {
                area += `L${last} ${HEIGHT}L${from} ${HEIGHT}Z`;
                from = null;
            }
        }

        for (const sample of points) {
            const value = props.value(sample);

            if (value == null) {
                close();
                continue;
            }

            const x = (WIDTH * (1 - (end - sample.t) / seconds)).toFixed(1);
            const y = (HEIGHT - 1 - (HEIGHT - 3) * value / highest).toFixed(1);
            const step = `${from === null ? "M" : "L"}${x} ${y}`;

            line += step;
            area += step;
            from ??= x;
            last = x;
        }

        close();

        return { line, area };
    });

    return (
        <svg class="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
             preserveAspectRatio="none" aria-hidden="true">
            <path class="area" d={paths().area} />
            <path class="line" d={paths().line} />
        </svg>
    );
}
