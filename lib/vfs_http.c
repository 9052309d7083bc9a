
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_http.h"
#include "vfs_http_answer.h"
#include "vfs_settings.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>
#include <time.h>


/* what an answer may have unless its request says more; the rest is cut */

#define VFS_HTTP_BODY     65536
#define VFS_HTTP_CONNECT  5000L
#define VFS_HTTP_FDS      8
#define VFS_HTTP_PIECE    (512 * 1024L)


struct vfs_transfer_s {
    TAILQ_ENTRY(vfs_transfer_s)  link;
    CURL                   *easy;
    vfs_http_done_pt        done;
    void                   *data;
    char                   *body;
    size_t                  len;
    size_t                  size;
    size_t                  max;
    int64_t                 retry_after_ms;
    char                    failure[CURL_ERROR_SIZE];
    unsigned                cut:1;
};


TAILQ_HEAD(vfs_transfers_s, vfs_transfer_s);


struct vfs_http_s {
    CURLM                  *multi;
    char                   *agent;
    char                   *certificates;   /* NULL: libcurl's */
    struct curl_slist      *headers[VFS_HTTP_KINDS];
    struct vfs_transfers_s  active;
    struct vfs_transfers_s  spare;
};


static int vfs_http_headers(vfs_http_t *http);
static int vfs_http_secret(struct curl_slist **list, const char *name,
    const char *value);
static int vfs_http_append(struct curl_slist **list, const char *line);
static vfs_transfer_t *vfs_http_transfer(vfs_http_t *http);
static void vfs_http_transfer_free(vfs_transfer_t *transfer);
static CURLcode vfs_http_setup(vfs_http_t *http, vfs_transfer_t *transfer,
    const vfs_http_request_t *request);
static int vfs_http_grow(vfs_transfer_t *transfer, size_t len);
static size_t vfs_http_on_body(char *data, size_t size, size_t n, void *ctx);
static size_t vfs_http_on_header(char *data, size_t size, size_t n, void *ctx);
static void vfs_http_answer(vfs_transfer_t *transfer, CURLcode code);


vfs_http_t *
vfs_http_create(const char *agent, vfs_error_t *err)
{
    vfs_http_t  *http;
    const char  *certificates;

    http = calloc(1, sizeof(vfs_http_t));

    if (http == NULL) {
        vfs_error_set(err, "out of memory");
        return NULL;
    }

    TAILQ_INIT(&http->active);
    TAILQ_INIT(&http->spare);

    http->multi = curl_multi_init();
    http->agent = strdup(agent);

    if (http->multi == NULL || http->agent == NULL
        || vfs_http_headers(http) != VFS_OK)
    {
        goto failed;
    }

    (void) vfs_setting_string("SSL_CERT_FILE", NULL, &certificates);

    if (certificates != NULL) {
        http->certificates = strdup(certificates);

        if (http->certificates == NULL) {
            goto failed;
        }
    }

    return http;

failed:

    vfs_error_set(err, "out of memory");
    vfs_http_destroy(http);

    return NULL;
}


void
vfs_http_destroy(vfs_http_t *http)
{
    int              i;
    vfs_transfer_t  *transfer;

    if (http == NULL) {
        return;
    }

    while ((transfer = TAILQ_FIRST(&http->active)) != NULL) {
        vfs_http_cancel(http, transfer);
    }

    while ((transfer = TAILQ_FIRST(&http->spare)) != NULL) {
        TAILQ_REMOVE(&http->spare, transfer, link);
        vfs_http_transfer_free(transfer);
    }

    for (i = 0; i < VFS_HTTP_KINDS; i++) {
        curl_slist_free_all(http->headers[i]);
    }

    curl_multi_cleanup(http->multi);

    free(http->agent);
    free(http->certificates);
    free(http);
}


static int
vfs_http_headers(vfs_http_t *http)
{
    int  i;

    for (i = 0; i < VFS_HTTP_KINDS; i++) {

        /* "Expect:" would cost a round trip before each large body */

        if (vfs_http_append(&http->headers[i],
                            "Content-Type: application/json") != VFS_OK
            || vfs_http_append(&http->headers[i], "Expect:") != VFS_OK)
        {
            return VFS_ERROR;
        }

        if ((i == VFS_HTTP_INDEX || i == VFS_HTTP_OTHER)
            && vfs_http_append(&http->headers[i],
                               "X-Pinecone-Api-Version: 2026-04") != VFS_OK)
        {
            return VFS_ERROR;
        }
    }

    return VFS_OK;
}


