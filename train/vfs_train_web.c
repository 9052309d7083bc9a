
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_train_web.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>


#define VFS_WEB_TIMEOUT_MS  30000L
#define VFS_WEB_CONNECT_MS  5000L
#define VFS_WEB_BODY        ((size_t) 64 * 1024 * 1024)
#define VFS_WEB_ATTEMPTS    6
#define VFS_WEB_PAUSE_MS    200


struct vfs_web_s {
    CURL                   *easy;
    struct curl_slist      *headers;
    char                   *body;
    size_t                  len;
    size_t                  size;
    unsigned                overflow:1;
};


static int vfs_web_header(vfs_web_t *web, const char *line);
static size_t vfs_web_on_body(char *data, size_t size, size_t n, void *ctx);


vfs_web_t *
vfs_web_create(const char *api_key, vfs_error_t *err)
{
    int         rc;
    char       *line;
    vfs_web_t  *web;

    web = calloc(1, sizeof(vfs_web_t));

    if (web == NULL) {
        vfs_error_set(err, "out of memory");
        return NULL;
    }

    web->easy = curl_easy_init();

    if (web->easy == NULL
        || vfs_web_header(web, "Content-Type: application/json") != VFS_OK
        || vfs_web_header(web, "Expect:") != VFS_OK
        || vfs_web_header(web, "X-Pinecone-Api-Version: 2026-04") != VFS_OK)
    {
        goto failed;
    }

    if (api_key != NULL) {

        if (asprintf(&line, "Api-Key: %s", api_key) == -1) {
            goto failed;
        }

        rc = vfs_web_header(web, line);

        explicit_bzero(line, strlen(line));
        free(line);

        if (rc != VFS_OK) {
            goto failed;
        }
    }

    return web;

failed:

    vfs_error_set(err, "out of memory");
    vfs_web_free(web);

    return NULL;
}


void
vfs_web_free(vfs_web_t *web)
{
    if (web != NULL) {
        curl_easy_cleanup(web->easy);
        curl_slist_free_all(web->headers);
        free(web->body);
        free(web);
    }
}


static int
vfs_web_header(vfs_web_t *web, const char *line)
{
    struct curl_slist  *longer;

    longer = curl_slist_append(web->headers, line);

    if (longer == NULL) {
        return VFS_ERROR;
    }

    web->headers = longer;

    return VFS_OK;
}


int
vfs_web_request(vfs_web_t *web, const char *url, const char *body, size_t len,
    vfs_web_answer_t *answer, vfs_error_t *err)
{
    int              i, rc;
    struct timespec  pause;

    for (i = 1; /* void */ ; i++) {
        rc = vfs_web_try(web, url, body, len, VFS_WEB_TIMEOUT_MS, answer, err);

        if (rc == VFS_OK && answer->status != 429 && answer->status < 503) {
            return VFS_OK;
        }

        if (i == VFS_WEB_ATTEMPTS) {
            return rc;
        }

        pause.tv_sec = (VFS_WEB_PAUSE_MS << i) / 1000;
        pause.tv_nsec = (VFS_WEB_PAUSE_MS << i) % 1000 * 1000000L;

        (void) nanosleep(&pause, NULL);
    }
}


int
vfs_web_try(vfs_web_t *web, const char *url, const char *body, size_t len,
    long timeout_ms, vfs_web_answer_t *answer, vfs_error_t *err)
{
    CURL      *easy;
    long       status;
    CURLcode   code;

    easy = web->easy;
    web->len = 0;
    web->overflow = 0;

    curl_easy_reset(easy);

    code = curl_easy_setopt(easy, CURLOPT_URL, url);

    /* these fail for nothing but options that this libcurl does not know */

    (void) curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    (void) curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    (void) curl_easy_setopt(easy, CURLOPT_USERAGENT, "vfs-train/" VFS_VERSION);
    (void) curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                            VFS_WEB_CONNECT_MS);
    (void) curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, timeout_ms);
    (void) curl_easy_setopt(easy, CURLOPT_HTTPHEADER, web->headers);
    (void) curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, vfs_web_on_body);
    (void) curl_easy_setopt(easy, CURLOPT_WRITEDATA, web);

    if (body != NULL) {
        (void) curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                                (curl_off_t) len);
        (void) curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
    }

    if (code == CURLE_OK) {
        code = curl_easy_perform(easy);
    }

    if (web->overflow) {
        vfs_error_set(err, "%.256s: the answer is larger than %zu bytes", url,
                      VFS_WEB_BODY);
        return VFS_ERROR;
    }

    if (code != CURLE_OK) {
        vfs_error_set(err, "%.256s: %s", url, curl_easy_strerror(code));
        return VFS_ERROR;
    }

    status = 0;
    (void) curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);

    answer->status = (int) status;
    answer->body = (web->body != NULL) ? web->body : "";
    answer->len = web->len;

    return VFS_OK;
}


static size_t
vfs_web_on_body(char *data, size_t size, size_t n, void *ctx)
{
    char       *more;
    size_t      len, room;
    vfs_web_t  *web;

    web = ctx;
    len = size * n;

    if (len > VFS_WEB_BODY - web->len) {
        web->overflow = 1;
        return 0;
    }

    if (web->len + len > web->size) {
        room = 2 * (web->len + len);
        more = realloc(web->body, room);

        if (more == NULL) {
            return 0;
        }

        web->body = more;
        web->size = room;
    }

    memcpy(web->body + web->len, data, len);
    web->len += len;

    return len;
}
