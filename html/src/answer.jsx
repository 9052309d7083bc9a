/*
 * What the gateway said: a vector with its metadata, or a list of neighbours.
 */

import { createMemo, createSignal, For, Show } from "solid-js";

import * as format from "./format.js";
import { path, toHash } from "./question.js";

const DAY = 86400;


/* The store's ids carry their entity: "user:17" is the vector of user 17. */

function bare(id) {
    return id.replace(/^(user|item):/, "");
}


function eventTime(ms) {
    const age = (Date.now() - ms) / 1000;
    const [date, time] = new Date(ms).toISOString().split(/[T.]/);

    return age >= 0 && age < DAY ? `${time} UTC, ${format.span(age)} ago`
                                 : `${date} ${time} UTC`;
}


function valueText(name, value) {
    return name === "vfs_event_time" ? eventTime(value)
           : Array.isArray(value) ? value.join(", ") : String(value);
}


/* A bar for each dimension, up or down from zero. */

function Vector(props) {
    const summary = createMemo(() => {
        const values = props.values;
        const highest = values.reduce((most, value) => (
            Math.max(most, Math.abs(value))), 0);
        const norm = Math.sqrt(values.reduce((sum, value) => (
            sum + value * value), 0));

        return { highest, norm, text: `${values.length} dimensions, `
                 + `norm ${norm.toFixed(4)}, `
                 + `largest ${highest.toFixed(4)}` };
    });

    const bars = (sign) => {
        const scale = 49 / (summary().highest || 1);

        return props.values.map((value, i) => (
            value * sign > 0
            ? `M${i + 0.1} 50h.8v${(-value * scale).toFixed(2)}h-.8z` : ""
        )).join("");
    };

    return (
        <figure class="vector">
            <svg viewBox={`0 0 ${props.values.length} 100`} role="img"
                 preserveAspectRatio="none" aria-label={summary().text}>
                <path class="up" d={bars(1)} />
                <path class="down" d={bars(-1)} />
                <path class="zero" d={`M0 50H${props.values.length}`} />
            </svg>
            <figcaption>{summary().text}</figcaption>
        </figure>
    );
}


function Metadata(props) {
    const fields = () => Object.entries(props.metadata ?? {});

    return (
        <dl class="metadata">
            <For each={fields()}>
                {([name, value]) => (
                    <div>
                        <dt>{name}</dt>
                        <dd>{valueText(name, value)}</dd>
                    </div>
                )}
            </For>
        </dl>
    );
}


/* Of a neighbour only what the definition says; the books are kept inside. */

function described(metadata) {
    return Object.entries(metadata ?? {}).filter(([name]) => (
        !name.startsWith("vfs_")));
}


function Neighbours(props) {
    const longest = () => Math.max(1e-9, ...props.list.map(({ score }) => (
        Math.abs(score))));

    return (
        <Show when={props.list.length > 0}
              fallback={<p class="empty">No neighbour yet.</p>}>
            <ol class="neighbours">
                <For each={props.list}>
                    {(match) => (
                        <li>
                            <a href={toHash({ operation: "similar",
                                              entity: props.entity,
                                              id: bare(match.id), topK: 5 })}
                               title="Ask for its neighbours">
                                {bare(match.id)}
                            </a>
                            <span class="bar" style={{
                                "--share": Math.abs(match.score) / longest(),
                            }} classList={{ down: match.score < 0 }} />
                            <data value={match.score}>
                                {format.score(match.score)}
                            </data>
                            <span class="about">
                                <For each={described(match.metadata)}>
                                    {([name, value]) => (
                                        <span>
                                            <i>{name}</i>
                                            {" "}
                                            {valueText(name, value)}
                                        </span>
                                    )}
                                </For>
                            </span>
                        </li>
                    )}
                </For>
            </ol>
        </Show>
    );
}


function Raw(props) {
    const url = () => new URL(path(props.answer.question),
                              document.baseURI).href;
    const size = () => new TextEncoder().encode(props.answer.text).length;

    return (
        <details class="raw">
            <summary>
                Raw JSON <span class="note">{format.count(size())} bytes</span>
            </summary>
            <pre tabindex="0">{`curl '${url()}'\n\n${props.answer.text}`}</pre>
        </details>
    );
}


function CopyLink() {
    const [copied, setCopied] = createSignal(false);

    async function copy() {
        await navigator.clipboard.writeText(location.href);
        setCopied(true);
        setTimeout(() => setCopied(false), 2000);
    }

    /* Over plain HTTP browsers have no clipboard; the address bar has it. */
    return (
        <Show when={navigator.clipboard}>
            <button type="button" class="quiet" onClick={copy}>
                {copied() ? "Copied" : "Copy link"}
            </button>
        </Show>
    );
}


export function Answer(props) {
    const question = () => props.answer.question;
    const body = () => props.answer.body;
    const title = () => {
        const { operation, entity, id } = question();

        return operation === "similar" ? `Nearest to ${entity} ${id}`
               : operation === "recommend" ? `For ${entity} ${id}`
               : `Vector of ${entity} ${id}`;
    };

    return (
        <div class="answer" aria-busy={props.busy}>
            <header>
                <h3 aria-live="polite">{title()}</h3>
                <span class="timing">
                    {format.duration(props.answer.ms * 1000)}
                </span>
            </header>
            <Show when={props.answer.error === ""}
                  fallback={<p class="error" role="alert">
                      {props.answer.error}
                  </p>}>
                <Show when={body().values}>
                    <Vector values={body().values} />
                    <Metadata metadata={body().metadata} />
                </Show>
                <Show when={body().similar}>
                    <Neighbours list={body().similar}
                                entity={question().entity} />
                </Show>
                <Show when={body().items}>
                    <Neighbours list={body().items} entity="item" />
                </Show>
            </Show>
            <div class="tools">
                <label class="follow">
                    <input type="checkbox" checked={props.following}
                           onChange={(event) => props.follow(
                               event.target.checked)} />
                    <span>Ask every second</span>
                </label>
                <CopyLink />
            </div>
            <Raw answer={props.answer} />
        </div>
    );
}
