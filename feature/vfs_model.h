
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_MODEL_H_INCLUDED_
#define _VFS_MODEL_H_INCLUDED_


#include "vfs_event.h"


/*
 * Sources of the type "model".  A model is asked elsewhere; here is what it
 * would be asked for an event, by which key its answer is recorded, and the
 * form of that record (docs/definition.md, "model source").  What is recorded
 * is final: folding the same events again reads the same bytes.
 */

#define VFS_MODEL_KEY_LEN   32           /* a SHA-256 */
#define VFS_MAX_MODEL_TEXT  (64 * 1024)


/* How many sources of this type a definition has. */

unsigned vfs_model_sources(const vfs_definition_t *def);

/* Where recorded answers are found. */

struct vfs_answers_s {
    void   *data;

    /*
     * The record of a key; it stays valid until the next call.  VFS_DECLINED:
     * there is none.
     */
    int   (*get)(void *data, const unsigned char *key,
                 const unsigned char **record, size_t *len, vfs_error_t *err);
};


/*
 * The text that the source's model is asked about for this event, allocated.
 * NULL with *reason and a message: the event has none or a bad one.
 */

char *vfs_model_text(const vfs_source_t *source, const vfs_event_t *event,
    size_t *len, vfs_reason_e *reason, vfs_error_t *err);

/* VFS_MODEL_KEY_LEN bytes; VFS_ERROR: out of memory. */

int vfs_model_key(const vfs_definition_t *def, const vfs_source_t *source,
    const char *text, size_t len, unsigned char *key);


/*
 * A record: what the model answered, def->dimension floats, each finite and
 * within VFS_MAX_COMPONENT (the caller's matter), or (NULL) that it refuses
 * the text.  "record" has room for vfs_model_record_len() bytes; returns how
 * many were written.
 */

size_t vfs_model_record_len(const vfs_definition_t *def);
size_t vfs_model_record(const vfs_definition_t *def, const float *vector,
    unsigned char *record);

/* VFS_DECLINED: the model refuses the text. */

int vfs_model_record_read(const vfs_definition_t *def,
    const unsigned char *record, size_t len, float *vector, vfs_error_t *err);


#endif /* _VFS_MODEL_H_INCLUDED_ */
