
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_csv.h"
#include "vfs_event.h"
#include "vfs_json.h"
#include "vfs_train_gzip.h"
#include "vfs_train_history.h"
#include "vfs_train_lines.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>


/* an event, and what JSON and kcat may put around it */

#define VFS_FILES_LINE    (8 * VFS_MAX_EVENT_LEN)
#define VFS_FILES_BUFFER  (256 * 1024)
#define VFS_FILES_KEY     4096


typedef struct {
    vfs_history_t            history;   /* first: it is its own */
    const vfs_definition_t  *def;
    char *const             *paths;
    unsigned                 npaths;
    char                    *line;
    char                    *payload;
    char                     key[VFS_FILES_KEY];
} vfs_history_files_t;


typedef struct {
    gzFile                   gz;
    const char              *path;
    uint64_t                 number;    /* of the line, from 1 */
    uint64_t                 records;
    int32_t                  partition;
    unsigned                 kcat:1;    /* it holds lines of kcat -J */
} vfs_files_reader_t;


static int vfs_history_files_refresh(vfs_history_t *history, vfs_error_t *err);
static int vfs_history_files_read(vfs_history_t *history, vfs_raw_pt handler,
    void *data, vfs_error_t *err);
static int vfs_history_files_file(vfs_history_files_t *files,
    vfs_files_reader_t *reader, vfs_raw_pt handler, void *data,
    vfs_error_t *err);
static int vfs_history_files_line(vfs_history_files_t *files,
    vfs_files_reader_t *reader, size_t *len, vfs_error_t *err);
static int vfs_history_files_record(vfs_history_files_t *files,
    vfs_files_reader_t *reader, size_t len, vfs_raw_t *raw, vfs_error_t *err);
static int vfs_history_files_envelope(vfs_history_files_t *files, size_t len,
    vfs_raw_t *raw, const char **wrong);
static int vfs_history_files_kcat(const vfs_history_files_t *files,
    size_t len);
static int vfs_history_files_integer(const vfs_json_token_t *value,
    int64_t *number);
static int vfs_history_files_header(const vfs_history_files_t *files,
    size_t len);
static int vfs_history_files_place(vfs_history_files_t *files,
    const vfs_raw_t *raw, vfs_error_t *err);
static int vfs_history_files_settle(vfs_history_t *history, int timeout_ms,
    vfs_error_t *err);
static void vfs_history_files_close(vfs_history_t *history);


vfs_history_t *
vfs_history_files(const vfs_definition_t *def, char *const *paths, unsigned n,
    vfs_error_t *err)
{
    vfs_history_files_t  *files;

    files = calloc(1, sizeof(vfs_history_files_t));

    if (files == NULL) {
        vfs_error_set(err, "out of memory");
        return NULL;
    }

    files->history.files = 1;
    files->history.refresh = vfs_history_files_refresh;
    files->history.read = vfs_history_files_read;
    files->history.settle = vfs_history_files_settle;
    files->history.close = vfs_history_files_close;
    files->def = def;
    files->paths = paths;
    files->npaths = n;

    files->line = malloc(VFS_FILES_LINE + 1);
    files->payload = malloc(VFS_FILES_LINE);

    if (files->line == NULL || files->payload == NULL) {
        vfs_error_set(err, "out of memory");
        vfs_history_close(&files->history);
        return NULL;
    }

    return &files->history;
}


/* Files do not grow: a second reading is of the same records. */

static int
vfs_history_files_refresh(vfs_history_t *history, vfs_error_t *err)
{
    return VFS_OK;
}


static int
vfs_history_files_read(vfs_history_t *history, vfs_raw_pt handler, void *data,
    vfs_error_t *err)
{
    int                   rc;
    unsigned              i;
    uint64_t              records;
    vfs_files_reader_t    reader;
    vfs_history_files_t  *files;

    files = (vfs_history_files_t *) history;
    records = 0;

    for (i = 0; i < files->npaths; i++) {
        memset(&reader, 0, sizeof(vfs_files_reader_t));

        reader.path = files->paths[i];
        reader.partition = history->joined ? 0 : (int32_t) i;
        reader.records = history->joined ? records : 0;
        reader.gz = gzopen(reader.path, "rbe");

        if (reader.gz == NULL) {
            vfs_error_set(err, "cannot open \"%.256s\": %s", reader.path,
                          strerror(errno));
            return VFS_ERROR;
        }

        (void) gzbuffer(reader.gz, VFS_FILES_BUFFER);

        rc = vfs_history_files_file(files, &reader, handler, data, err);

        (void) gzclose(reader.gz);

        records = reader.records;

        if (rc != VFS_OK) {
            return rc;
        }
    }

    return VFS_OK;
}


