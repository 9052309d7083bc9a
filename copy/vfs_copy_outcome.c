
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_copy_outcome.h"
#include "vfs_copy_printable.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>


static void vfs_named_print(const vfs_named_t *named, const char *title);


int
vfs_named_add(vfs_named_t *named, const char *id, size_t len, vfs_error_t *err)
{
    named->count++;

    if (vfs_ids_count(&named->named) < VFS_OUTCOME_NAMED
        && vfs_ids_add(&named->named, id, len) != VFS_OK)
    {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    return VFS_OK;
}


void
vfs_outcome_print(const vfs_outcome_t *outcome, const char *namespace_name)
{
    char  text[VFS_MAX_ID + 1];

    printf("%s: %" PRIu64 " records, %" PRIu64 " differ, %" PRIu64
           " only in the target\n",
           vfs_printable(text, sizeof(text), namespace_name,
                         strlen(namespace_name)),
           outcome->compared, outcome->differ.count, outcome->extra.count);

    vfs_named_print(&outcome->differ, "differs");
    vfs_named_print(&outcome->extra, "only in the target");

    (void) fflush(stdout);
}


static void
vfs_named_print(const vfs_named_t *named, const char *title)
{
    char         text[VFS_MAX_ID + 1];
    size_t       i, len;
    const char  *id;

    for (i = 0; i < vfs_ids_count(&named->named); i++) {
        id = vfs_ids_get(&named->named, i, &len);

        printf("  %s: %s\n", title,
               vfs_printable(text, sizeof(text), id, len));
    }
}


void
vfs_outcome_free(vfs_outcome_t *outcome)
{
    vfs_ids_free(&outcome->differ.named);
    vfs_ids_free(&outcome->extra.named);
    memset(outcome, 0, sizeof(vfs_outcome_t));
}