int
vfs_http_key(vfs_http_t *http, vfs_http_kind_e kind, const char *key,
    vfs_error_t *err)
{
    const char  *name;

    name = (kind == VFS_HTTP_MODEL) ? "Authorization: Bearer " : "Api-Key: ";

    if (vfs_http_secret(&http->headers[kind], name, key) != VFS_OK) {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    return VFS_OK;
}


static int
vfs_http_secret(struct curl_slist **list, const char *name, const char *value)
{
    int    n, rc;
    char  *line;

    if (value == NULL) {
        return VFS_OK;
    }

    n = asprintf(&line, "%s%s", name, value);

    if (n == -1) {
        return VFS_ERROR;
    }

    rc = vfs_http_append(list, line);

    explicit_bzero(line, (size_t) n);
    free(line);

    return rc;
}


static int
vfs_http_append(struct curl_slist **list, const char *line)
{
    struct curl_slist  *longer;

    longer = curl_slist_append(*list, line);

    if (longer == NULL) {
        return VFS_ERROR;
    }

    *list = longer;

    return VFS_OK;
}


vfs_transfer_t *
vfs_http_start(vfs_http_t *http, const vfs_http_request_t *request,
    vfs_error_t *err)
{
    CURLcode         code;
    CURLMcode        mcode;
    vfs_transfer_t  *transfer;

    transfer = vfs_http_transfer(http);

    if (transfer == NULL) {
        vfs_error_set(err, "out of memory");
        return NULL;
    }

    code = vfs_http_setup(http, transfer, request);

    if (code != CURLE_OK) {
        vfs_error_set(err, "%s", curl_easy_strerror(code));
        vfs_http_transfer_free(transfer);
        return NULL;
    }

    mcode = curl_multi_add_handle(http->multi, transfer->easy);

    if (mcode != CURLM_OK) {
        vfs_error_set(err, "%s", curl_multi_strerror(mcode));
        vfs_http_transfer_free(transfer);
        return NULL;
    }

    TAILQ_INSERT_TAIL(&http->active, transfer, link);

    return transfer;
}


static vfs_transfer_t *
vfs_http_transfer(vfs_http_t *http)
{
    vfs_transfer_t  *transfer;

    transfer = TAILQ_FIRST(&http->spare);

    if (transfer != NULL) {
        TAILQ_REMOVE(&http->spare, transfer, link);
        curl_easy_reset(transfer->easy);
        return transfer;
    }

    transfer = calloc(1, sizeof(vfs_transfer_t));

    if (transfer == NULL) {
        return NULL;
    }

    transfer->size = VFS_HTTP_BODY;
    transfer->body = malloc(VFS_HTTP_BODY);
    transfer->easy = curl_easy_init();

    if (transfer->body == NULL || transfer->easy == NULL) {
        vfs_http_transfer_free(transfer);
        return NULL;
    }

    return transfer;
}


static void
vfs_http_transfer_free(vfs_transfer_t *transfer)
{
    curl_easy_cleanup(transfer->easy);
    free(transfer->body);
    free(transfer);
}


static CURLcode
vfs_http_setup(vfs_http_t *http, vfs_transfer_t *transfer,
    const vfs_http_request_t *request)
{
    CURL      *easy;
    CURLcode   code;

    easy = transfer->easy;

    transfer->done = request->done;
    transfer->data = request->data;
    transfer->len = 0;
    transfer->cut = 0;
    transfer->max = (request->max_answer != 0) ? request->max_answer
                                               : VFS_HTTP_BODY;
    transfer->retry_after_ms = -1;
    transfer->failure[0] = '\0';

    code = curl_easy_setopt(easy, CURLOPT_URL, request->url);

    if (code != CURLE_OK) {
        return code;
    }

    /* these fail for nothing but options that this libcurl does not know */

    (void) curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    (void) curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void) curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    (void) curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                            (long) CURL_HTTP_VERSION_2TLS);
    (void) curl_easy_setopt(easy, CURLOPT_USERAGENT, http->agent);
    (void) curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                            VFS_HTTP_CONNECT);
    (void) curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, request->timeout_ms);
    (void) curl_easy_setopt(easy, CURLOPT_HTTPHEADER,
                            http->headers[request->kind]);
    (void) curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->failure);
    (void) curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, vfs_http_on_body);
    (void) curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    (void) curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, vfs_http_on_header);
    (void) curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);

    if (http->certificates != NULL) {
        code = curl_easy_setopt(easy, CURLOPT_CAINFO, http->certificates);

        if (code != CURLE_OK) {
            return code;
        }
    }

    if (request->body != NULL) {
        (void) curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                                (curl_off_t) request->len);
        (void) curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body);

        /* one piece goes out each time that the loop comes round */

        (void) curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE,
                                VFS_HTTP_PIECE);
    }

    return CURLE_OK;
}


static int
vfs_http_grow(vfs_transfer_t *transfer, size_t len)
{
    char    *body;
    size_t   size;

    if (len <= transfer->size) {
        return VFS_OK;
    }

    size = 2 * transfer->size;

    if (size < len) {
        size = len;
    }

    body = realloc(transfer->body, size);

    if (body == NULL) {
        return VFS_ERROR;
    }

    transfer->body = body;
    transfer->size = size;

    return VFS_OK;
}


