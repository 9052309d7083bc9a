
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_canonical.h"
#include "vfs_copy_metadata.h"

#include <stdlib.h>
#include <string.h>


static int vfs_metadata_form(const char *text, size_t len, char **form,
    size_t *form_len);


int
vfs_metadata_same(const char *one, size_t one_len, const char *two,
    size_t two_len, unsigned *same)
{
    int      rc;
    char    *a, *b;
    size_t   a_len, b_len;

    *same = 0;

    if (one == NULL || two == NULL) {
        *same = (one == two);
        return VFS_OK;
    }

    if (one_len == two_len && memcmp(one, two, one_len) == 0) {
        *same = 1;
        return VFS_OK;
    }

    a = NULL;
    b = NULL;

    rc = vfs_metadata_form(one, one_len, &a, &a_len);

    if (rc == VFS_OK) {
        rc = vfs_metadata_form(two, two_len, &b, &b_len);
    }

    if (rc == VFS_OK) {
        *same = (a_len == b_len && memcmp(a, b, a_len) == 0);
    }

    free(a);
    free(b);

    return (rc == VFS_ERROR) ? VFS_ERROR : VFS_OK;
}


/* VFS_DECLINED: a number in it is beyond binary64. */

static int
vfs_metadata_form(const char *text, size_t len, char **form, size_t *form_len)
{
    int             rc;
    vfs_document_t  doc;

    rc = vfs_document_parse(&doc, text, len, NULL);

    if (rc == VFS_OK) {
        rc = vfs_canonical_form(&doc.nodes[0], NULL, form, form_len);

        if (rc != VFS_OK) {
            rc = VFS_DECLINED;
        }
    }

    vfs_document_free(&doc);

    return rc;
}
