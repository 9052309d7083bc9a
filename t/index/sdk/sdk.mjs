// Pinecone's official Node SDK against vfs-index: node sdk.mjs PACKAGE URL

import assert from 'node:assert/strict';

const [packageName, url] = process.argv.slice(2);
const { Pinecone } = (await import(packageName)).default;
const pinecone = new Pinecone({ apiKey: 'local', controllerHostUrl: url });

const RECORDS = [
    { id: 'a', values: [1, 2, 3], metadata: { genre: 'comedy', year: 2020 } },
    { id: 'b', values: [0.4, -0.1, 0], metadata: { genre: ['comedy', 'drama'] } },
    { id: 'c', values: [-1, 0, 5] },
];

let index;
let sparse;

const steps = {

    async 'create an index and wait until it is ready'() {
        await pinecone.createIndex({
            name: 'dense', dimension: 3, metric: 'dotproduct', tags: { team: 'x' },
            spec: { serverless: { cloud: 'aws', region: 'us-east-1' } },
            waitUntilReady: true,
        });
    },

    async 'describe and list indexes'() {
        const model = await pinecone.describeIndex('dense');
        assert.equal(model.name, 'dense');
        assert.equal(model.status.ready, true);
        assert.deepEqual(model.tags, { team: 'x' });
        assert.equal(model.host, `${url}/i/dense`);

        const { indexes } = await pinecone.listIndexes();
        assert.deepEqual(indexes.map(({ name }) => name), ['dense']);
    },

    async 'configure an index'() {
        await pinecone.configureIndex({ name: 'dense',
            deletionProtection: 'enabled', tags: { team: '', owner: 'y' } });
        assert.deepEqual((await pinecone.describeIndex('dense')).tags, { owner: 'y' });

        await assert.rejects(pinecone.deleteIndex('dense'),
            /Deletion protection is enabled for this index/);
        await pinecone.configureIndex({ name: 'dense',
            deletionProtection: 'disabled' });
    },

    async 'reach an index by its name'() {
        index = pinecone.index({ name: 'dense', namespace: 'n' });
        await index.upsert({ records: RECORDS });
    },

    async 'fetch what was stored, to the bit'() {
        const { records, namespace } = await index.fetch({ ids: ['a', 'b', 'c', 'none'] });
        assert.equal(namespace, 'n');
        assert.deepEqual(Object.keys(records).sort(), ['a', 'b', 'c']);

        for (const { id, values, metadata } of RECORDS) {
            assert.deepEqual(records[id].values, values);
            assert.deepEqual(records[id].metadata, metadata);
        }
    },

    async 'query by vector, by id, with a filter'() {
        const byVector = await index.query({ vector: [1, 1, 1], topK: 2 });
        assert.deepEqual(byVector.matches.map(({ id, score }) => [id, score]),
            [['a', 6], ['c', 4]]);

        const byId = await index.query({ id: 'a', topK: 5, includeValues: true,
            includeMetadata: true, filter: { genre: 'comedy' } });
        assert.deepEqual(byId.matches.map(({ id }) => id), ['a', 'b']);
        assert.deepEqual(byId.matches[0].values, [1, 2, 3]);
        assert.equal(byId.matches[0].metadata.year, 2020);

        assert.deepEqual((await index.query({ id: 'none', topK: 1 })).matches, []);
    },

    async 'update a record, and records by a filter'() {
        await index.update({ id: 'c', values: [1, 0, 0], metadata: { new: true } });
        await index.update({ filter: { genre: 'comedy' }, metadata: { seen: 1 } });

        const { records } = await index.fetch({ ids: ['a', 'b', 'c'] });
        assert.deepEqual(records.c.values, [1, 0, 0]);
        assert.deepEqual(records.c.metadata, { new: true });
        assert.equal(records.a.metadata.seen, 1);
        assert.equal(records.b.metadata.seen, 1);
        assert.equal(records.a.metadata.year, 2020);
    },

    async 'fetch by metadata'() {
        const first = await index.fetchByMetadata({ filter: { seen: 1 }, limit: 1 });
        assert.deepEqual(Object.keys(first.records), ['a']);

        const second = await index.fetchByMetadata({ filter: { seen: 1 }, limit: 1,
            paginationToken: first.pagination.next });
        assert.deepEqual(Object.keys(second.records), ['b']);
    },

    async 'list ids in pages'() {
        const first = await index.listPaginated({ limit: 2 });
        assert.deepEqual(first.vectors.map(({ id }) => id), ['a', 'b']);

        const second = await index.listPaginated({ limit: 2,
            paginationToken: first.pagination.next });
        assert.deepEqual(second.vectors.map(({ id }) => id), ['c']);
        assert.equal(second.pagination, undefined);
    },

    async 'describe the index\'s statistics'() {
        const stats = await index.describeIndexStats();
        assert.equal(stats.dimension, 3);
        assert.equal(stats.totalRecordCount, 3);
        assert.deepEqual(stats.namespaces, { n: { recordCount: 3 } });
    },

    async 'create, describe, list and delete namespaces'() {
        const made = await index.createNamespace({ name: 'made',
            schema: { fields: { test: { filterable: true } } } });
        assert.equal(made.name, 'made');
        assert.equal(made.schema.fields.test.filterable, true);

        assert.equal((await index.describeNamespace('n')).name, 'n');
        const { namespaces } = await index.listNamespaces();
        assert.deepEqual(namespaces.map(({ name }) => name), ['made', 'n']);

        await index.deleteNamespace('made');
        await assert.rejects(index.describeNamespace('made'));
    },

    async 'delete one, many, by filter, all'() {
        await index.deleteOne({ id: 'c' });
        assert.deepEqual((await index.fetch({ ids: ['c'] })).records, {});
        await index.deleteMany({ filter: { year: { $gt: 2019 } } });
        assert.deepEqual((await index.fetch({ ids: ['a'] })).records, {});
        await index.deleteMany({ ids: ['b', 'none'] });
        await index.upsert({ records: RECORDS });
        await index.deleteAll();
        assert.deepEqual((await index.describeIndexStats()).namespaces, {});
    },

    async 'hybrid and sparse vectors'() {
        await index.upsert({ records: [{ id: 'h', values: [1, 1, 1],
            sparseValues: { indices: [1, 7], values: [0.5, 2] } }] });
        const hybrid = await index.query({ vector: [1, 0, 0], topK: 1, includeValues: true,
            sparseVector: { indices: [7], values: [10] } });
        assert.equal(hybrid.matches[0].score, 21);
        assert.deepEqual(hybrid.matches[0].sparseValues,
            { indices: [1, 7], values: [0.5, 2] });

        await pinecone.createIndex({ name: 'sparse', vectorType: 'sparse',
            metric: 'dotproduct', waitUntilReady: true,
            spec: { serverless: { cloud: 'aws', region: 'us-east-1' } } });
        sparse = pinecone.index({ name: 'sparse' });
        await sparse.upsert({ records: [{ id: 's',
            sparseValues: { indices: [3], values: [2] } }] });
        const found = await sparse.query({ topK: 1,
            sparseVector: { indices: [3], values: [4] } });
        assert.deepEqual(found.matches.map(({ id, score }) => [id, score]), [['s', 8]]);
    },

    async 'errors are those of the SDK'() {
        await assert.rejects(index.upsert({ records: [{ id: 'x', values: [1] }] }),
            { name: 'PineconeBadRequestError' });
        await assert.rejects(pinecone.describeIndex('nothing'),
            { name: 'PineconeNotFoundError' });
        await assert.rejects(pinecone.createIndex({ name: 'dense', dimension: 3,
            spec: { serverless: { cloud: 'aws', region: 'us-east-1' } } }),
            { name: 'PineconeConflictError' });
    },

    async 'what is not there says so'() {
        await assert.rejects(index.startImport({ uri: 's3://bucket/path' }), {
            name: 'PineconeBadRequestError', message: /does not support imports/ });
    },

    async 'delete indexes'() {
        await pinecone.deleteIndex('sparse');
        await pinecone.deleteIndex('dense');
        assert.deepEqual((await pinecone.listIndexes()).indexes, []);
    },

    async 'the default index by its bare URL'() {
        const plain = pinecone.index({ host: url });
        await plain.upsert({ records: RECORDS });
        const { matches } = await plain.query({ vector: [1, 2, 3], topK: 1 });
        assert.equal(matches[0].id, 'a');
    },
};

let number = 0;
let failed = 0;

for (const [title, step] of Object.entries(steps)) {
    number += 1;

    try {
        await step();
        console.log(`ok ${number} - ${packageName}: ${title}`);
    } catch (error) {
        failed += 1;
        console.log(`not ok ${number} - ${packageName}: ${title}`);
        console.log(String(error.stack).replace(/^/gm, '# '));
    }
}

console.log(`1..${number}`);
process.exit(failed ? 1 : 0);
