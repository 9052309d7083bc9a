
/*
 * Copyright (C) the vfs authors
 */


#include "fuzz.h"

#include "vfs_index_handlers.h"
#include "vfs_json.h"
#include "vfs_log.h"

#include <semaphore.h>
#include <unistd.h>


/* A request, and what its end is waited for with. */

typedef struct {
    vfs_request_t   r;
    sem_t           finished;
    int             rc;
} fuzz_call_t;


static void fuzz_start(void);
static void fuzz_end(void);
static unsigned fuzz_call(vfs_method_e method, unsigned version,
    const char *target, const char *body, size_t len);
static void fuzz_arguments(vfs_request_t *r, char *text);
static void fuzz_answer(vfs_request_t *r);
static void fuzz_json(const char *text, size_t len);
static void fuzz_delete_indexes(void);


static vfs_service_t  fuzz_service;
static char           fuzz_dir[] = "/tmp/vfs-fuzz-XXXXXX";


static const char  fuzz_seed[] =
    "{\"vectors\":[{\"id\":\"a\",\"values\":[1,2,3],\"metadata\":{\"g\":\"x\","
    "\"n\":1.5,\"l\":[\"p\",\"q\"],\"t\":true}},"
    "{\"id\":\"b\",\"values\":[0,-1,0.5],\"sparseValues\":{\"indices\":[1,7],"
    "\"values\":[0.5,2]}},{\"id\":\"c\",\"values\":[3,2,1]}]}";


/*
 * One request of any bytes: "METHOD VERSION PATH?ARGUMENTS", a newline, the
 * body.  It is answered by the real handlers over a real store; what comes is
 * well-formed, and the index can be listed, described and asked afterwards.
 */

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int           at;
    char          target[1024], word[16];
    size_t        i, head;
    unsigned      version;
    const char   *body;
    vfs_method_e  method;

    static const struct {
        const char    *name;
        vfs_method_e   value;

    } methods[] = {
        { "GET", VFS_GET },
        { "POST", VFS_POST },
        { "PATCH", VFS_PATCH },
        { "DELETE", VFS_DELETE }
    };

    body = memchr(data, '\n', size);
    head = body == NULL ? size : (size_t) (body - (const char *) data);

    if (body == NULL || head >= sizeof(target)) {
        return 0;
    }

    memcpy(target, data, head);
    target[head] = '\0';
    at = 0;

    if (sscanf(target, "%15s %u %n", word, &version, &at) != 2 || at == 0) {
        return 0;
    }

    method = VFS_POST;

    for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (strcmp(word, methods[i].name) == 0) {
            method = methods[i].value;
        }
    }

    if (fuzz_service.store == NULL) {
        fuzz_start();
    }

    fuzz_assert(fuzz_call(VFS_POST, 0, "/vectors/upsert", fuzz_seed,
                          sizeof(fuzz_seed) - 1) == 200);

    (void) fuzz_call(method, version, target + at, body + 1,
                     size - head - 1);

    fuzz_assert(fuzz_call(VFS_GET, 0, "/vectors/list", "", 0) < 500);
    fuzz_assert(fuzz_call(VFS_GET, 0, "/describe_index_stats", "", 0) == 200);
    fuzz_assert(fuzz_call(VFS_GET, 202607, "/indexes", "", 0) == 200);
    fuzz_assert(fuzz_call(VFS_GET, 0, "/metrics", "", 0) == 200);

    fuzz_delete_indexes();

    return 0;
}


/* In the place of the HTTP server's: the caller waits. */

void
vfs_request_suspend(vfs_request_t *r)
{
}


void
vfs_request_finish(vfs_request_t *r, int rc)
{
    fuzz_call_t  *call;

    call = r->connection;
    call->rc = rc;
    (void) sem_post(&call->finished);
}


static void
fuzz_start(void)
{
    vfs_error_t  err;

    fuzz_assert(mkdtemp(fuzz_dir) != NULL);
    fuzz_assert(atexit(fuzz_end) == 0);
    vfs_log_init("fuzz", VFS_LOG_ERROR);

    fuzz_assert(vfs_catalog_init(&fuzz_service.catalog) == VFS_OK);
    fuzz_service.kernel = vfs_kernel_best();
    fuzz_service.metric = VFS_INDEX_DOTPRODUCT;
    fuzz_service.metrics = vfs_metrics_create(vfs_route_count());
    fuzz_service.store = vfs_store_open(fuzz_dir, 1, &err);
    fuzz_service.pool = vfs_pool_start(1, &err);

    fuzz_assert(fuzz_service.metrics != NULL && fuzz_service.store != NULL
                && fuzz_service.pool != NULL);

    fuzz_service.writer = vfs_writer_start(&fuzz_service.catalog,
                                           fuzz_service.store,
                                           VFS_INDEX_DOTPRODUCT, 1, &err);
    fuzz_assert(fuzz_service.writer != NULL);
}


