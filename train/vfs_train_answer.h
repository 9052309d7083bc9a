
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_TRAIN_ANSWER_H_INCLUDED_
#define _VFS_TRAIN_ANSWER_H_INCLUDED_


#include "vfs_state.h"


/* What the gateway answers for one id. */

typedef struct {
    unsigned                found:1;
    float                  *values;         /* nvalues of them */
    unsigned                nvalues;
    char                   *metadata;       /* a JSON object */
    vfs_position_t         *marks;          /* of its vfs_watermark */
    unsigned                nmarks;
} vfs_answer_t;


/* Frees what an answer holds, and empties it. */

void vfs_answer_clear(vfs_answer_t *answer);

/* The mark of a partition, or NULL. */

const vfs_position_t *vfs_answer_mark(const vfs_answer_t *answer,
    int32_t partition);

/*
 * Reads the answer to a batch: {"features":[...],"missing":[...]}.  The
 * receiver takes what "answer" holds.  VFS_ERROR with a message if it is not
 * what was expected.
 */

typedef int (*vfs_answer_pt)(void *data, const char *id, vfs_answer_t *answer,
    vfs_error_t *err);

int vfs_answers_read(const char *text, size_t len, vfs_answer_pt handler,
    void *data, vfs_error_t *err);


#define VFS_DIFFERENCE_LEN  400


/*
 * Compares an answer with the state that it has to be of, values to the bit
 * and metadata by value.  VFS_OK: equal; VFS_DECLINED: "text" says what
 * differs first; VFS_ERROR with a message.  "vector" has room for one.
 */

int vfs_answer_compare(const vfs_answer_t *answer, const vfs_definition_t *def,
    const vfs_state_t *state, float *vector, char *text, vfs_error_t *err);

/* Whether the answer's values are these, to the bit. */

int vfs_answer_same(const vfs_answer_t *answer, const vfs_definition_t *def,
    const float *vector);


#endif /* _VFS_TRAIN_ANSWER_H_INCLUDED_ */
