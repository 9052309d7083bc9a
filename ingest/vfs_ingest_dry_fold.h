
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INGEST_DRY_FOLD_H_INCLUDED_
#define _VFS_INGEST_DRY_FOLD_H_INCLUDED_


#include "vfs_ingest_io.h"
#include "vfs_key.h"

#include <stdio.h>
#include <sys/queue.h>


/* Users and items in memory alone, in the order in which they came. */

typedef struct vfs_dry_state_s  vfs_dry_state_t;

struct vfs_dry_state_s {
    vfs_map_node_t          node;       /* first: a node is its state */
    TAILQ_ENTRY(vfs_dry_state_s)  link;
    vfs_state_t            *state;      /* NULL: deleted */
};


TAILQ_HEAD(vfs_dry_states_s, vfs_dry_state_s);


typedef struct {
    const vfs_definition_t  *def;
    vfs_map_t                map;
    struct vfs_dry_states_s  states;
    float                   *vectors;
    uint64_t                 folded;
    uint64_t                 ignored;
    uint64_t                 faults;
} vfs_dry_fold_t;


int vfs_dry_fold_init(vfs_dry_fold_t *fold, const vfs_definition_t *def);
void vfs_dry_fold_destroy(vfs_dry_fold_t *fold);

/* Folds an event; what is wrong with it is printed to "faults". */

int vfs_dry_fold_record(vfs_dry_fold_t *fold, const vfs_record_t *record,
    FILE *faults, vfs_error_t *err);

/* Prints each record that has a vector, a JSON object a line. */

int vfs_dry_fold_print(const vfs_dry_fold_t *fold, FILE *fp, vfs_error_t *err);


#endif /* _VFS_INGEST_DRY_FOLD_H_INCLUDED_ */
