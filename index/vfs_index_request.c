
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_request.h"
#include "vfs_index_metadata.h"

#include <string.h>


#define vfs_ascii(c)  ((unsigned char) (c) - 1u < 0x7f)


static void vfs_request_work(vfs_job_t *job, unsigned worker, uint32_t chunk);
static void vfs_request_done(vfs_job_t *job);
static void vfs_request_written(vfs_write_t *write);
static int vfs_request_hex(char c);


int
vfs_request_write(vfs_request_t *r, vfs_write_pt perform, void *what,
    size_t bytes, void (*reply)(vfs_request_t *r))
{
    vfs_write_t  *write;

    write = &r->write;

    write->perform = perform;
    write->request = what;
    write->bytes = bytes;
    write->index = r->index;
    write->arena = &r->arena;
    write->done = vfs_request_written;
    write->data = r;
    r->written = reply;

    vfs_request_suspend(r);
    vfs_writer_submit(r->service->writer, write);

    return VFS_AGAIN;
}


int
vfs_request_defer(vfs_request_t *r,
    int (*answer)(vfs_request_t *r, void *data), void *data)
{
    r->deferred = answer;
    r->deferred_data = data;
    r->job.chunks = 1;
    r->job.work = vfs_request_work;
    r->job.done = vfs_request_done;
    r->job.data = r;

    vfs_request_suspend(r);
    vfs_pool_submit(r->service->pool, &r->job);

    return VFS_AGAIN;
}


int
vfs_request_argument(vfs_request_t *r, const char *name, uint32_t *i,
    vfs_str_t *value)
{
    size_t           len;
    vfs_str_t        given;
    vfs_argument_t  *argument;

    len = strlen(name);

    while (*i < r->narguments) {
        argument = &r->arguments[(*i)++];

        given = argument->name;

        if (vfs_request_decode(r, &given) != VFS_OK) {
            return VFS_ERROR;
        }

        if (given.len != len || memcmp(given.data, name, len) != 0) {
            continue;
        }

        *value = argument->value;

        return vfs_request_decode(r, value);
    }

    return VFS_DECLINED;
}


int
vfs_request_uint(vfs_request_t *r, const char *name, uint32_t *value)
{
    int        rc;
    size_t     i;
    uint32_t   position;
    uint64_t   n;
    vfs_str_t  text;

    position = 0;
    rc = vfs_request_argument(r, name, &position, &text);

    if (rc != VFS_OK) {
        return rc == VFS_DECLINED ? VFS_OK : VFS_ERROR;
    }

    n = 0;

    for (i = 0; i < text.len; i++) {

        if (text.data[i] < '0' || text.data[i] > '9' || n > UINT32_MAX / 10) {
            break;
        }

        n = 10 * n + (unsigned) (text.data[i] - '0');
    }

    if (text.len == 0 || i != text.len || n > UINT32_MAX) {
        return vfs_fault(&r->fault, VFS_CODE_INVALID_ARGUMENT,
                         "'%s' must be a whole number, got '%.*s'", name,
                         (int) (text.len > 64 ? 64 : text.len), text.data);
    }

    *value = (uint32_t) n;

    return VFS_OK;
}


int
vfs_request_decode(vfs_request_t *r, vfs_str_t *text)
{
    int          high, low;
    char        *p, *decoded;
    const char  *from, *last;

    from = text->data;
    last = from + text->len;

    if (memchr(from, '%', text->len) == NULL) {
        return VFS_OK;
    }

    decoded = vfs_arena_alloc(&r->arena, text->len);
    if (decoded == NULL) {
        return vfs_fault_memory(&r->fault);
    }

    for (p = decoded; from < last; from++) {

        if (*from != '%') {
            *p++ = *from;
            continue;
        }

        high = last - from > 2 ? vfs_request_hex(from[1]) : -1;
        low = last - from > 2 ? vfs_request_hex(from[2]) : -1;

        if (high < 0 || low < 0) {
            return vfs_fault(&r->fault, VFS_CODE_INVALID_ARGUMENT,
                             "The URL holds a '%%' without two hexadecimal "
                             "digits behind it");
        }

        *p++ = (char) (high * 16 + low);
        from += 2;
    }

    text->data = decoded;
    text->len = p - decoded;

    return VFS_OK;
}


int
vfs_check_id(vfs_str_t id, vfs_fault_t *fault)
{
    size_t  i;

    if (id.len == 0) {
        return vfs_fault(fault, VFS_CODE_INVALID_ARGUMENT,
                         "Vector ID must not be empty");
    }

    if (id.len > VFS_INDEX_MAX_ID) {
        return vfs_fault(fault, VFS_CODE_INVALID_ARGUMENT,
                         "Vector ID must not be longer than %d characters, "
                         "but got %zu", VFS_INDEX_MAX_ID, id.len);
    }

    for (i = 0; i < id.len; i++) {
        if (!vfs_ascii(id.data[i])) {
            return vfs_fault(fault, VFS_CODE_INVALID_ARGUMENT,
                             "Vector ID must be ASCII, but got '%.*s'",
                             (int) id.len, id.data);
        }
    }

    return VFS_OK;
}


