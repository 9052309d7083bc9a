/*
 * The last quarter of an hour, one sample a second.  Bounded, so that a tab
 * can stay open for weeks; kept over a reload of the page.
 */

const WINDOW = 15 * 60;
const GAP = 5;          /* seconds without a sample: no line across */
const KEY = "vfs-history-2";


export function createHistory() {
    let samples = load();

    function add(sample) {
        const last = samples[samples.length - 1];

        if (last !== undefined) {
            if (sample.t <= last.t) {
                /* The gateway's clock was set back: begin anew. */
                samples = [];

            } else if (sample.t - last.t > GAP) {
                samples.push({ t: last.t + 1, lag: {}, cells: [], stored: [],
                               mean: { lag: {} } });
            }
        }

        samples.push(sample);

        const oldest = sample.t - WINDOW;
        const first = samples.findIndex(({ t }) => t >= oldest);

        samples.splice(0, first);
    }

    return {
        add,
        get samples() {
            return samples;
        },
        save() {
            store(samples);
        },
    };
}


/*
 * What the samples of the last "seconds" say about a counter: its growth, a
 * restart in between left out.
 */

export function grown(samples, name, seconds) {
    const from = samples[samples.length - 1]?.t - seconds;
    let total = 0;

    for (let i = samples.length - 1; i > 0 && samples[i - 1].t >= from; i--) {
        const step = samples[i][name] - samples[i - 1][name];

        if (step > 0) {
            total += step;
        }
    }

    return total;
}


function load() {
    try {
        const saved = JSON.parse(sessionStorage.getItem(KEY));

        return Array.isArray(saved) ? saved : [];

    } catch {
        return [];
    }
}


function store(samples) {
    try {
        sessionStorage.setItem(KEY, JSON.stringify(samples));

    } catch {
        /* Storage can be full or forbidden; the charts then start empty. */
    }
}
