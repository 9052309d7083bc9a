
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>


#define VFS_LOG_LINE  4096


static size_t vfs_log_prefix(char *buf, size_t size, vfs_log_level_e level,
    const char *event);
static void vfs_log_write(const char *line, size_t len);


static const char *const  vfs_log_words[] = {
    "error", "warn", "info", "debug"
};

static char        vfs_log_program[64] = "vfs";
static atomic_int  vfs_log_level = VFS_LOG_INFO;


void
vfs_log_init(const char *program, vfs_log_level_e level)
{
    (void) snprintf(vfs_log_program, sizeof(vfs_log_program), "%s", program);

    atomic_store(&vfs_log_level, (int) level);
}


int
vfs_log_enabled(vfs_log_level_e level)
{
    return (int) level <= atomic_load_explicit(&vfs_log_level,
                                               memory_order_relaxed);
}


void
vfs_log(vfs_log_level_e level, const char *event, const char *fmt, ...)
{
    int      n;
    char     line[VFS_LOG_LINE];
    size_t   len, room;
    va_list  args;

    if (!vfs_log_enabled(level)) {
        return;
    }

    len = vfs_log_prefix(line, sizeof(line), level, event);

    /* one byte is kept for the newline */

    room = sizeof(line) - len - 1;

    va_start(args, fmt);
    n = vsnprintf(line + len, room, fmt, args);
    va_end(args);

    if (n > 0) {
        len += ((size_t) n < room) ? (size_t) n : room - 1;

    } else {
        len--;
    }

    line[len++] = '\n';

    vfs_log_write(line, len);
}


static size_t
vfs_log_prefix(char *buf, size_t size, vfs_log_level_e level,
    const char *event)
{
    int              n;
    struct tm        tm;
    struct timespec  ts;

    (void) clock_gettime(CLOCK_REALTIME, &ts);
    (void) gmtime_r(&ts.tv_sec, &tm);

    n = snprintf(buf, size,
                 "time=%04d-%02d-%02dT%02d:%02d:%02d.%03dZ level=%s "
                 "program=%s event=%.64s ",
                 tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
                 tm.tm_min, tm.tm_sec, (int) (ts.tv_nsec / 1000000),
                 vfs_log_words[level], vfs_log_program, event);

    return (n > 0) ? (size_t) n : 0;
}


static void
vfs_log_write(const char *line, size_t len)
{
    int      saved;
    ssize_t  n;

    saved = errno;

    /* a line that standard error does not take has no other place to go */

    do {
        n = write(STDERR_FILENO, line, len);
    } while (n == -1 && errno == EINTR);

    errno = saved;
}


int
vfs_log_level_parse(const char *word, vfs_log_level_e *level)
{
    size_t  i;

    for (i = 0; i < sizeof(vfs_log_words) / sizeof(vfs_log_words[0]); i++) {

        if (strcmp(word, vfs_log_words[i]) == 0) {
            *level = (vfs_log_level_e) i;
            return VFS_OK;
        }
    }

    return VFS_ERROR;
}


char *
vfs_log_quote(char *buf, size_t size, const char *text, size_t len)
{
    char           *p, *last;
    size_t          i;
    unsigned char   ch;

    static const char  hex[] = "0123456789ABCDEF";

    p = buf;
    last = buf + size - 2;

    *p++ = '"';

    for (i = 0; i < len; i++) {
        ch = (unsigned char) text[i];

        if (ch < 0x20 || ch == 0x7f) {

            if (last - p < 4) {
                break;
            }

            *p++ = '\\';
            *p++ = 'x';
            *p++ = hex[ch >> 4];
            *p++ = hex[ch & 0xf];

        } else if (ch == '"' || ch == '\\') {

            if (last - p < 2) {
                break;
            }

            *p++ = '\\';
            *p++ = (char) ch;

        } else {

            if (last - p < 1) {
                break;
            }

            *p++ = (char) ch;
        }
    }

    *p++ = '"';
    *p = '\0';

    return buf;
}
