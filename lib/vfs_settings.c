
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define VFS_SECRET_LEN  1024
#define VFS_URL_LEN     1024


static const char *vfs_setting(const char *name);
static int vfs_number(const char *text, size_t len, int64_t *value);
static int vfs_host_len(const char *text, size_t *len);
static int vfs_secret_copy(const char *name, const char *text, size_t len,
    char **value, vfs_error_t *err);


static const char *
vfs_setting(const char *name)
{
    const char  *text;

    text = getenv(name);

    return (text != NULL && text[0] != '\0') ? text : NULL;
}


int
vfs_setting_string(const char *name, const char *fallback, const char **value)
{
    const char  *text;

    text = vfs_setting(name);
    *value = (text != NULL) ? text : fallback;

    return VFS_OK;
}


int
vfs_setting_integer(const char *name, int64_t fallback, int64_t min,
    int64_t max, int64_t *value, vfs_error_t *err)
{
    int64_t      n;
    const char  *text;

    text = vfs_setting(name);

    if (text == NULL) {
        *value = fallback;
        return VFS_OK;
    }

    if (vfs_number(text, strlen(text), &n) != VFS_OK || n < min || n > max) {
        vfs_error_set(err, "%s is \"%.64s\", expected a whole number from "
                      "%lld to %lld, for example %s=%lld",
                      name, text, (long long) min, (long long) max, name,
                      (long long) fallback);
        return VFS_ERROR;
    }

    *value = n;

    return VFS_OK;
}


static int
vfs_number(const char *text, size_t len, int64_t *value)
{
    char       *end;
    long long   n;

    if (len == 0
        || (text[0] != '-' && (text[0] < '0' || text[0] > '9')))
    {
        return VFS_ERROR;
    }

    errno = 0;
    n = strtoll(text, &end, 10);

    if (errno != 0 || end != text + len) {
        return VFS_ERROR;
    }

    *value = n;

    return VFS_OK;
}


int
vfs_setting_url(const char *name, const char *fallback, char **value,
    vfs_error_t *err)
{
    char        *url;
    size_t       len;
    const char  *text, *reason;

    text = vfs_setting(name);

    if (text == NULL) {
        text = fallback;
    }

    if (vfs_url_check(text, &reason) != VFS_OK) {

        /* not quoted: a password may stand in it */

        vfs_error_set(err, "%s %s, expected an address like "
                      "http://127.0.0.1:5080 or https://index.example.com",
                      name, reason);
        return VFS_ERROR;
    }

    len = strlen(text);

    while (text[len - 1] == '/') {
        len--;
    }

    url = strndup(text, len);

    if (url == NULL) {
        vfs_error_set(err, "%s: out of memory", name);
        return VFS_ERROR;
    }

    *value = url;

    return VFS_OK;
}


