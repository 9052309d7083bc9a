
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_definition_read.h"
#include "vfs_event.h"
#include "vfs_settings.h"

#include <string.h>


#define VFS_MAX_SHORT_NAME  64
#define VFS_MAX_TOPIC       249        /* Kafka's */
#define VFS_MAX_TYPE        128
#define VFS_MAX_FILE        1024
#define VFS_SHA256_LEN      64
#define VFS_MAX_MODEL       256
#define VFS_MAX_URL         1024


static int vfs_check_name(const char *text, size_t len);
static int vfs_check_path(const char *text, size_t len);
static int vfs_check_column(const char *text, size_t len);
static int vfs_check_topic(const char *text, size_t len);
static int vfs_check_type(const char *text, size_t len);
static int vfs_check_namespace(const char *text, size_t len);
static int vfs_check_metadata(const char *text, size_t len);
static int vfs_check_file(const char *text, size_t len);
static int vfs_check_sha256(const char *text, size_t len);
static int vfs_check_model(const char *text, size_t len);
static int vfs_check_url(const char *text, size_t len);
static int vfs_check_set(const char *text, size_t len, size_t max,
    const char *more);


const vfs_string_kind_t  vfs_kind_name = {
    vfs_check_name,
    "1 to 64 characters of [A-Za-z0-9_-]"
};


const vfs_string_kind_t  vfs_kind_path = {
    vfs_check_path,
    "a field's name, or names joined by dots, of 1 to 256 bytes"
};


const vfs_string_kind_t  vfs_kind_column = {
    vfs_check_column,
    "a column's name of 1 to 64 bytes without a dot"
};


const vfs_string_kind_t  vfs_kind_topic = {
    vfs_check_topic,
    "a topic's name of 1 to 249 characters of [A-Za-z0-9._-]"
};


const vfs_string_kind_t  vfs_kind_type = {
    vfs_check_type,
    "an event type of 1 to 128 bytes"
};


const vfs_string_kind_t  vfs_kind_namespace = {
    vfs_check_namespace,
    "1 to 64 characters of [A-Za-z0-9._@-]"
};


const vfs_string_kind_t  vfs_kind_metadata = {
    vfs_check_metadata,
    "a name of 1 to 64 characters of [A-Za-z0-9._-] that does not begin with "
    "\"vfs_\""
};


const vfs_string_kind_t  vfs_kind_file = {
    vfs_check_file,
    "a file's path of 1 to 1024 bytes"
};


const vfs_string_kind_t  vfs_kind_sha256 = {
    vfs_check_sha256,
    "a SHA-256 of 64 hexadecimal digits in lower case"
};


const vfs_string_kind_t  vfs_kind_model = {
    vfs_check_model,
    "1 to 256 characters of [A-Za-z0-9._:/@-]"
};


const vfs_string_kind_t  vfs_kind_url = {
    vfs_check_url,
    "an address such as \"http://127.0.0.1:8000\" of up to 1024 bytes, without "
    "user, query and fragment"
};


static int
vfs_check_name(const char *text, size_t len)
{
    return vfs_check_set(text, len, VFS_MAX_SHORT_NAME, "_-");
}


static int
vfs_check_path(const char *text, size_t len)
{
    return len > 0
           && len <= VFS_MAX_PATH_LEN
           && memchr(text, '\0', len) == NULL
           && text[0] != '.'
           && text[len - 1] != '.'
           && memmem(text, len, "..", 2) == NULL;
}


static int
vfs_check_column(const char *text, size_t len)
{
    return len > 0
           && len <= VFS_MAX_SHORT_NAME
           && memchr(text, '\0', len) == NULL
           && memchr(text, '.', len) == NULL;
}


static int
vfs_check_topic(const char *text, size_t len)
{
    return vfs_check_set(text, len, VFS_MAX_TOPIC, "._-")
           && !(len == 1 && text[0] == '.')
           && !(len == 2 && text[0] == '.' && text[1] == '.');
}


static int
vfs_check_type(const char *text, size_t len)
{
    return len > 0
           && len <= VFS_MAX_TYPE
           && memchr(text, '\0', len) == NULL;
}


static int
vfs_check_namespace(const char *text, size_t len)
{
    return vfs_check_set(text, len, VFS_MAX_SHORT_NAME, "._@-");
}


static int
vfs_check_metadata(const char *text, size_t len)
{
    return vfs_check_set(text, len, VFS_MAX_METADATA_NAME, "._-")
           && (len < 4 || memcmp(text, "vfs_", 4) != 0);
}


static int
vfs_check_file(const char *text, size_t len)
{
    return len > 0 && len <= VFS_MAX_FILE && memchr(text, '\0', len) == NULL;
}


static int
vfs_check_sha256(const char *text, size_t len)
{
    size_t  i;

    for (i = 0; i < len; i++) {
        if (text[i] == '\0' || strchr("0123456789abcdef", text[i]) == NULL) {
            return 0;
        }
    }

    return len == VFS_SHA256_LEN;
}


static int
vfs_check_model(const char *text, size_t len)
{
    return vfs_check_set(text, len, VFS_MAX_MODEL, "._:/@-");
}


static int
vfs_check_url(const char *text, size_t len)
{
    char         url[VFS_MAX_URL + 1];
    const char  *reason;

    if (len > VFS_MAX_URL || memchr(text, '\0', len) != NULL) {
        return 0;
    }

    memcpy(url, text, len);
    url[len] = '\0';

    return vfs_url_check(url, &reason) == VFS_OK;
}


/* ASCII letters, digits and "more". */

static int
vfs_check_set(const char *text, size_t len, size_t max, const char *more)
{
    char    c;
    size_t  i;

    if (len == 0 || len > max) {
        return 0;
    }

    for (i = 0; i < len; i++) {
        c = text[i];

        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z')
            && !(c >= '0' && c <= '9')
            && (c == '\0' || strchr(more, c) == NULL))
        {
            return 0;
        }
    }

    return 1;
}
