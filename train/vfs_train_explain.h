
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_TRAIN_EXPLAIN_H_INCLUDED_
#define _VFS_TRAIN_EXPLAIN_H_INCLUDED_


#include "vfs_train_updates.h"


/* One event of a vector. */

typedef struct {
    const vfs_noted_t      *noted;
    uint64_t                hash;       /* XXH64 of the vector folded; 0: none
                                           was */
    double                  decay;      /* 1 for the newest event's time; 0 if
                                           it is beyond what is kept */
    double                  share;      /* of the sum of weights, or of the
                                           choice of "latest" */
    double                  cosine;     /* of the vector without it */
    double                  change;     /* norm of the difference */
    unsigned                gone:1;     /* with or without it there is no
                                           vector */
} vfs_explained_t;


typedef struct {
    const vfs_definition_t  *def;
    const vfs_feature_t     *feature;
    const char              *id;
    vfs_noted_t            **updates;
    size_t                   n;
    vfs_state_t             *state;
    float                   *vector;    /* NULL: there is none */
    float                   *other;     /* room for one more */
    char                    *marks;     /* the watermark */
    vfs_explained_t         *events;    /* n of them */
    double                   prior;     /* the share of the own vector */
} vfs_explain_t;


/*
 * Fills "explain", of which def, feature, id, updates and n are set: the caller
 * frees it in every case.  VFS_ERROR with a message.
 */

int vfs_explain_compute(vfs_explain_t *explain, vfs_error_t *err);
void vfs_explain_free(vfs_explain_t *explain);

/* A table of at most "top" events, those of the greatest change; or JSON. */

void vfs_explain_table(const vfs_explain_t *explain, size_t top);
void vfs_explain_json(const vfs_explain_t *explain, size_t top);


#endif /* _VFS_TRAIN_EXPLAIN_H_INCLUDED_ */