int
vfs_url_check(const char *url, const char **reason)
{
    size_t       len;
    int64_t      port;
    const char  *p, *q;

    static const char  path[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
        "-._~%/+:=,";

    if (strlen(url) > VFS_URL_LEN) {
        *reason = "is longer than 1024 bytes";
        return VFS_ERROR;
    }

    if (strncmp(url, "http://", 7) == 0) {
        p = url + 7;

    } else if (strncmp(url, "https://", 8) == 0) {
        p = url + 8;

    } else {
        *reason = "begins with neither http:// nor https://";
        return VFS_ERROR;
    }

    if (strchr(p, '@') != NULL) {
        *reason = "holds a user name or an @";
        return VFS_ERROR;
    }

    if (strpbrk(p, "?#") != NULL) {
        *reason = "holds a query or a fragment";
        return VFS_ERROR;
    }

    if (vfs_host_len(p, &len) != VFS_OK || len == 0) {
        *reason = "has no valid host name";
        return VFS_ERROR;
    }

    p += len;

    if (*p == ':') {
        p++;
        q = p + strcspn(p, "/");

        if (*p == '-' || vfs_number(p, (size_t) (q - p), &port) != VFS_OK
            || port < 1 || port > 65535)
        {
            *reason = "has a port that is not a number from 1 to 65535";
            return VFS_ERROR;
        }

        p = q;
    }

    if (*p != '\0' && *p != '/') {
        *reason = "has no valid host name";
        return VFS_ERROR;
    }

    if (p[strspn(p, path)] != '\0') {
        *reason = "has a path with a character that needs percent-encoding";
        return VFS_ERROR;
    }

    return VFS_OK;
}


/* The length of a host name, an IPv4 address or a bracketed IPv6 address. */

static int
vfs_host_len(const char *text, size_t *len)
{
    size_t  n;

    if (text[0] == '[') {
        n = 1 + strspn(text + 1, "0123456789abcdefABCDEF:.");

        if (n < 3 || text[n] != ']') {
            return VFS_ERROR;
        }

        *len = n + 1;

        return VFS_OK;
    }

    *len = strspn(text, "abcdefghijklmnopqrstuvwxyz"
                        "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._");

    return VFS_OK;
}


int
vfs_setting_secret(const char *name, char **value, vfs_error_t *err)
{
    int          n;
    char         file[128];
    const char  *text, *path;

    n = snprintf(file, sizeof(file), "%s_FILE", name);

    if (n < 0 || (size_t) n >= sizeof(file)) {
        vfs_error_set(err, "%.64s: the name is too long", name);
        return VFS_ERROR;
    }

    *value = NULL;

    text = vfs_setting(name);
    path = vfs_setting(file);

    if (text != NULL && path != NULL) {
        vfs_error_set(err, "%s and %s are both set, expected one of them",
                      name, file);
        return VFS_ERROR;
    }

    if (text != NULL) {
        return vfs_secret_copy(name, text, strlen(text), value, err);
    }

    if (path != NULL) {
        return vfs_secret_file(file, path, value, err);
    }

    return VFS_OK;
}


int
vfs_secret_file(const char *name, const char *path, char **value,
    vfs_error_t *err)
{
    int      rc;
    char     line[VFS_SECRET_LEN + 3];
    FILE    *fp;
    size_t   len;

    fp = fopen(path, "re");

    if (fp == NULL) {
        vfs_error_set(err, "%s: cannot open \"%.128s\": %s, expected a "
                      "readable file whose first line is the secret",
                      name, path, strerror(errno));
        return VFS_ERROR;
    }

    /* unbuffered, so that no second copy of the secret stays on the heap */

    (void) setvbuf(fp, NULL, _IONBF, 0);

    if (fgets(line, sizeof(line), fp) == NULL) {
        vfs_error_set(err, "%s: \"%.128s\" is empty or cannot be read, "
                      "expected a file whose first line is the secret",
                      name, path);
        (void) fclose(fp);
        return VFS_ERROR;
    }

    (void) fclose(fp);

    len = strcspn(line, "\r\n");

    rc = vfs_secret_copy(name, line, len, value, err);

    explicit_bzero(line, sizeof(line));

    return rc;
}


static int
vfs_secret_copy(const char *name, const char *text, size_t len, char **value,
    vfs_error_t *err)
{
    size_t  i;

    if (len == 0 || len > VFS_SECRET_LEN) {
        vfs_error_set(err, "%s holds a secret of %zu bytes, expected 1 to %d",
                      name, len, VFS_SECRET_LEN);
        return VFS_ERROR;
    }

    for (i = 0; i < len; i++) {

        /* it becomes a header's value, so neither spaces nor controls */

        if (text[i] <= 0x20 || text[i] >= 0x7f) {
            vfs_error_set(err, "%s holds a secret with a space, control or "
                          "non-ASCII byte at position %zu, expected printable "
                          "characters only", name, i + 1);
            return VFS_ERROR;
        }
    }

    *value = strndup(text, len);

    if (*value == NULL) {
        vfs_error_set(err, "%s: out of memory", name);
        return VFS_ERROR;
    }

    return VFS_OK;
}


int
vfs_parse_address(const char *text, char **host, uint16_t *port,
    vfs_error_t *err)
{
    size_t       len, skip;
    int64_t      n;
    const char  *p;

    if (vfs_host_len(text, &len) != VFS_OK || text[len] != ':') {
        goto invalid;
    }

    p = text + len + 1;

    if (*p == '-' || vfs_number(p, strlen(p), &n) != VFS_OK || n > 65535) {
        goto invalid;
    }

    /* an IPv6 address goes without its brackets */

    skip = (text[0] == '[') ? 1 : 0;

    *host = strndup(text + skip, len - 2 * skip);

    if (*host == NULL) {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    *port = (uint16_t) n;

    return VFS_OK;

invalid:

    vfs_error_set(err, "\"%.128s\" is no address, expected host:port with a "
                  "port from 0 to 65535, for example 127.0.0.1:5080 or "
                  "[::1]:5080", text);

    return VFS_ERROR;
}
