// The peer: the same endpoints as a recommender team writes them today, with
// Fastify and Pinecone's own SDK.
//
//   INDEX=http://127.0.0.1:5080 PORT=3000 [SDK=2] node server.mjs
//
// SDK=2: version 2 of it, which many still have.

import Fastify from 'fastify';


const second = process.env.SDK === '2';
const { Pinecone } = await import(
    second ? 'pinecone-2' : '@pinecone-database/pinecone');
const pinecone = new Pinecone({ apiKey: 'local' });
const host = process.env.INDEX;
const users = open('user-features');
const items = open('item-features');

const app = Fastify();


function open(namespace) {
    return second ? pinecone.index('vfs', host).namespace(namespace)
        : pinecone.index({ host, namespace });
}


async function fetchUser(id) {
    const ids = [`user:${id}`];
    const { records } = await users.fetch(second ? ids : { ids });

    return records[`user:${id}`];
}


app.get('/v1/features/user/:id', async (request, reply) => {
    const { id } = request.params;
    const record = await fetchUser(id);

    if (record === undefined) {
        return reply.code(404).send({ error: 'not found' });
    }

    return { id, values: record.values, metadata: record.metadata };
});


app.get('/v1/features/user/:id/similar', async (request) => {
    const { id } = request.params;

    const { matches } = await users.query({
        id: `user:${id}`, topK: 6, includeMetadata: true
    });

    const similar = matches
        .filter((match) => match.id !== `user:${id}`)
        .map(({ id: other, score, metadata }) => (
            { id: other.slice('user:'.length), score, metadata }));

    return { sourceUserId: id, similar };
});


app.get('/v1/recommend/user/:id', async (request, reply) => {
    const { id } = request.params;
    const record = await fetchUser(id);

    if (record === undefined) {
        return reply.code(404).send({ error: 'not found' });
    }

    const { matches } = await items.query({
        vector: record.values, topK: 10, includeMetadata: true
    });

    return {
        userId: id,
        items: matches.map(({ id: item, score, metadata }) => (
            { id: item.slice('item:'.length), score, metadata }))
    };
});


await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
