
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_TRAIN_PICKS_H_INCLUDED_
#define _VFS_TRAIN_PICKS_H_INCLUDED_


#include "vfs_train_journal.h"
#include "vfs_train_options.h"


/*
 * For each of many moments (an id and a time), the newest version before it,
 * while the versions come by once, in the log's order.
 *
 * A version is offered to the first of its id's moments that is later; at the
 * end each moment without an offer takes that of the one before it.  A moment
 * takes about 60 bytes of memory, an id its name and 50; the versions
 * themselves are in a temporary file, one for each moment that has its own.
 */

typedef enum {
    VFS_BY_UNSAID = 0,
    VFS_BY_VISIBLE,
    VFS_BY_EVENT
} vfs_by_e;


typedef struct {
    int64_t                 time_ms;
    uint32_t                id;
    uint32_t                row;
    int64_t                 visible_ms; /* of the newest so far; -1: none */
    int64_t                 offset;
    uint64_t                place;      /* in the file */
    uint32_t                room;       /* there */
    uint32_t                len;
    unsigned                gone:1;     /* it is a deletion */
    unsigned                open:1;     /* another version was on its way to
                                           the index */
} vfs_pick_t;


typedef struct {
    const char             *name;       /* in the arena */
    uint32_t                len;
    int32_t                 partition;  /* of its versions; -1: none seen */
    int64_t                 visible_ms; /* of its newest so far, ... */
    uint64_t                mark;       /* ... and that one's content, hashed
                                         */
    uint32_t                first;      /* its first pick, when sorted */
    uint32_t                npicks;
} vfs_pick_id_t;


typedef struct vfs_arena_s  vfs_arena_t;


typedef struct {
    vfs_by_e                by;
    vfs_pick_t             *picks;      /* ascending by id, time and row, once
                                           sorted */
    size_t                  npicks;
    size_t                  room;
    vfs_pick_id_t          *ids;
    uint32_t               *table;      /* of ids, plus 1; 0: free */
    size_t                  nids;
    size_t                  ids_room;
    size_t                  mask;
    vfs_arena_t            *arena;
    int                     fd;
    uint64_t                end;        /* of the file */
    unsigned char          *buf;
    size_t                  size;
} vfs_picks_t;


/* --by, a vfs_by_e. */

extern const vfs_option_t  vfs_by_table[];


int vfs_picks_init(vfs_picks_t *picks, vfs_by_e by, vfs_error_t *err);
void vfs_picks_free(vfs_picks_t *picks);

/* The place of an id in picks->ids, made if need be; UINT32_MAX: no memory. */

uint32_t vfs_picks_id(vfs_picks_t *picks, const char *name, size_t len);

/* NULL if it was never named. */

vfs_pick_id_t *vfs_picks_find(const vfs_picks_t *picks, const char *name,
    size_t len);

/* A moment more; its row counts them from 0. */

int vfs_picks_add(vfs_picks_t *picks, uint32_t id, int64_t time_ms,
    vfs_error_t *err);

/* After the last moment, before the first version. */

void vfs_picks_sort(vfs_picks_t *picks);

/* Offers a version to the moments of its id. */

int vfs_picks_offer(vfs_picks_t *picks, vfs_pick_id_t *id,
    const vfs_entry_t *entry, vfs_error_t *err);

/* After the last version: each moment has what is its own. */

void vfs_picks_settle(vfs_picks_t *picks);

/*
 * The version of a pick.  It is valid until the next call.  VFS_DECLINED:
 * none.
 */

int vfs_picks_get(vfs_picks_t *picks, const vfs_pick_t *pick,
    vfs_version_t *version, vfs_error_t *err);


#endif /* _VFS_TRAIN_PICKS_H_INCLUDED_ */
