
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_EVENT_H_INCLUDED_
#define _VFS_EVENT_H_INCLUDED_


#include "vfs_definition.h"


/* Why an event cannot be folded in: the fixed words of the header vfs-reason */

typedef enum {
    VFS_REASON_NONE = 0,
    VFS_REASON_BAD_JSON,            /* bad-json */
    VFS_REASON_BAD_CSV,             /* bad-csv */
    VFS_REASON_MISSING_FIELD,       /* missing-field */
    VFS_REASON_BAD_ID,              /* bad-id */
    VFS_REASON_BAD_TYPE,            /* bad-event-type */
    VFS_REASON_BAD_TIME,            /* bad-time */
    VFS_REASON_BAD_VECTOR,          /* bad-vector: not numbers, not finite or
                                       beyond the range */
    VFS_REASON_WRONG_DIMENSION,     /* wrong-dimension */
    VFS_REASON_BAD_METADATA,        /* bad-metadata */
    VFS_REASON_TOO_LARGE,           /* too-large */
    VFS_REASON_REFUSED,             /* refused: by the index, bisected */
    VFS_REASON_MODEL_REFUSED,       /* model-refused: its text, by the model */
    VFS_REASONS
} vfs_reason_e;


#define VFS_MAX_EVENT_LEN  (1024 * 1024)

/* Words and values that a hash source takes from one event. */

#define VFS_MAX_TOKENS     4096

/* Times from year 1970 to 9999. */

#define VFS_MAX_TIME_MS    253402300799999LL


typedef struct vfs_event_s  vfs_event_t;


/*
 * Decodes the value of a Kafka record, JSON or the bare CSV form, by the
 * definition's mapping.  "record_ms" is the record's own timestamp (below 0:
 * none), taken when the event has none.  Returns NULL with *reason and a
 * message that holds no payload beyond the offending field's name and, cut, its
 * value; *reason is VFS_REASON_NONE if memory is out, here and below.  The
 * caller frees the event; it does not point into "value", but into "def".
 */

vfs_event_t *vfs_event_decode(const vfs_definition_t *def, const char *value,
    size_t len, int64_t record_ms, vfs_reason_e *reason, vfs_error_t *err);
void vfs_event_free(vfs_event_t *event);

const char *vfs_event_user(const vfs_event_t *event);
const char *vfs_event_item(const vfs_event_t *event);
int64_t vfs_event_time(const vfs_event_t *event);         /* ms since 1970 */
double vfs_event_weight(const vfs_event_t *event);        /* 0: ignore it */

const char *vfs_reason_name(vfs_reason_e reason);

/* 1 to VFS_MAX_ID_LEN characters of [A-Za-z0-9_-]. */

int vfs_id_valid(const char *id, size_t len);

/* ISO 8601 (date, time, fraction, Z or offset; no zone means UTC) to ms. */

int vfs_time_parse(const char *text, size_t len, int64_t *ms);


/*
 * The vector of one source for this event: def->dimension floats to "vector",
 * finite, each within VFS_MAX_COMPONENT.  VFS_DECLINED with *reason and a
 * message if the event has none or a bad one.
 */

int vfs_source_vector(const vfs_definition_t *def, const vfs_source_t *source,
    const vfs_event_t *event, float *vector, vfs_reason_e *reason,
    vfs_error_t *err);

/*
 * The metadata fields of "feature" that this event carries, as the inside of a
 * JSON object ("a":1,"b":"x"), without braces, in the definition's order;
 * empty if none.  The result is allocated, the caller frees it.  NULL with
 * *reason if a value is neither string, number, boolean nor a list of strings,
 * or is over VFS_MAX_METADATA_VALUE bytes as JSON text.
 */

#define VFS_MAX_METADATA        16    /* fields a feature */
#define VFS_MAX_METADATA_NAME   64    /* [A-Za-z0-9_.-] */
#define VFS_MAX_METADATA_VALUE  2048
#define VFS_MAX_METADATA_LEN                                                  \
    (VFS_MAX_METADATA * (VFS_MAX_METADATA_NAME + VFS_MAX_METADATA_VALUE + 4))

char *vfs_event_metadata(const vfs_definition_t *def,
    const vfs_feature_t *feature, const vfs_event_t *event,
    vfs_reason_e *reason, vfs_error_t *err);


#endif /* _VFS_EVENT_H_INCLUDED_ */