int
vfs_check_namespace(vfs_str_t ns, vfs_fault_t *fault)
{
    size_t  i;

    if (ns.len > VFS_INDEX_MAX_NAMESPACE) {
        return vfs_fault(fault, VFS_CODE_INVALID_ARGUMENT,
                         "Namespace must not be longer than %d characters, "
                         "but got %zu", VFS_INDEX_MAX_NAMESPACE, ns.len);
    }

    for (i = 0; i < ns.len; i++) {
        if (!vfs_ascii(ns.data[i])) {
            return vfs_fault(fault, VFS_CODE_INVALID_ARGUMENT,
                             "Namespace must be ASCII, but got '%.*s'",
                             (int) ns.len, ns.data);
        }
    }

    return VFS_OK;
}


vfs_str_t
vfs_namespace_canonical(vfs_str_t ns)
{
    if (ns.len == 0) {
        ns.data = VFS_INDEX_DEFAULT_NAMESPACE;
        ns.len = strlen(VFS_INDEX_DEFAULT_NAMESPACE);
    }

    return ns;
}


int
vfs_namespace_is_default(vfs_str_t ns)
{
    return ns.len == strlen(VFS_INDEX_DEFAULT_NAMESPACE)
           && memcmp(ns.data, VFS_INDEX_DEFAULT_NAMESPACE, ns.len) == 0;
}


int
vfs_request_collection(vfs_request_t *r, vfs_str_t ns,
    vfs_index_shape_t *shape, vfs_collection_t **c)
{
    if (vfs_check_namespace(ns, &r->fault) != VFS_OK) {
        return VFS_ERROR;
    }

    return vfs_catalog_find(&r->service->catalog, r->index,
                            vfs_namespace_canonical(ns), shape, c, &r->fault);
}


void
vfs_reply_namespace(vfs_request_t *r, vfs_str_t ns)
{
    vfs_buf_text(&r->reply, ",\"namespace\":");
    vfs_buf_string(&r->reply, ns.data, ns.len);
}


void
vfs_reply_usage(vfs_request_t *r, unsigned read_units)
{
    vfs_buf_print(&r->reply, ",\"usage\":{\"readUnits\":%u}", read_units);
}


void
vfs_reply_record(vfs_request_t *r, const vfs_record_t *record)
{
    vfs_buf_string(&r->reply, record->id.data, record->id.len);
    vfs_buf_text(&r->reply, ":{\"id\":");
    vfs_buf_string(&r->reply, record->id.data, record->id.len);
    vfs_reply_values(r, record);
    vfs_reply_metadata(r, record);
    vfs_buf_text(&r->reply, "}");
}


void
vfs_reply_values(vfs_request_t *r, const vfs_record_t *record)
{
    uint32_t  i;

    vfs_buf_text(&r->reply, ",\"values\":");
    vfs_buf_floats(&r->reply, record->values, record->nvalues);

    if (record->nsparse == 0) {
        return;
    }

    vfs_buf_text(&r->reply, ",\"sparseValues\":{\"indices\":[");

    for (i = 0; i < record->nsparse; i++) {

        if (i != 0) {
            vfs_buf_text(&r->reply, ",");
        }

        vfs_buf_uint(&r->reply, record->indices[i]);
    }

    vfs_buf_text(&r->reply, "],\"values\":");
    vfs_buf_floats(&r->reply, record->weights, record->nsparse);
    vfs_buf_text(&r->reply, "}");
}


void
vfs_reply_metadata(vfs_request_t *r, const vfs_record_t *record)
{
    if (record->metadata.len != 0) {
        vfs_buf_text(&r->reply, ",\"metadata\":");
        vfs_metadata_print(&r->reply, record->metadata);
    }
}


static void
vfs_request_work(vfs_job_t *job, unsigned worker, uint32_t chunk)
{
    vfs_request_t  *r;

    r = job->data;
    r->deferred_rc = r->deferred(r, r->deferred_data);
}


static void
vfs_request_done(vfs_job_t *job)
{
    vfs_request_t  *r;

    r = job->data;
    vfs_request_finish(r, r->deferred_rc);
}


static void
vfs_request_written(vfs_write_t *write)
{
    int             rc;
    vfs_request_t  *r;

    r = write->data;
    rc = VFS_OK;

    if (write->rc == VFS_OK) {
        r->lsn = write->lsn;
        r->lsn_header = "x-pinecone-request-lsn";
        r->written(r);

    } else {
        r->fault = write->fault;
        rc = VFS_ERROR;
    }

    vfs_request_finish(r, rc);
}


static int
vfs_request_hex(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }

    c |= 0x20;

    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}
