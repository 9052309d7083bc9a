/*
 * Numbers as people read them.  What is missing (null) is a dash, never a
 * zero: the two mean different things on this page.
 */

export const NOTHING = "\u2013";

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat("en", {
    notation: "compact",
    maximumFractionDigits: 1,
});


function significant(value) {
    const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;

    return String(Number(value.toFixed(digits)));
}


export function count(value) {
    return value == null ? NOTHING : whole.format(value);
}


/* A count where space is short: 12.3K, 4M. */

export function short(value) {
    if (value == null) {
        return NOTHING;
    }

    return value < 10000 ? whole.format(value) : compact.format(value);
}


/* A mean of counts: 0.3, 7, 12.3K. */

export function amount(value) {
    return value == null ? NOTHING
           : value < 10 ? String(Number(value.toFixed(1)))
           : short(Math.round(value));
}


export function rate(value) {
    if (value == null) {
        return NOTHING;
    }

    if (value === 0 || value >= 100) {
        return short(value);
    }

    return value < 0.01 ? "<0.01" : significant(value);
}


/* Microseconds as [figure, unit], so that the unit can be set smaller. */

export function durationParts(us) {
    if (us == null) {
        return [NOTHING, ""];
    }

    if (us < 1000) {
        return [whole.format(us), "\u00b5s"];
    }

    if (us < 1e6) {
        return [significant(us / 1000), "ms"];
    }

    if (us < 120e6) {
        return [significant(us / 1e6), "s"];
    }

    return [significant(us / 60e6), "min"];
}


export function duration(us) {
    return durationParts(us).join("\u202f").trim();
}


export function percent(share) {
    if (share == null) {
        return NOTHING;
    }

    const value = share * 100;

    if (value > 0 && value < 0.01) {
        return "<0.01";
    }

    return significant(value);
}


/* How long something lasts, in its largest unit or two. */

export function span(seconds) {
    if (seconds == null) {
        return NOTHING;
    }

    const s = Math.max(0, Math.floor(seconds));

    if (s < 60) {
        return `${s} s`;
    }

    if (s < 3600) {
        return s < 600 ? `${Math.floor(s / 60)} min ${s % 60} s`
                       : `${Math.floor(s / 60)} min`;
    }

    if (s < 86400) {
        return `${Math.floor(s / 3600)} h ${Math.floor(s % 3600 / 60)} min`;
    }

    return `${Math.floor(s / 86400)} d ${Math.floor(s % 86400 / 3600)} h`;
}


const time = new Intl.DateTimeFormat("en-GB", {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
});


export function clock(ms) {
    return time.format(ms);
}


/* A component or score: enough digits to tell two apart, none to spare. */

export function score(value) {
    return value.toFixed(4);
}