static size_t
vfs_http_on_body(char *data, size_t size, size_t n, void *ctx)
{
    size_t           len, room;
    vfs_transfer_t  *transfer;

    transfer = ctx;

    len = size * n;
    room = transfer->max - transfer->len;

    if (room >= len) {
        room = len;

    } else {
        transfer->cut = 1;
    }

    if (vfs_http_grow(transfer, transfer->len + room) != VFS_OK) {
        return 0;
    }

    memcpy(transfer->body + transfer->len, data, room);
    transfer->len += room;

    return len;
}


static size_t
vfs_http_on_header(char *data, size_t size, size_t n, void *ctx)
{
    size_t            len;
    vfs_transfer_t   *transfer;
    struct timespec   ts;

    static const char  name[] = "retry-after:";

    transfer = ctx;
    len = size * n;

    if (len > sizeof(name) - 1
        && strncasecmp(data, name, sizeof(name) - 1) == 0)
    {
        (void) clock_gettime(CLOCK_REALTIME, &ts);

        transfer->retry_after_ms =
            vfs_http_retry_after(data + sizeof(name) - 1,
                                 len - (sizeof(name) - 1),
                                 (int64_t) ts.tv_sec * 1000);
    }

    return len;
}


void
vfs_http_cancel(vfs_http_t *http, vfs_transfer_t *transfer)
{
    (void) curl_multi_remove_handle(http->multi, transfer->easy);

    TAILQ_REMOVE(&http->active, transfer, link);
    TAILQ_INSERT_HEAD(&http->spare, transfer, link);
}


int
vfs_http_run(vfs_http_t *http, vfs_error_t *err)
{
    int              running, left;
    CURLMsg         *message;
    CURLcode         code;
    CURLMcode        mcode;
    vfs_transfer_t  *transfer;

    mcode = curl_multi_perform(http->multi, &running);

    if (mcode != CURLM_OK) {
        vfs_error_set(err, "%s", curl_multi_strerror(mcode));
        return VFS_ERROR;
    }

    while ((message = curl_multi_info_read(http->multi, &left)) != NULL) {

        if (message->msg != CURLMSG_DONE) {
            continue;
        }

        code = message->data.result;

        (void) curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE,
                                 (char **) &transfer);

        (void) curl_multi_remove_handle(http->multi, transfer->easy);
        TAILQ_REMOVE(&http->active, transfer, link);

        /* done() may begin a new transfer, but not with this one's buffer */

        vfs_http_answer(transfer, code);

        TAILQ_INSERT_HEAD(&http->spare, transfer, link);
    }

    return VFS_OK;
}


static void
vfs_http_answer(vfs_transfer_t *transfer, CURLcode code)
{
    long               status;
    curl_off_t         elapsed;
    vfs_http_answer_t  answer;

    memset(&answer, 0, sizeof(vfs_http_answer_t));

    elapsed = 0;
    (void) curl_easy_getinfo(transfer->easy, CURLINFO_TOTAL_TIME_T, &elapsed);

    answer.elapsed_us = (int64_t) elapsed;
    answer.retry_after_ms = transfer->retry_after_ms;

    if (code == CURLE_OK) {
        status = 0;
        (void) curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE,
                                 &status);

        answer.status = (int) status;
        answer.body = transfer->body;
        answer.len = transfer->len;
        answer.cut = transfer->cut;

    } else {
        answer.failure = (transfer->failure[0] != '\0')
                         ? transfer->failure : curl_easy_strerror(code);
    }

    transfer->done(transfer->data, &answer);
}


int
vfs_http_wait(vfs_http_t *http, const int *fds, unsigned nfds, int timeout_ms,
    vfs_error_t *err)
{
    unsigned            i;
    CURLMcode           mcode;
    struct curl_waitfd  waits[VFS_HTTP_FDS];

    for (i = 0; i < nfds && i < VFS_HTTP_FDS; i++) {
        waits[i].fd = fds[i];
        waits[i].events = CURL_WAIT_POLLIN;
        waits[i].revents = 0;
    }

    mcode = curl_multi_poll(http->multi, waits, i, timeout_ms, NULL);

    if (mcode != CURLM_OK) {
        vfs_error_set(err, "%s", curl_multi_strerror(mcode));
        return VFS_ERROR;
    }

    return VFS_OK;
}


int
vfs_http_once(vfs_http_t *http, const vfs_http_request_t *request,
    vfs_error_t *err)
{
    CURLcode         code;
    vfs_transfer_t  *transfer;

    transfer = vfs_http_transfer(http);

    if (transfer == NULL) {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    code = vfs_http_setup(http, transfer, request);

    if (code != CURLE_OK) {
        vfs_error_set(err, "%s", curl_easy_strerror(code));
        vfs_http_transfer_free(transfer);
        return VFS_ERROR;
    }

    vfs_http_answer(transfer, curl_easy_perform(transfer->easy));
    vfs_http_transfer_free(transfer);

    return VFS_OK;
}
