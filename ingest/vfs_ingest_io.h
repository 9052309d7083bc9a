
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INGEST_IO_H_INCLUDED_
#define _VFS_INGEST_IO_H_INCLUDED_


#include "vfs_event.h"
#include "vfs_ingest_body.h"
#include "vfs_state.h"


/*
 * All that the flow of events (fold, batch, acknowledge, retry) needs from the
 * world.  The worker gives it Kafka, HTTP and the clock; the tests give it a
 * simulation in which each of them fails.
 */

typedef struct {
    vfs_entity_e            entity;     /* USER: the events' topic;
                                           ITEM: the item updates' */
    int32_t                 partition;
    int64_t                 offset;
    int64_t                 time_ms;    /* Kafka's */
    int64_t                 event_ms;   /* Kafka's time of the event that an
                                           item update came from */
    const char             *key;        /* NULL: none */
    size_t                  key_len;
    const char             *value;      /* NULL: a tombstone */
    size_t                  len;
    const char             *definition; /* an item update's, or NULL */
    size_t                  definition_len;
} vfs_record_t;


typedef enum {
    VFS_TOPIC_UPDATES = 0,
    VFS_TOPIC_DEAD
} vfs_topic_e;


#define VFS_MAX_HEADERS  20

/* The headers of an item update: definition's hash, Kafka's time of its event.
 */

#define VFS_HEADER_DEFINITION  "vfs-definition"
#define VFS_HEADER_EVENT_TIME  "vfs-event-time"


typedef struct {
    const char             *name;
    const void             *value;
    size_t                  len;
} vfs_header_t;


typedef struct {
    vfs_topic_e             topic;
    const char             *key;
    size_t                  key_len;
    const void             *value;
    size_t                  len;
    vfs_header_t            headers[VFS_MAX_HEADERS];
    unsigned                nheaders;
} vfs_message_t;


typedef struct vfs_request_s  vfs_request_t;
typedef struct vfs_ask_s      vfs_ask_t;


typedef struct {
    void                   *data;

    /* milliseconds: since some point in the past, and since 1970 */
    int64_t               (*now)(void *data);
    int64_t               (*time)(void *data);

    /* 0 <= x < 1 */
    double                (*random)(void *data);

    /*
     * Hands a message to Kafka; it is copied.  VFS_ERROR: it cannot be taken
     * now.  unsent(): how many are not acknowledged yet, or VFS_ERROR if one
     * was given up since forgive(); what was produced then has to be produced
     * once more.
     */
    int                   (*produce)(void *data, const vfs_message_t *message,
                                     vfs_error_t *err);
    int                   (*unsent)(void *data, vfs_error_t *err);
    void                  (*forgive)(void *data);

    /*
     * Sends request->body; vfs_lane_answer() follows, from within a later
     * call.  VFS_ERROR: it could not be begun.  cancel() ends it unanswered.
     */
    int                   (*request)(void *data, vfs_request_t *request,
                                     vfs_error_t *err);
    void                  (*cancel)(void *data, vfs_request_t *request);

    /* The same for a model: ask->body, vfs_asker_answer(). */

    int                   (*ask)(void *data, vfs_ask_t *ask,
                                 vfs_error_t *err);
    void                  (*cancel_ask)(void *data, vfs_ask_t *ask);

    /*
     * Appends request->versions to the feature log; vfs_lane_logged() follows,
     * from within a later call.  VFS_ERROR: not now.  disown(): the request is
     * no longer there, what is on its way may arrive.  NULL: no log is kept.
     */
    int                   (*append)(void *data, vfs_request_t *request,
                                    vfs_error_t *err);
    void                  (*disown)(void *data, vfs_request_t *request);

    /*
     * Whether the index still fits the definition: asked when it refuses
     * records.  VFS_ERROR with a message if it does not.
     */
    int                   (*verify)(void *data, vfs_error_t *err);

    /*
     * Reads one event once more.  *record is valid until the next call.
     * VFS_DECLINED: it is no longer there.
     */
    int                   (*reread)(void *data, const vfs_position_t *position,
                                    vfs_record_t *record, vfs_error_t *err);
} vfs_io_t;


#endif /* _VFS_INGEST_IO_H_INCLUDED_ */
