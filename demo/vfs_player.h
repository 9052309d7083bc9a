
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_PLAYER_H_INCLUDED_
#define _VFS_PLAYER_H_INCLUDED_


#include "vfs_error.h"

#include <stddef.h>
#include <stdint.h>


#define VFS_PLAYER_HINTS     3        /* ids to try, named at the start */
#define VFS_PLAYER_HINT_LEN  128


typedef struct {
    const char              *brokers;
    const char              *topic;
    const char              *file;        /* NULL: generate */
    int64_t                  rate;        /* events a second, 0: no limit */
    int64_t                  count;       /* 0: no limit */
    int64_t                  users;
    int64_t                  items;
    int64_t                  seed;
    int64_t                  start_ms;    /* time of the first generated */
    unsigned                 print:1;
} vfs_player_options_t;


/* Both point into the source and live until its next event. */

typedef struct {
    const char              *key;         /* NULL: none */
    size_t                   key_len;
    const char              *value;
    size_t                   len;
} vfs_player_event_t;


typedef struct vfs_player_source_s  vfs_player_source_t;

struct vfs_player_source_s {

    /* VFS_OK, VFS_DECLINED at the end, or VFS_ERROR */
    int                    (*next)(vfs_player_source_t *source,
                                   vfs_player_event_t *event,
                                   vfs_error_t *err);
    void                   (*close)(vfs_player_source_t *source);

    uint64_t                 rows;
    uint64_t                 no_user;     /* skipped */
    uint64_t                 malformed;   /* skipped */
    uint64_t                 invalid_ids; /* sent, for the dead letters */

    char                     hints[VFS_PLAYER_HINTS][VFS_PLAYER_HINT_LEN + 1];
    unsigned                 nhints;
};


/*
 * The sources; each returns NULL with a message, and is closed by its own
 * close().  "retail" reads the UCI Online Retail CSV, "lines" a file of events
 * as they are, one a line, and "generate" never ends.
 */

vfs_player_source_t *vfs_player_generate(const vfs_player_options_t *options,
    vfs_error_t *err);
vfs_player_source_t *vfs_player_retail(const char *path, vfs_error_t *err);
vfs_player_source_t *vfs_player_lines(const char *path, vfs_error_t *err);

/* Remembers a user id that a person can try, unless it is known or invalid. */

void vfs_player_hint(vfs_player_source_t *source, const char *user,
    size_t len);


typedef struct vfs_player_producer_s  vfs_player_producer_t;

/*
 * Connects and asks the broker for the topic, so that a wrong address is known
 * at once.  Librdkafka's properties are taken from VFS_KAFKA_<PROPERTY>.
 */

vfs_player_producer_t *vfs_player_connect(const char *brokers,
    const char *topic, vfs_error_t *err);
void vfs_player_disconnect(vfs_player_producer_t *producer);

/* Queues a copy of the event; waits for room if the queue is full. */

void vfs_player_send(vfs_player_producer_t *producer,
    const vfs_player_event_t *event);

/* Serves delivery reports for at most "ms". */

void vfs_player_poll(vfs_player_producer_t *producer, int ms);

/* Waits for the reports that are out, for at most "ms". */

void vfs_player_flush(vfs_player_producer_t *producer, int ms);

/* Events acknowledged by the broker, given up, and those still under way. */

uint64_t vfs_player_sent(const vfs_player_producer_t *producer);
uint64_t vfs_player_failed(const vfs_player_producer_t *producer);
uint64_t vfs_player_outstanding(const vfs_player_producer_t *producer);


#endif /* _VFS_PLAYER_H_INCLUDED_ */
