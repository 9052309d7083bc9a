
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_player.h"
#include "vfs_event.h"
#include "vfs_json.h"
#include "vfs_log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


/* Events as they stand in the file, JSON or the bare form "userId,itemId". */

typedef struct {
    vfs_player_source_t   source;
    FILE                 *in;
    const char           *path;
    char                 *line;
    size_t                size;
    char                  user[VFS_MAX_ID_LEN];
} vfs_player_lines_t;


static int vfs_player_lines_find_hints(vfs_player_lines_t *lines,
    vfs_error_t *err);
static int vfs_player_lines_next(vfs_player_source_t *source,
    vfs_player_event_t *event, vfs_error_t *err);
static int vfs_player_lines_read(vfs_player_lines_t *lines, size_t *len,
    vfs_error_t *err);
static unsigned vfs_player_lines_ids(vfs_player_lines_t *lines, size_t len,
    vfs_player_event_t *event);
static unsigned vfs_player_lines_csv(vfs_player_lines_t *lines, size_t len,
    vfs_player_event_t *event);
static unsigned vfs_player_lines_json(vfs_player_lines_t *lines, size_t len,
    vfs_player_event_t *event);
static void vfs_player_lines_close(vfs_player_source_t *source);


vfs_player_source_t *
vfs_player_lines(const char *path, vfs_error_t *err)
{
    vfs_player_lines_t  *lines;

    lines = calloc(1, sizeof(vfs_player_lines_t));

    if (lines == NULL) {
        vfs_error_set(err, "out of memory");
        return NULL;
    }

    lines->source.next = vfs_player_lines_next;
    lines->source.close = vfs_player_lines_close;
    lines->path = path;

    lines->in = fopen(path, "r");

    if (lines->in == NULL) {
        vfs_error_set(err, "cannot open \"%s\": %s", path, strerror(errno));
        goto failed;
    }

    if (vfs_player_lines_find_hints(lines, err) != VFS_OK) {
        goto failed;
    }

    rewind(lines->in);

    return &lines->source;

failed:

    vfs_player_lines_close(&lines->source);

    return NULL;
}


static int
vfs_player_lines_find_hints(vfs_player_lines_t *lines, vfs_error_t *err)
{
    int                 rc;
    size_t              len;
    vfs_player_event_t  event;

    while (lines->source.nhints < VFS_PLAYER_HINTS) {
        rc = vfs_player_lines_read(lines, &len, err);

        if (rc != VFS_OK) {
            return (rc == VFS_DECLINED) ? VFS_OK : VFS_ERROR;
        }

        if (vfs_player_lines_ids(lines, len, &event)) {
            vfs_player_hint(&lines->source, event.key, event.key_len);
        }
    }

    return VFS_OK;
}


static int
vfs_player_lines_next(vfs_player_source_t *source, vfs_player_event_t *event,
    vfs_error_t *err)
{
    int                  rc;
    size_t               len;
    vfs_player_lines_t  *lines;

    lines = (vfs_player_lines_t *) source;

    for ( ;; ) {
        rc = vfs_player_lines_read(lines, &len, err);

        if (rc != VFS_OK) {
            return rc;
        }

        source->rows++;

        if (len <= VFS_MAX_EVENT_LEN) {
            break;
        }

        source->malformed++;
        vfs_log(VFS_LOG_WARN, "row_skipped",
                "row=%llu reason=\"longer than %d bytes\"",
                (unsigned long long) source->rows, VFS_MAX_EVENT_LEN);
    }

    if (!vfs_player_lines_ids(lines, len, event)) {
        source->invalid_ids++;
    }

    event->value = lines->line;
    event->len = len;

    return VFS_OK;
}


/* One line that is not blank, without its end. */

static int
vfs_player_lines_read(vfs_player_lines_t *lines, size_t *len,
    vfs_error_t *err)
{
    ssize_t  n;

    do {
        errno = 0;
        n = getline(&lines->line, &lines->size, lines->in);

        if (n == -1) {

            if (!feof(lines->in)) {
                vfs_error_set(err, "cannot read \"%s\": %s",
                              lines->path, strerror(errno));
                return VFS_ERROR;
            }

            return VFS_DECLINED;
        }

        while (n > 0
               && (lines->line[n - 1] == '\n' || lines->line[n - 1] == '\r'))
        {
            n--;
        }

    } while (n == 0);

    *len = n;

    return VFS_OK;
}


/* Sets the event's key, or none; tells whether both ids are valid. */

static unsigned
vfs_player_lines_ids(vfs_player_lines_t *lines, size_t len,
    vfs_player_event_t *event)
{
    event->key = NULL;
    event->key_len = 0;

    if (lines->line[0] == '{') {
        return vfs_player_lines_json(lines, len, event);
    }

    return vfs_player_lines_csv(lines, len, event);
}


static unsigned
vfs_player_lines_csv(vfs_player_lines_t *lines, size_t len,
    vfs_player_event_t *event)
{
    const char  *item, *comma, *last;

    last = lines->line + len;
    comma = memchr(lines->line, ',', len);

    if (comma == NULL) {
        return 0;
    }

    event->key = lines->line;
    event->key_len = comma - lines->line;

    item = comma + 1;
    comma = memchr(item, ',', last - item);

    if (comma != NULL) {
        last = comma;
    }

    return vfs_id_valid(event->key, event->key_len)
           && vfs_id_valid(item, last - item);
}


static unsigned
vfs_player_lines_json(vfs_player_lines_t *lines, size_t len,
    vfs_player_event_t *event)
{
    char               buf[VFS_MAX_ID_LEN], *id;
    unsigned           user, item;
    ptrdiff_t          n;
    vfs_json_t         json;
    vfs_json_token_t   name, value, span;

    item = 0;

    vfs_json_init(&json, lines->line, len);
    vfs_json_next(&json, &name);

    while (vfs_json_next(&json, &name) == VFS_JSON_NAME) {

        vfs_json_next(&json, &value);
        user = vfs_json_equal(&name, "userId");

        if (value.type == VFS_JSON_STRING
            && (user || vfs_json_equal(&name, "itemId")))
        {
            id = user ? lines->user : buf;
            n = vfs_json_unescape(&value, id, VFS_MAX_ID_LEN);

            if (n == -1 || !vfs_id_valid(id, n)) {
                continue;
            }

            if (user) {
                event->key = lines->user;
                event->key_len = n;

            } else {
                item = 1;
            }

            continue;
        }

        if (vfs_json_skip(&json, &value, &span) != 0) {
            break;
        }
    }

    return event->key != NULL && item;
}


static void
vfs_player_lines_close(vfs_player_source_t *source)
{
    vfs_player_lines_t  *lines;

    lines = (vfs_player_lines_t *) source;

    if (lines->in != NULL) {
        fclose(lines->in);
    }

    free(lines->line);
    free(lines);
}
