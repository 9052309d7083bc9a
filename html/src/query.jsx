/*
 * Asks the gateway what a recommender would ask it.  The question lives in the
 * address: asking is following a link, so answers can be sent, bookmarked and
 * gone back to.
 */

import { createEffect, createSignal, For, onCleanup, onMount, Show }
    from "solid-js";

import { Answer } from "./answer.jsx";
import { ask, fault, fromHash, OPERATIONS, toHash } from "./question.js";

const FOLLOW_MS = 1000;


function Choice(props) {
    return (
        <fieldset class="choice">
            <legend>{props.legend}</legend>
            <For each={props.options}>
                {([value, text]) => (
                    <label>
                        <input type="radio" name={props.name} value={value}
                               checked={props.value === value}
                               disabled={props.forbids?.(value)}
                               onChange={() => props.choose(value)} />
                        <span>{text}</span>
                    </label>
                )}
            </For>
        </fieldset>
    );
}


export function Query() {
    const [operation, setOperation] = createSignal("similar");
    const [entity, setEntity] = createSignal("user");
    const [id, setId] = createSignal("");
    const [topK, setTopK] = createSignal(OPERATIONS.similar.usual);
    const [complaint, setComplaint] = createSignal("");
    const [answer, setAnswer] = createSignal(null);
    const [busy, setBusy] = createSignal(false);
    const [following, setFollowing] = createSignal(false);

    let pending = null;

    function question() {
        return { operation: operation(), entity: entity(), id: id().trim(),
                 topK: topK() };
    }

    function chooseOperation(name) {
        const { entities, max, usual } = OPERATIONS[name];

        setOperation(name);

        if (!entities.includes(entity())) {
            setEntity(entities[0]);
        }

        if (max !== undefined && !(topK() <= max)) {
            setTopK(usual);
        }
    }

    async function run(asked) {
        pending?.abort();

        const mine = pending = new AbortController();

        setBusy(true);

        try {
            setAnswer(await ask(asked, mine.signal));

        } catch {
            /* Another question took its place. */
            return;
        }

        setBusy(false);
    }

    function fromAddress() {
        const asked = fromHash(location.hash);

        if (asked === null) {
            return;
        }

        setOperation(asked.operation);
        setEntity(asked.entity);
        setId(asked.id);
        setTopK(asked.topK);
        setComplaint("");
        run(asked);
    }

    function submit(event) {
        event.preventDefault();

        const asked = question();
        const wrong = fault(asked);

        setComplaint(wrong);

        if (wrong !== "") {
            return;
        }

        const hash = toHash(asked);

        if (location.hash === hash) {
            run(asked);

        } else {
            location.hash = hash;
        }
    }

    onMount(() => {
        addEventListener("hashchange", fromAddress);
        onCleanup(() => removeEventListener("hashchange", fromAddress));
        fromAddress();
    });

    createEffect(() => {
        if (!following()) {
            return;
        }

        const timer = setInterval(() => {
            if (!busy() && answer() !== null && !document.hidden) {
                run(answer().question);
            }
        }, FOLLOW_MS);

        onCleanup(() => clearInterval(timer));
    });

    return (
        <section class="query" aria-labelledby="query-title">
            <header>
                <h2 id="query-title">Ask the store</h2>
                <span class="note">as a recommender does</span>
            </header>
            <form onSubmit={submit} noValidate>
                <Choice legend="Question" name="operation" value={operation()}
                        options={Object.entries(OPERATIONS).map(
                            ([value, { name }]) => [value, name])}
                        choose={chooseOperation} />
                <Choice legend="About" name="entity" value={entity()}
                        options={[["user", "User"], ["item", "Item"]]}
                        forbids={(value) => (
                            !OPERATIONS[operation()].entities.includes(value))}
                        choose={setEntity} />
                <div class="fields">
                    <label class="id">
                        <span>
                            {entity() === "user" ? "User id" : "Item id"}
                        </span>
                        <input type="text" value={id()} name="id"
                               autocomplete="off" autocapitalize="off"
                               spellcheck={false} maxLength="128"
                               placeholder={entity() === "user" ? "such as u1"
                                            : "such as i1"}
                               aria-invalid={complaint() !== ""}
                               aria-describedby="complaint"
                               onInput={(event) => setId(event.target.value)} />
                    </label>
                    <Show when={OPERATIONS[operation()].max}>
                        <label class="top">
                            <span>How many</span>
                            <input type="number" name="topK" min="1"
                                   max={OPERATIONS[operation()].max}
                                   value={topK()}
                                   onInput={(event) => setTopK(
                                       event.target.valueAsNumber)} />
                        </label>
                    </Show>
                    <button type="submit" class="go">Ask</button>
                </div>
                <p class="complaint" id="complaint" role="alert">
                    {complaint()}
                </p>
            </form>
            <Show when={answer()}
                  fallback={<p class="empty">
                      Type the id of a user or an item that has had an event.
                  </p>}>
                <Answer answer={answer()} busy={busy()} following={following()}
                        follow={setFollowing} />
            </Show>
        </section>
    );
}
