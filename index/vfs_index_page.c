
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_page.h"

#include <string.h>


/* Names of 512 characters, escaped, as a token. */

#define VFS_PAGE_MAX_TOKEN  16384


static const char  vfs_base64[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";


static int vfs_page_read_token(vfs_request_t *r, vfs_page_t *page,
    vfs_str_t token);
static int vfs_page_decode(vfs_request_t *r, vfs_str_t token,
    vfs_str_t *text);


int
vfs_page_read(vfs_request_t *r, vfs_page_t *page)
{
    uint32_t   i, limit;
    vfs_str_t  token, prefix;

    token.data = "";
    token.len = 0;
    prefix = token;
    limit = VFS_INDEX_MAX_PAGE;

    i = 0;

    if (vfs_request_argument(r, "prefix", &i, &prefix) == VFS_ERROR) {
        return VFS_ERROR;
    }

    i = 0;

    if (vfs_request_argument(r, "paginationToken", &i, &token)
        == VFS_ERROR)
    {
        return VFS_ERROR;
    }

    if (vfs_request_uint(r, "limit", &limit) != VFS_OK) {
        return VFS_ERROR;
    }

    if (limit < 1 || limit > VFS_INDEX_MAX_PAGE) {
        return vfs_fault(&r->fault, VFS_CODE_INVALID_ARGUMENT,
                         "Limit must be greater than 0 and less than %d. "
                         "Request limit was %u", VFS_INDEX_MAX_PAGE, limit);
    }

    if (vfs_page_init(r, page, limit, token) != VFS_OK) {
        return VFS_ERROR;
    }

    page->prefix = prefix;

    return VFS_OK;
}


int
vfs_page_init(vfs_request_t *r, vfs_page_t *page, uint32_t limit,
    vfs_str_t token)
{
    memset(page, 0, sizeof(vfs_page_t));

    page->limit = limit;
    page->prefix.data = "";
    page->past.data = "";

    return token.len == 0 ? VFS_OK : vfs_page_read_token(r, page, token);
}


int
vfs_page_matches(const vfs_page_t *page, vfs_str_t name)
{
    return name.len >= page->prefix.len
           && memcmp(name.data, page->prefix.data, page->prefix.len) == 0;
}


int
vfs_page_add(vfs_page_t *page, vfs_str_t name)
{
    if (!vfs_page_matches(page, name)) {
        return VFS_DECLINED;
    }

    if (page->n == page->limit) {
        page->more = 1;
        return VFS_DECLINED;
    }

    page->last = name;
    page->n++;

    return VFS_OK;
}


int
vfs_page_end(vfs_request_t *r, vfs_page_t *page)
{
    char       *p;
    size_t      i;
    uint32_t    bits;
    vfs_buf_t   text;

    if (!page->more) {
        return VFS_OK;
    }

    vfs_buf_init(&text, VFS_PAGE_MAX_TOKEN);
    vfs_buf_text(&text, "{\"skip_past\":");
    vfs_buf_string(&text, page->last.data, page->last.len);
    vfs_buf_text(&text, ",\"prefix\":");

    if (page->prefix.len == 0) {
        vfs_buf_text(&text, "null");

    } else {
        vfs_buf_string(&text, page->prefix.data, page->prefix.len);
    }

    /* white space makes a whole number of groups of three: no padding */

    vfs_buf_text(&text, "}");

    while (!text.failed && text.len % 3 != 0) {
        vfs_buf_text(&text, " ");
    }

    p = text.failed ? NULL : vfs_arena_alloc(&r->arena, text.len / 3 * 4);

    if (p == NULL) {
        vfs_buf_free(&text);
        return vfs_fault_memory(&r->fault);
    }

    page->next.data = p;
    page->next.len = text.len / 3 * 4;

    for (i = 0; i < text.len; i += 3) {
        bits = (uint32_t) (unsigned char) text.data[i] << 16
               | (uint32_t) (unsigned char) text.data[i + 1] << 8
               | (unsigned char) text.data[i + 2];

        *p++ = vfs_base64[bits >> 18];
        *p++ = vfs_base64[bits >> 12 & 63];
        *p++ = vfs_base64[bits >> 6 & 63];
        *p++ = vfs_base64[bits & 63];
    }

    vfs_buf_free(&text);

    return VFS_OK;
}


void
vfs_page_reply(vfs_request_t *r, const vfs_page_t *page)
{
    if (page->next.len != 0) {
        vfs_buf_text(&r->reply, ",\"pagination\":{\"next\":");
        vfs_buf_string(&r->reply, page->next.data, page->next.len);
        vfs_buf_text(&r->reply, "}");
    }
}


static int
vfs_page_read_token(vfs_request_t *r, vfs_page_t *page, vfs_str_t token)
{
    int           rc;
    vfs_str_t     text;
    vfs_reader_t  reader;

    if (vfs_page_decode(r, token, &text) != VFS_OK
        || vfs_reader_open(&reader, &r->arena, &r->fault, text.data, text.len)
           != VFS_OK)
    {
        goto invalid;
    }

    while ((rc = vfs_reader_member(&reader)) == VFS_OK) {

        if (vfs_reader_is(&reader, "skipPast")) {
            rc = vfs_reader_string(&reader, "skip_past", &page->past);

        } else {
            rc = vfs_reader_skip(&reader);
        }

        if (rc != VFS_OK) {
            goto invalid;
        }
    }

    if (rc == VFS_DECLINED && page->past.len != 0) {
        return VFS_OK;
    }

invalid:

    return vfs_fault(&r->fault, VFS_CODE_INVALID_ARGUMENT,
                     "Invalid pagination token");
}


static int
vfs_page_decode(vfs_request_t *r, vfs_str_t token, vfs_str_t *text)
{
    char        *p;
    size_t       i, n;
    uint32_t     bits;
    const char  *letter;

    while (token.len != 0 && token.data[token.len - 1] == '=') {
        token.len--;
    }

    p = vfs_arena_alloc(&r->arena, token.len);

    if (p == NULL || token.len > VFS_PAGE_MAX_TOKEN) {
        return VFS_ERROR;
    }

    text->data = p;
    bits = 0;
    n = 0;

    for (i = 0; i < token.len; i++) {

        /* a plus sign that the client did not encode came as a blank */

        letter = token.data[i] == '\0' ? NULL
                 : strchr(vfs_base64, token.data[i] == ' ' ? '+'
                                                           : token.data[i]);
        if (letter == NULL) {
            return VFS_ERROR;
        }

        bits = bits << 6 | (uint32_t) (letter - vfs_base64);
        n += 6;

        if (n >= 8) {
            n -= 8;
            *p++ = (char) (bits >> n & 0xff);
        }
    }

    text->len = p - text->data;

    return VFS_OK;
}
