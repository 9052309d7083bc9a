
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_train_gzip.h"
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
    int     rc, quoted;
    size_t  start;

    do {
        lines->len = 0;
        quoted = 0;

        do {
            start = lines->len;
            rc = vfs_lines_append(lines, err);

            if (rc != VFS_OK) {
                return rc;
            }

            quoted = csv && vfs_lines_quoted(lines->text, start, lines->len,
                                             quoted);

        } while (quoted);

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
    size_t   n, start, mark;
    z_off_t  from;

    start = lines->len;

    do {
        if (vfs_lines_grow(lines, err) != VFS_OK) {
            return VFS_ERROR;
        }

        from = gztell(lines->gz);

        if (gzgets(lines->gz, lines->text + lines->len,
                   (int) (lines->room - lines->len))
            == NULL)
        {
            if (vfs_lines_broken(lines->gz)) {
                vfs_lines_fault(lines->gz, lines->path, "line", lines->number,
                                err);
                return VFS_ERROR;
            }

            if (lines->len != start) {
                break;
            }

            if (start != 0) {
                vfs_error_set(err, "\"%.256s\", line %" PRIu64 ": a quote is "
                              "not closed", lines->path, lines->number);
                return VFS_ERROR;
            }

            return (vfs_gzip_whole(lines->gz, lines->path, "line",
                                   lines->number, err)
                    == VFS_OK) ? VFS_DECLINED : VFS_ERROR;
        }

        n = strlen(lines->text + lines->len);

        if (gztell(lines->gz) - from != (z_off_t) n) {
            vfs_error_set(err, "\"%.256s\", line %" PRIu64 ": a NUL byte, "
                          "expected text", lines->path, lines->number + 1);
            return VFS_ERROR;
        }

        lines->len += n;

    } while (lines->len == 0 || lines->text[lines->len - 1] != '\n');

    lines->number++;

    if (lines->number == 1) {
        mark = vfs_lines_mark(lines->text, lines->len);
        lines->len -= mark;
        memmove(lines->text, lines->text + mark, lines->len + 1);
    }

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


int
vfs_lines_quoted(const char *text, size_t start, size_t len, int quoted)
{
    size_t  i;

    for (i = start; i < len; i++) {

        if (text[i] != '"') {
            continue;
        }

        if (!quoted) {
            quoted = (i == 0 || text[i - 1] == ',');

        } else if (i + 1 < len && text[i + 1] == '"') {
            i++;

        } else {
            quoted = 0;
        }
    }

    return quoted;
}


size_t
vfs_lines_mark(const char *text, size_t len)
{
    return (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) ? 3 : 0;
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