static int
vfs_history_files_file(vfs_history_files_t *files, vfs_files_reader_t *reader,
    vfs_raw_pt handler, void *data, vfs_error_t *err)
{
    int        rc;
    size_t     len;
    vfs_raw_t  raw;

    for ( ;; ) {
        rc = vfs_history_files_line(files, reader, &len, err);

        if (rc != VFS_OK) {
            return (rc == VFS_DECLINED) ? VFS_OK : VFS_ERROR;
        }

        if (len == 0) {
            continue;
        }

        if (reader->number == 1 && vfs_history_files_header(files, len)) {
            continue;
        }

        rc = vfs_history_files_record(files, reader, len, &raw, err);

        if (rc == VFS_OK) {
            rc = vfs_history_files_place(files, &raw, err);
        }

        if (rc == VFS_OK) {
            rc = handler(data, &raw, err);
        }

        if (rc == VFS_ERROR) {
            return VFS_ERROR;
        }
    }
}


/* One record without its line end; a quoted CSV field may hold others. */

static int
vfs_history_files_line(vfs_history_files_t *files, vfs_files_reader_t *reader,
    size_t *len, vfs_error_t *err)
{
    int          code, quoted;
    char        *start;
    size_t       n, mark;
    z_off_t      from;
    const char  *text;

    n = 0;
    quoted = 0;

    do {
        start = files->line + n;
        from = gztell(reader->gz);

        if (gzgets(reader->gz, start, (int) (VFS_FILES_LINE - n)) == NULL) {
            text = gzerror(reader->gz, &code);

            if (code != Z_OK && code != Z_STREAM_END) {
                vfs_error_set(err, "\"%.256s\", after line %" PRIu64 ": %s",
                              reader->path, reader->number,
                              (code == Z_BUF_ERROR) ? "the gzip file is cut "
                                                      "short" : text);
                return VFS_ERROR;
            }

            if (n == 0) {
                return (vfs_gzip_whole(reader->gz, reader->path, "line",
                                       reader->number, err)
                        == VFS_OK) ? VFS_DECLINED : VFS_ERROR;
            }

            vfs_error_set(err, "\"%.256s\": the quote that line %" PRIu64
                          " or one before it opens is never closed",
                          reader->path, reader->number);
            return VFS_ERROR;
        }

        n += strlen(start);
        reader->number++;

        if (gztell(reader->gz) - from != (z_off_t) strlen(start)
            || (n >= VFS_FILES_LINE - 1 && files->line[n - 1] != '\n'))
        {
            vfs_error_set(err, "\"%.256s\", line %" PRIu64 ": longer than %d "
                          "bytes, or with a NUL in it", reader->path,
                          reader->number, VFS_FILES_LINE);
            return VFS_ERROR;
        }

        if (reader->number == 1) {
            mark = vfs_lines_mark(start, n);
            n -= mark;
            memmove(start, start + mark, n + 1);
        }

        quoted = files->def->ncsv != 0 && files->line[0] != '{'
                 && vfs_lines_quoted(files->line, (size_t) (start
                                                            - files->line),
                                     n, quoted);

    } while (quoted);

    while (n > 0
           && (files->line[n - 1] == '\n' || files->line[n - 1] == '\r'))
    {
        n--;
    }

    *len = n;

    return VFS_OK;
}


static int
vfs_history_files_header(const vfs_history_files_t *files, size_t len)
{
    int                rc, same;
    unsigned           i;
    vfs_error_t        err;
    vfs_document_t     doc;
    const vfs_node_t  *value;

    if (files->def->ncsv == 0 || files->line[0] == '{') {
        return 0;
    }

    memset(&doc, 0, sizeof(vfs_document_t));

    rc = vfs_csv_parse(files->def, files->line, len, &doc, &err);
    same = (rc == VFS_OK);

    for (i = 0; same && i < files->def->ncsv; i++) {
        same = (vfs_node_member(doc.nodes, files->def->csv[i], &value)
                == VFS_OK
                && vfs_json_equal(&value->token, files->def->csv[i]));
    }

    vfs_document_free(&doc);

    return same;
}


/* VFS_DECLINED: a line of kcat -J that cannot be read, so its place is lost. */

static int
vfs_history_files_record(vfs_history_files_t *files,
    vfs_files_reader_t *reader, size_t len, vfs_raw_t *raw, vfs_error_t *err)
{
    int          rc;
    const char  *wrong;

    memset(raw, 0, sizeof(vfs_raw_t));

    rc = vfs_history_files_envelope(files, len, raw, &wrong);

    if (rc == VFS_ERROR) {
        vfs_error_set(err, "\"%.256s\", line %" PRIu64 ": %s", reader->path,
                      reader->number, wrong);
        return VFS_ERROR;
    }

    if (rc == VFS_OK) {
        reader->kcat = 1;

    } else if (reader->kcat || vfs_history_files_kcat(files, len)) {
        files->history.broken++;
        return VFS_DECLINED;

    } else {
        memset(raw, 0, sizeof(vfs_raw_t));
        raw->partition = reader->partition;
        raw->offset = (int64_t) reader->records;
        raw->time_ms = -1;
        raw->value = files->line;
        raw->len = len;
    }

    reader->records++;

    return VFS_OK;
}


