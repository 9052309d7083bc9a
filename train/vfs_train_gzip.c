
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_train_gzip.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>


#define VFS_GZIP_BUFFER   65536
#define VFS_GZIP_MEMBERS  (15 + 16)     /* inflateInit2(): gzip alone */


static int vfs_gzip_members(FILE *fp, z_stream *strm, unsigned char *buf,
    uint64_t *end);


int
vfs_gzip_whole(gzFile gz, const char *path, const char *unit, uint64_t number,
    vfs_error_t *err)
{
    int             rc;
    FILE           *fp;
    uint64_t        end;
    z_stream        strm;
    struct stat     st;
    unsigned char  *buf;

    /* gzoffset() does not tell: zlib has let go of what it did not take */

    if (gzdirect(gz) || stat(path, &st) == -1 || !S_ISREG(st.st_mode)) {
        return VFS_OK;
    }

    fp = fopen(path, "rbe");

    if (fp == NULL) {
        vfs_error_set(err, "cannot open \"%.256s\": %s", path,
                      strerror(errno));
        return VFS_ERROR;
    }

    memset(&strm, 0, sizeof(z_stream));

    buf = malloc(2 * VFS_GZIP_BUFFER);

    if (buf == NULL || inflateInit2(&strm, VFS_GZIP_MEMBERS) != Z_OK) {
        vfs_error_set(err, "out of memory");
        free(buf);
        (void) fclose(fp);
        return VFS_ERROR;
    }

    rc = vfs_gzip_members(fp, &strm, buf, &end);

    if (rc != VFS_OK) {
        vfs_error_set(err, "\"%.256s\", after %s %" PRIu64 ": what follows at "
                      "byte %" PRIu64 " is not gzip, or damaged", path, unit,
                      number, end);
    }

    (void) inflateEnd(&strm);
    (void) fclose(fp);
    free(buf);

    return rc;
}


/* "end": where the last whole member ends. */

static int
vfs_gzip_members(FILE *fp, z_stream *strm, unsigned char *buf, uint64_t *end)
{
    int       rc;
    uint64_t  done;

    *end = 0;
    done = 0;
    rc = Z_STREAM_END;

    for ( ;; ) {

        if (strm->avail_in == 0) {
            strm->next_in = buf;
            strm->avail_in = (uInt) fread(buf, 1, VFS_GZIP_BUFFER, fp);
            done += strm->avail_in;
        }

        if (rc == Z_STREAM_END) {
            *end = done - strm->avail_in;

            if (strm->avail_in == 0) {
                return ferror(fp) ? VFS_ERROR : VFS_OK;
            }

            (void) inflateReset(strm);
        }

        strm->next_out = buf + VFS_GZIP_BUFFER;
        strm->avail_out = VFS_GZIP_BUFFER;

        rc = inflate(strm, Z_NO_FLUSH);

        /* Z_BUF_ERROR: there was no input left in the midst of a member */

        if (rc != Z_OK && rc != Z_STREAM_END) {
            return VFS_ERROR;
        }
    }
}
