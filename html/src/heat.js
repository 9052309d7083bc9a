/*
 * Every request of the last minutes by when it came and how long it took: the
 * darker, the more.  Percentiles hide what this shows, such as two humps or a
 * slow tail of a few.
 */

import { bucketEnd } from "./sample.js";
import { colour } from "./theme.js";

const CELL = 4;                 /* pixels across, at least */
const FAINTEST = 0.14;          /* one request must still be seen */


/*
 * Adds up what falls on the same cell.  Cells are whole seconds of the clock,
 * so that they stand still in the picture while it moves.
 */

function collect(samples, step) {
    const columns = new Map();
    let most = 0;

    for (const { t, cells } of samples) {
        const start = Math.floor(t / step) * step;
        const column = columns.get(start) ?? new Map();

        columns.set(start, column);

        for (const [lower, count] of cells) {
            const sum = (column.get(lower) ?? 0) + count;

            column.set(lower, sum);
            most = Math.max(most, sum);
        }
    }

    return { columns, most };
}


/* Draws on a plot whose y axis is in microseconds. */

export function paintHeat(u, samples) {
    const second = u.bbox.width / (u.scales.x.max - u.scales.x.min);
    const step = Math.ceil(CELL * devicePixelRatio / second);
    const { columns, most } = collect(samples, step);
    const { ctx } = u;

    ctx.save();
    ctx.beginPath();
    ctx.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
    ctx.clip();
    ctx.fillStyle = colour("hue1");

    for (const [start, column] of columns) {
        const left = Math.round(u.valToPos(start, "x", true));
        const right = Math.round(u.valToPos(start + step, "x", true));

        for (const [lower, count] of column) {
            const low = u.valToPos(Math.max(lower, 1), "y", true);
            const high = u.valToPos(bucketEnd(lower), "y", true);

            ctx.globalAlpha = FAINTEST
                              + (1 - FAINTEST) * Math.sqrt(count / most);
            ctx.fillRect(left, high, right - left, low - high);
        }
    }

    ctx.restore();
}