/* Whether a line begins as those of kcat -J for the definition's topic. */

static int
vfs_history_files_kcat(const vfs_history_files_t *files, size_t len)
{
    int   n;
    char  begin[300];

    n = snprintf(begin, sizeof(begin), "{\"topic\":\"%.249s\",\"partition\":",
                 files->def->topic);

    return len >= (size_t) n && memcmp(files->line, begin, (size_t) n) == 0;
}


/*
 * A line as kcat -J writes it.  VFS_DECLINED: it is none, so an event itself.
 */

static int
vfs_history_files_envelope(vfs_history_files_t *files, size_t len,
    vfs_raw_t *raw, const char **wrong)
{
    int64_t           partition;
    unsigned          seen;
    ptrdiff_t         n;
    vfs_json_t        json;
    vfs_json_token_t  name, value, span;

    seen = 0;
    partition = 0;
    raw->time_ms = -1;

    vfs_json_init(&json, files->line, len);

    if (vfs_json_next(&json, &name) != VFS_JSON_OBJECT) {
        return VFS_DECLINED;
    }

    while (vfs_json_next(&json, &name) == VFS_JSON_NAME) {

        vfs_json_next(&json, &value);

        if (vfs_json_equal(&name, "partition")) {
            seen |= (vfs_history_files_integer(&value, &partition) == VFS_OK
                     && partition >= 0 && partition <= INT32_MAX) ? 1 : 0;

        } else if (vfs_json_equal(&name, "offset")) {
            seen |= (vfs_history_files_integer(&value, &raw->offset) == VFS_OK
                     && raw->offset >= 0) ? 2 : 0;

        } else if (vfs_json_equal(&name, "ts")) {
            (void) vfs_history_files_integer(&value, &raw->time_ms);

        } else if (vfs_json_equal(&name, "key")
                   && value.type == VFS_JSON_STRING)
        {
            n = vfs_json_unescape(&value, files->key, VFS_FILES_KEY);

            /* such a key is the id of nobody */

            raw->key = files->key;
            raw->key_len = (n == -1) ? 0 : (size_t) n;

        } else if (vfs_json_equal(&name, "payload")) {

            if (value.type == VFS_JSON_STRING) {
                n = vfs_json_unescape(&value, files->payload, VFS_FILES_LINE);
                raw->value = files->payload;
                raw->len = (size_t) n;
                seen |= 4;

            } else if (value.type == VFS_JSON_NULL) {
                seen |= 4;
            }
        }

        if (vfs_json_skip(&json, &value, &span) != 0) {
            return VFS_DECLINED;
        }
    }

    if (seen == 7) {
        raw->partition = (int32_t) partition;
        return VFS_OK;
    }

    if ((seen & 6) == 6 || (seen & 5) == 5) {
        *wrong = "a line of kcat -J without a valid \"partition\" or "
                 "\"offset\"";
        return VFS_ERROR;
    }

    return VFS_DECLINED;
}


static int
vfs_history_files_integer(const vfs_json_token_t *value, int64_t *number)
{
    char       *last, text[24];

    if (value->type != VFS_JSON_NUMBER || value->len >= sizeof(text)) {
        return VFS_ERROR;
    }

    memcpy(text, value->start, value->len);
    text[value->len] = '\0';

    errno = 0;
    *number = strtoll(text, &last, 10);

    return (errno == 0 && *last == '\0') ? VFS_OK : VFS_ERROR;
}


/* VFS_DECLINED: a record that was there before, or before "next". */

static int
vfs_history_files_place(vfs_history_files_t *files, const vfs_raw_t *raw,
    vfs_error_t *err)
{
    vfs_partition_t  *partition;

    partition = vfs_history_partition(&files->history, raw->partition);

    if (partition == NULL) {
        partition = vfs_history_add(&files->history, raw->partition);

        if (partition == NULL) {
            vfs_error_set(err, "out of memory");
            return VFS_ERROR;
        }

        partition->begin = raw->offset;
        partition->next = raw->offset;
    }

    if (raw->offset < partition->next) {
        files->history.duplicates++;
        return VFS_DECLINED;
    }

    partition->gaps += (uint64_t) (raw->offset - partition->next);
    partition->next = raw->offset + 1;

    if (partition->end < partition->next) {
        partition->end = partition->next;
    }

    return VFS_OK;
}


static int
vfs_history_files_settle(vfs_history_t *history, int timeout_ms,
    vfs_error_t *err)
{
    vfs_error_set(err, "files do not tell what the worker has stored");

    return VFS_DECLINED;
}


static void
vfs_history_files_close(vfs_history_t *history)
{
    vfs_history_files_t  *files;

    files = (vfs_history_files_t *) history;

    free(files->line);
    free(files->payload);
    free(files);
}
