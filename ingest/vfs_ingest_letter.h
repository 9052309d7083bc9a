
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INGEST_LETTER_H_INCLUDED_
#define _VFS_INGEST_LETTER_H_INCLUDED_


#include "vfs_ingest_io.h"


/*
 * A dead letter: the record as it came, and headers that say where it stood
 * and why it is here, in the words of Spring for Apache Kafka and of Kafka
 * Connect, so that the tools of either read them, and in ours.
 */

typedef struct {
    const char             *topic;      /* where the record stood */
    const char             *group;
    const char             *definition; /* its hash */
    const vfs_record_t     *record;
    vfs_reason_e            reason;
    const char             *message;    /* neither secret nor payload */
    unsigned                attempts;
} vfs_letter_t;


/* VFS_ERROR: Kafka's client does not take it now. */

int vfs_letter_send(const vfs_letter_t *letter, const vfs_io_t *io,
    vfs_error_t *err);


#endif /* _VFS_INGEST_LETTER_H_INCLUDED_ */
