/*
 * The page: one stream of frames, shown in several ways.
 */

import { createEffect, createMemo, createSignal, Index, onCleanup, onMount,
         Show } from "solid-js";

import { Charts } from "./charts.jsx";
import * as format from "./format.js";
import { Headline } from "./headline.jsx";
import { createHistory } from "./history.js";
import { notices, STALE_SECONDS } from "./notices.js";
import { Query } from "./query.jsx";
import { sampleOf } from "./sample.js";
import { connect } from "./source.js";
import { Meanings, Routes, Verifiers, Workers } from "./tables.jsx";
import { theme, toggleTheme } from "./theme.js";

const TICK_MS = 500;


function Status(props) {
    const state = createMemo(() => {
        const { frame, link, age } = props.state();

        if (link !== null && !link.up) {
            return { mood: "bad", text: "Connection lost" };
        }

        if (frame === null) {
            return { mood: "", text: "Connecting" };
        }

        return age > STALE_SECONDS ? { mood: "warn", text: "Stale" }
                                   : { mood: "good", text: "Live" };
    });

    /* A tab in the background says so, too. */
    createEffect(() => {
        const { mood, text } = state();

        document.title = mood === "good" || mood === "" ? "vfs"
                         : `${text} \u2013 vfs`;
    });

    return (
        <span class={`state ${state().mood}`} role="status" id="status">
            {state().text}
        </span>
    );
}


function ThemeButton() {
    return (
        <button type="button" class="quiet" onClick={toggleTheme}
                aria-label={`Switch to ${
                    theme() === "dark" ? "light" : "dark"} colours`}>
            {theme() === "dark" ? "Light" : "Dark"}
        </button>
    );
}


function Masthead(props) {
    const frame = () => props.state().frame;

    return (
        <header class="masthead">
            <h1>
                <img src="favicon.svg" alt="" width="28" height="28" />
                vfs <span>feature store</span>
            </h1>
            <Status state={props.state} />
            <Show when={frame()}>
                <span class="build">
                    {frame().build.version}
                    {" on nginx "}{frame().build.nginx}
                    {", up "}{format.span(frame().uptime_seconds)}
                </span>
            </Show>
            <ThemeButton />
        </header>
    );
}


function Notices(props) {
    return (
        <div class="notices" aria-live="polite">
            <Index each={notices(props.state())}>
                {(notice) => (
                    <p class={notice().mood}>
                        {notice().text}
                        {" "}
                        <span aria-hidden="true">{notice().detail}</span>
                    </p>
                )}
            </Index>
        </div>
    );
}


export function App() {
    const history = createHistory();
    const [frame, setFrame] = createSignal(null);
    const [link, setLink] = createSignal(null, {
        equals: (a, b) => a !== null && a.up === b.up && a.reason === b.reason,
    });
    const [samples, setSamples] = createSignal(history.samples,
                                               { equals: false });
    const [now, setNow] = createSignal(performance.now());
    let receivedAt = 0;

    function receive(next) {
        const before = frame();

        /* The same moment again is no news: a cache may stand between. */
        if (before !== null && next.time === before.time) {
            return;
        }

        receivedAt = performance.now();
        history.add(sampleOf(next, before, history.samples));
        setFrame(next);
        setSamples(history.samples);
        setNow(receivedAt);
    }

    const latest = createMemo(() => (frame() === null
                                     ? undefined : samples().at(-1)));
    const state = createMemo(() => ({
        frame: frame(),
        link: link(),
        age: Math.max(0, (now() - receivedAt) / 1000),
    }));
    const faded = () => link()?.up === false
                        || frame() !== null && state().age > STALE_SECONDS;

    onMount(() => {
        const stop = connect({ onFrame: receive, onLink: setLink });
        const timer = setInterval(() => setNow(performance.now()), TICK_MS);

        addEventListener("pagehide", history.save);

        onCleanup(() => {
            stop();
            clearInterval(timer);
            removeEventListener("pagehide", history.save);
        });
    });

    return (
        <>
            <Masthead state={state} />
            <Notices state={state} />
            <main classList={{ faded: faded() }}>
                <Headline frame={frame} latest={latest} samples={samples} />
                <Charts latest={latest} samples={samples} />
                <Query />
                <div class="tables">
                    <Routes frame={frame} latest={latest} />
                    <Workers frame={frame} />
                    <Show when={frame()?.verification?.verifiers.length > 0}>
                        <Verifiers frame={frame} />
                    </Show>
                    <Meanings />
                </div>
            </main>
        </>
    );
}
