/*
 * What the reader must know before believing a number: said in words, the
 * gravest first.  "text" stands still as long as the matter does; what counts
 * on, such as an age, is "detail".
 */

import { clock, span } from "./format.js";

export const STALE_SECONDS = 3;

const VERSION = 1;
const NAMED = 3;


function aboutLink({ frame, link, age }) {
    if (link === null || link.up) {
        if (frame !== null && age > STALE_SECONDS) {
            return [{
                mood: "warn",
                text: "The numbers stand still: the gateway sends no new ones.",
                detail: `For ${span(age)}.`,
            }];
        }

        return [];
    }

    if (frame === null) {
        return [{
            mood: "bad",
            text: `No statistics yet: ${link.reason}. Trying again by itself.`,
            detail: "",
        }];
    }

    return [{
        mood: "bad",
        text: `Connection lost: ${link.reason}. Trying again by itself. `
              + `The numbers are those of ${clock(frame.time)}.`,
        detail: `${span(age)} ago.`,
    }];
}


/* One worker by its name, a few by theirs, more by their number as well. */

function called(workers) {
    const names = workers.map(({ worker }) => worker);

    if (names.length === 1) {
        return `Ingest worker ${names[0]} is`;
    }

    const rest = names.length - NAMED;

    return `${names.length} ingest workers (${names.slice(0, NAMED).join(", ")}`
           + `${rest > 0 ? ` and ${rest} more` : ""}) are`;
}


function aboutWorkers(workers) {
    const list = [];
    const alive = workers.filter((worker) => worker.alive);

    const gone = workers.filter(({ alive }) => !alive);
    const paused = alive.filter(({ paused }) => paused);

    if (gone.length > 0) {
        list.push({
            mood: "bad",
            text: `${called(gone)} gone: `
                  + `${gone.length > 1 ? "they report" : "it reports"} no more.`,
            detail: `Last heard of ${
                span(Math.max(...gone.map(({ age_ms }) => age_ms)) / 1000)
            } ago.`,
        });
    }

    if (alive.length === 0) {
        list.push({
            mood: "warn",
            text: "No ingest worker reports, so no vector changes. "
                  + "Start one with: vfs ingest",
            detail: "",
        });
    }

    if (paused.length > 0) {
        list.push({
            mood: "warn",
            text: `${called(paused)} paused until the index takes writes `
                  + "again. Events wait in Kafka.",
            detail: "",
        });
    }

    const definitions = new Set(alive.map(({ definition }) => definition));

    if (definitions.size > 1) {
        list.push({
            mood: "warn",
            text: "Ingest workers run different feature definitions: "
                  + `${[...definitions].join(", ")}.`,
            detail: "",
        });
    }

    return list;
}


/* What is served must be what a model is trained on. */

function aboutSkew(verification) {
    if (verification === undefined || verification.mismatches === 0) {
        return [];
    }

    const { compared, mismatches } = verification;

    return [{
        mood: "bad",
        text: "Served vectors differ from a replay of the events, so a model "
              + "would be trained on other numbers than it is asked with.",
        detail: `${mismatches} of ${compared} in the last round.`,
    }];
}


export function notices({ frame, link, age }) {
    const list = aboutLink({ frame, link, age });

    if (frame === null) {
        return list;
    }

    if (frame.version !== VERSION) {
        list.push({
            mood: "warn",
            text: "This page is of another version than the gateway: "
                  + "reload it.",
            detail: "",
        });
    }

    return list.concat(aboutWorkers(frame.ingest.workers),
                       aboutSkew(frame.verification));
}
