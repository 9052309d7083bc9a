
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_train_lines.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>


#define VFS_LINES_MAX     1048576
#define VFS_LINES_FIRST   4096
#define VFS_LINES_BUFFER  262144


static int vfs_lines_append(vfs_lines_t *lines, vfs_error_t *err);
static int vfs_lines_grow(vfs_lines_t *lines, vfs_error_t *err);
static int vfs_lines_open_quote(const vfs_lines_t *lines);


int
vfs_lines_open(vfs_lines_t *lines, const char *path, vfs_error_t *err)
{
    struct stat  st;

    memset(lines, 0, sizeof(vfs_lines_t));

    lines->path = path;

    if (stat(path, &st) == -1) {
        goto failed;
    }

    if (S_ISDIR(st.st_mode)) {
        errno = EISDIR;
        goto failed;
    }

    lines->size = (uint64_t) st.st_size;
    lines->gz = gzopen(path, "rbe");

    if (lines->gz == NULL) {
        goto failed;
    }

    (void) gzbuffer(lines->gz, VFS_LINES_BUFFER);

    return VFS_OK;

failed:

    vfs_error_set(err, "cannot open \"%.256s\": %s", path, strerror(errno));

    return VFS_ERROR;
}


void
vfs_lines_close(vfs_lines_t *lines)
{
    if (lines->gz != NULL) {
        (void) gzclose(lines->gz);
    }

    free(lines->text);
    memset(lines, 0, sizeof(vfs_lines_t));
}


int
vfs_lines_next(vfs_lines_t *lines, int csv, vfs_error_t *err)
{
    int  rc;

    do {
        lines->len = 0;

        do {
            rc = vfs_lines_append(lines, err);

            if (rc != VFS_OK) {
                return rc;
            }

        } while (csv && vfs_lines_open_quote(lines));

        while (lines->len > 0
               && (lines->text[lines->len - 1] == '\n'
                   || lines->text[lines->len - 1] == '\r'))
        {
            lines->len--;
        }

        lines->text[lines->len] = '\0';

    } while (lines->len == 0);

    return VFS_OK;
}


/* One line more.  VFS_DECLINED: the end, and no record is begun. */

static int
vfs_lines_append(vfs_lines_t *lines, vfs_error_t *err)
{
    size_t  start;

    start = lines->len;

    do {
        if (vfs_lines_grow(lines, err) != VFS_OK) {
            return VFS_ERROR;
        }

        if (gzgets(lines->gz, lines->text + lines->len,
                   (int) (lines->room - lines->len))
            == NULL)
        {
            if (vfs_lines_broken(lines->gz)) {
                vfs_lines_fault(lines->gz, lines->path, "line", lines->number,
                                err);
                return VFS_ERROR;
            }

            if (start != 0 && lines->len == start) {
                vfs_error_set(err, "\"%.256s\", line %" PRIu64 ": a quote is "
                              "not closed", lines->path, lines->number);
                return VFS_ERROR;
            }

            return (lines->len == 0) ? VFS_DECLINED : VFS_OK;
        }

        lines->len += strlen(lines->text + lines->len);

    } while (lines->len == 0 || lines->text[lines->len - 1] != '\n');

    lines->number++;

    return VFS_OK;
}


static int
vfs_lines_grow(vfs_lines_t *lines, vfs_error_t *err)
{
    char    *text;
    size_t   room;

    if (lines->room - lines->len > 1) {
        return VFS_OK;
    }

    room = (lines->room == 0) ? VFS_LINES_FIRST : lines->room * 2;

    if (room > VFS_LINES_MAX) {
        vfs_error_set(err, "\"%.256s\", line %" PRIu64 ": longer than %d bytes",
                      lines->path, lines->number + 1, VFS_LINES_MAX);
        return VFS_ERROR;
    }

    text = realloc(lines->text, room);

    if (text == NULL) {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    lines->text = text;
    lines->room = room;

    return VFS_OK;
}


static int
vfs_lines_open_quote(const vfs_lines_t *lines)
{
    int     quoted;
    size_t  i;

    quoted = 0;

    for (i = 0; i < lines->len; i++) {
        quoted ^= (lines->text[i] == '"');
    }

    return quoted;
}


uint64_t
vfs_lines_done(const vfs_lines_t *lines)
{
    z_off_t  offset;

    offset = gzoffset(lines->gz);

    return (offset > 0) ? (uint64_t) offset : 0;
}


int
vfs_lines_broken(gzFile gz)
{
    int  code;

    (void) gzerror(gz, &code);

    return code != Z_OK && code != Z_STREAM_END;
}


void
vfs_lines_fault(gzFile gz, const char *path, const char *unit, uint64_t number,
    vfs_error_t *err)
{
    int          code;
    const char  *text;

    text = gzerror(gz, &code);

    if (code == Z_BUF_ERROR) {
        text = "the gzip data are cut short";

    } else if (code == Z_ERRNO) {
        text = strerror(errno);
    }

    vfs_error_set(err, "\"%.256s\", after %s %" PRIu64 ": %.128s", path, unit,
                  number, text);
}