static void
fuzz_end(void)
{
    char    path[64];
    size_t  i;

    static const char  *names[] = { "data.mdb", "lock.mdb", "vfs-index.lock" };

    vfs_writer_stop(fuzz_service.writer);
    vfs_pool_stop(fuzz_service.pool);
    vfs_store_close(fuzz_service.store);
    vfs_catalog_free(&fuzz_service.catalog);
    free(fuzz_service.metrics);

    for (i = 0; i < 3; i++) {
        (void) snprintf(path, sizeof(path), "%s/%s", fuzz_dir, names[i]);
        (void) unlink(path);
    }

    (void) rmdir(fuzz_dir);
}


/* Returns the status of the answer. */

static unsigned
fuzz_call(vfs_method_e method, unsigned version, const char *target,
    const char *body, size_t len)
{
    int           rc;
    char         *copy, *question, *owned;
    unsigned      status;
    fuzz_call_t   call;

    /* memory of its own, so that a sanitizer sees what goes past its end */

    copy = strdup(target);
    owned = malloc(len == 0 ? 1 : len);
    fuzz_assert(copy != NULL && owned != NULL);
    memcpy(owned, body, len);

    memset(&call, 0, sizeof(call));
    (void) sem_init(&call.finished, 0, 0);
    vfs_arena_init(&call.r.arena);
    vfs_buf_init(&call.r.reply, VFS_REPLY_MAX);

    call.r.connection = &call;
    call.r.service = &fuzz_service;
    call.r.method = method;
    call.r.version = version;
    call.r.host.data = "h";
    call.r.host.len = 1;
    call.r.user_agent.data = "";
    call.r.parameter.data = "";
    call.r.status = 200;
    call.r.content_type = "application/json";

    question = strchr(copy, '?');

    if (question != NULL) {
        *question = '\0';
        fuzz_arguments(&call.r, question + 1);
    }

    call.r.path.data = copy;
    call.r.path.len = strlen(copy);
    call.r.body.data = owned;
    call.r.body.len = len;

    rc = vfs_route_find(&call.r);

    if (rc == VFS_OK) {
        rc = call.r.route->handler(&call.r);
    }

    if (rc == VFS_AGAIN) {
        (void) sem_wait(&call.finished);
        rc = call.rc;
    }

    status = call.r.status;

    if (rc != VFS_OK) {
        status = vfs_fault_status(call.r.fault.code);
        fuzz_assert(status >= 400 && status < 500);
        vfs_reply_fault(&call.r);
    }

    fuzz_answer(&call.r);

    vfs_arena_free(&call.r.arena);
    vfs_buf_free(&call.r.reply);
    (void) sem_destroy(&call.finished);
    free(copy);
    free(owned);

    return status;
}


static void
fuzz_arguments(vfs_request_t *r, char *text)
{
    char            *word, *value, *rest;
    vfs_argument_t  *argument;

    r->arguments = vfs_arena_alloc(&r->arena,
                                   strlen(text) * sizeof(vfs_argument_t));
    fuzz_assert(r->arguments != NULL);

    for (word = strtok_r(text, "&", &rest); word != NULL;
         word = strtok_r(NULL, "&", &rest))
    {
        argument = &r->arguments[r->narguments++];
        value = strchr(word, '=');
        argument->name.data = word;
        argument->name.len = value == NULL ? strlen(word)
                                           : (size_t) (value - word);
        argument->value.data = value == NULL ? "" : value + 1;
        argument->value.len = strlen(argument->value.data);
    }
}


static void
fuzz_answer(vfs_request_t *r)
{
    fuzz_assert(!r->reply.failed);

    if (r->reply.len != 0
        && (strcmp(r->content_type, "application/json") == 0
            || r->reply.data[0] == '{'))
    {
        fuzz_json(r->reply.data, r->reply.len);
    }
}


static void
fuzz_json(const char *text, size_t len)
{
    vfs_json_t        json;
    vfs_json_type_e   type;
    vfs_json_token_t  token;

    vfs_json_init(&json, text, len);

    do {
        type = vfs_json_next(&json, &token);
        fuzz_assert(type != VFS_JSON_INVALID);

    } while (type != VFS_JSON_END);
}


static void
fuzz_delete_indexes(void)
{
    char          target[64];
    vfs_index_t  *index;

    static const char  body[] = "{\"deletion_protection\":\"disabled\"}";

    while (fuzz_service.catalog.indexes.n != 0) {
        index = (vfs_index_t *) fuzz_service.catalog.indexes.items[0];

        (void) snprintf(target, sizeof(target), "/indexes/%.*s",
                        (int) index->name.len, index->name.data);

        fuzz_assert(fuzz_call(VFS_PATCH, 0, target, body, sizeof(body) - 1)
                    == 202);
        fuzz_assert(fuzz_call(VFS_DELETE, 0, target, "", 0) == 202);
    }
}
