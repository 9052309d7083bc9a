/*
 * What the query panel asks: its form, its place in the page's address (so
 * that a question can be sent to a colleague) and its request.
 */

export const OPERATIONS = {
    fetch: { name: "Vector", entities: ["user", "item"] },
    similar: { name: "Similar", entities: ["user", "item"], max: 20, usual: 5 },
    recommend: { name: "Recommend", entities: ["user"], max: 100, usual: 10 },
};

const ID = /^[A-Za-z0-9_-]{1,128}$/;


/* What is wrong with the question, for its asker, or "". */

export function fault({ operation, id, topK }) {
    const { max } = OPERATIONS[operation];

    if (id === "") {
        return "Which id? The events' userId or itemId.";
    }

    if (!ID.test(id)) {
        return "An id is 1 to 128 letters, digits, _ or -.";
    }

    if (max !== undefined
        && !(Number.isInteger(topK) && topK >= 1 && topK <= max))
    {
        return `How many: a whole number from 1 to ${max}.`;
    }

    return "";
}


/* Relative, so that the page works under any prefix. */

export function path({ operation, entity, id, topK }) {
    switch (operation) {

    case "similar":
        return `v1/features/${entity}/${id}/similar?topK=${topK}`;

    case "recommend":
        return `v1/recommend/${entity}/${id}?topK=${topK}`;

    default:
        return `v1/features/${entity}/${id}`;
    }
}


export function toHash({ operation, entity, id, topK }) {
    const limit = OPERATIONS[operation].max === undefined
                  ? "" : `?topK=${topK}`;

    return `#${operation}/${entity}/${id}${limit}`;
}


/* The question that an address carries, or null. */

export function fromHash(hash) {
    const parts = /^#(\w+)\/(\w+)\/([\w-]+)(?:\?topK=(\d+))?$/.exec(hash);

    if (parts === null) {
        return null;
    }

    const [, operation, entity, id, topK] = parts;
    const known = OPERATIONS[operation];

    if (known === undefined || !known.entities.includes(entity)) {
        return null;
    }

    const question = {
        operation, entity, id,
        topK: topK === undefined ? known.usual : Number(topK),
    };

    return fault(question) === "" ? question : null;
}


/*
 * Asks.  Never throws: the answer is { status, ms, body, text, error }, where
 * error is what to tell the asker.
 */

export async function ask(question, signal) {
    const started = performance.now();
    const result = { question, status: 0, body: null, text: "", error: "" };

    try {
        const answer = await fetch(path(question), {
            cache: "no-store", signal,
        });

        result.status = answer.status;
        result.text = await answer.text();
        result.ms = performance.now() - started;
        result.body = JSON.parse(result.text);

        if (!answer.ok) {
            result.error = result.body.error
                           ?? `The gateway answers ${answer.status}.`;
        }

    } catch (error) {
        if (error.name === "AbortError") {
            throw error;
        }

        result.ms ??= performance.now() - started;
        result.error = error instanceof SyntaxError
                       ? `The gateway answers ${result.status}, without JSON.`
                       : "The gateway cannot be reached.";
    }

    return result;
}
