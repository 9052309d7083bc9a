
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_http_request.h"

#include <arpa/inet.h>
#include <string.h>


/* The longest address in text, with its end. */

#define VFS_HTTP_ADDRESS  INET6_ADDRSTRLEN


static int vfs_http_unlocked(vfs_http_request_t *h);
static int vfs_http_host_known(const vfs_http_options_t *options,
    vfs_str_t host);
static int vfs_http_host_address(int family, vfs_str_t host);
static int vfs_http_host_equal(vfs_str_t host, const char *name);


int
vfs_http_authorize(vfs_http_request_t *h)
{
    size_t       i, len;
    unsigned     differ;
    vfs_str_t    given;
    const char  *key;

    key = h->http->options.key;

    if (key == NULL) {
        return vfs_http_unlocked(h);
    }

    given = vfs_http_header(h, "Api-Key");

    /* Prometheus sends credentials in this header only */

    if (given.len == 0) {
        given = vfs_http_header(h, "Authorization");

        if (given.len < 7 || strncasecmp(given.data, "Bearer ", 7) != 0) {
            given.len = 0;

        } else {
            given.data += 7;
            given.len -= 7;
        }
    }

    len = strlen(key);
    differ = given.len != len;

    /* in a time that tells nothing about the key */

    for (i = 0; i < given.len; i++) {
        differ |= (unsigned char) (given.data[i] ^ key[len == 0 ? 0
                                                              : i % len]);
    }

    if (differ) {
        return vfs_fault(&h->r.fault, VFS_CODE_UNAUTHENTICATED,
                         "Invalid API key.");
    }

    return VFS_OK;
}


/*
 * A page in a browser may ask this machine as any program may.  Mostly the
 * browser names the page; not if the page's own name was made to point here
 * (DNS rebinding), but then the request bears that name.
 */

static int
vfs_http_unlocked(vfs_http_request_t *h)
{
    vfs_str_t  host;

    if (vfs_http_header(h, "Origin").len != 0) {
        return vfs_fault(&h->r.fault, VFS_CODE_PERMISSION_DENIED,
                         "An index without a key does not serve web pages");
    }

    host = vfs_http_header(h, MHD_HTTP_HEADER_HOST);

    if (!vfs_http_host_known(&h->http->options, host)) {
        return vfs_fault(&h->r.fault, VFS_CODE_PERMISSION_DENIED,
                         "An index without a key answers to addresses, to "
                         "names without a dot and to those of its option "
                         "--host-name, not to '%.*s'",
                         (int) (host.len > 255 ? 255 : host.len), host.data);
    }

    return VFS_OK;
}


/*
 * An address, "localhost", or a name without a dot, which no page on the
 * Internet has; other names only if the operator gave them.
 */

static int
vfs_http_host_known(const vfs_http_options_t *options, vfs_str_t host)
{
    size_t       i;
    const char  *end;

    static const char  localhost[] = ".localhost";

    if (host.len != 0 && host.data[0] == '[') {
        end = memchr(host.data, ']', host.len);

        host.data++;
        host.len = end == NULL ? 0 : (size_t) (end - host.data);

        return vfs_http_host_address(AF_INET6, host);
    }

    /* the port */

    end = memchr(host.data, ':', host.len);

    if (end != NULL) {
        host.len = (size_t) (end - host.data);
    }

    if (host.len != 0 && host.data[host.len - 1] == '.') {
        host.len--;
    }

    for (i = 0; i < options->nhosts; i++) {
        if (vfs_http_host_equal(host, options->hosts[i])) {
            return 1;
        }
    }

    if (memchr(host.data, '.', host.len) == NULL
        || vfs_http_host_address(AF_INET, host))
    {
        return 1;
    }

    i = sizeof(localhost) - 1;

    if (host.len > i) {
        host.data += host.len - i;
        host.len = i;
    }

    return vfs_http_host_equal(host, localhost);
}


static int
vfs_http_host_address(int family, vfs_str_t host)
{
    char           text[VFS_HTTP_ADDRESS];
    unsigned char  address[sizeof(struct in6_addr)];

    if (host.len >= sizeof(text)) {
        return 0;
    }

    memcpy(text, host.data, host.len);
    text[host.len] = '\0';

    return inet_pton(family, text, address) == 1;
}


static int
vfs_http_host_equal(vfs_str_t host, const char *name)
{
    return host.len == strlen(name)
           && strncasecmp(host.data, name, host.len) == 0;
}
