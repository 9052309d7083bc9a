
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INDEX_COLLECTION_H_INCLUDED_
#define _VFS_INDEX_COLLECTION_H_INCLUDED_


#include "vfs_index_record.h"
#include "vfs_index_rows.h"
#include "vfs_index_slots.h"

#include <pthread.h>
#include <stdatomic.h>


/*
 * The records of one namespace of one index, in memory and laid out for the
 * scan.  A record keeps its row for life, in memory and on disk; the row of a
 * deleted record goes to a later one.
 */


/* What a record holds besides its vector: sparse values and metadata. */

typedef struct {
    uint32_t           nsparse;
    uint32_t           metadata_len;
    uint32_t           data[];        /* indices, weights, metadata */
} vfs_body_t;


typedef struct {
    vfs_body_t        *body;          /* NULL: none */
    uint32_t           row;
    uint32_t           version;       /* of what stands in the row */
    uint16_t           id_len;
    uint8_t            dead;          /* deleted, but still in the order */
    uint8_t            ordered;       /* in the order, or waiting for it */
    char               id[];
} vfs_node_t;


typedef struct {
    vfs_index_shape_t  shape;
    uint32_t           number;        /* its key in the store */

    atomic_uint        references;

    /* guards all below; only the writer thread changes them, but the order */

    pthread_rwlock_t   lock;

    uint32_t           nrows;         /* the rows that may hold a record */
    uint32_t           nrecords;
    uint32_t           next_row;      /* the writer's: the first never taken */
    uint64_t           seed;
    uint32_t           versions;

    vfs_rows_t         rows;
    vfs_node_t       **nodes;         /* by row; NULL: no record */
    uint32_t           nodes_size;
    vfs_slots_t        slots;
    uint32_t          *free_rows;     /* nodes_size long */
    uint32_t           nfree;

    vfs_node_t       **order;         /* by id, bytewise; built when asked */
    uint32_t           norder;
    vfs_node_t       **pending;       /* to be merged into the order */
    uint32_t           npending;
    uint32_t           pending_size;
    uint32_t           reserved;      /* what may be added without asking */
    uint32_t           ndead;
} vfs_collection_t;


#define vfs_collection_values(c, row)  vfs_rows_values(&(c)->rows, row)


/* One reference is the caller's; NULL if memory is out. */

vfs_collection_t *vfs_collection_create(uint32_t number,
    const vfs_index_shape_t *shape);
void vfs_collection_acquire(vfs_collection_t *c);
void vfs_collection_release(vfs_collection_t *c);


/* The caller holds the lock for reading, or is the writer thread. */

vfs_node_t *vfs_collection_find(vfs_collection_t *c, vfs_str_t id);

vfs_str_t vfs_node_id(const vfs_node_t *node);
vfs_str_t vfs_node_metadata(const vfs_node_t *node);
const float *vfs_body_weights(const vfs_body_t *body);

/* A record as it stands; it is whole while the lock is held. */

void vfs_collection_record(vfs_collection_t *c, const vfs_node_t *node,
    vfs_record_t *record);


/*
 * For the writer thread.  A change is prepared before it is made durable and
 * made afterwards, so that making it cannot fail.
 *
 * vfs_row_take() reserves a row; vfs_row_give() returns it unused, the last
 * taken first.
 * vfs_collection_reserve(), with the lock held for writing, makes room for all
 * rows up to the highest taken and for "n" more records; see vfs_rows_reserve()
 * for the values that it moves.
 */

uint32_t vfs_row_take(vfs_collection_t *c);
void vfs_row_give(vfs_collection_t *c, uint32_t row);
int vfs_collection_reserve(vfs_collection_t *c, uint32_t n);

/* NULL if memory is out; vfs_body_create() sets *body to NULL for nothing. */

vfs_node_t *vfs_node_create(vfs_str_t id, uint32_t row);
int vfs_body_create(const vfs_record_t *record, vfs_body_t **body);

/*
 * The lock is held for writing.  Puts a record into "row": "node" is a new
 * one, or NULL if the record of that row is replaced.
 */

void vfs_collection_put(vfs_collection_t *c, uint32_t row, vfs_node_t *node,
    vfs_body_t *body, const float *values);
void vfs_collection_remove(vfs_collection_t *c, uint32_t row);


/*
 * At start: puts a stored record into its row, then, when all are in, frees
 * the rows between that none came for.  Takes "node" and "body" in any case.
 */

int vfs_collection_load(vfs_collection_t *c, uint32_t row, vfs_node_t *node,
    vfs_body_t *body, const float *values);
void vfs_collection_loaded(vfs_collection_t *c);


/*
 * The nodes by id, bytewise, brought up to date; some may be dead.  Takes the
 * lock for reading, which the caller gives back.  NULL, and no lock, if memory
 * is out.
 */

vfs_node_t **vfs_collection_order(vfs_collection_t *c, uint32_t *n);

/* The position of the first node whose id is greater, or not less, than "id" */

uint32_t vfs_order_after(vfs_node_t **order, uint32_t n, vfs_str_t id);
uint32_t vfs_order_from(vfs_node_t **order, uint32_t n, vfs_str_t id);

int vfs_id_compare(vfs_str_t one, vfs_str_t two);


#endif /* _VFS_INDEX_COLLECTION_H_INCLUDED_ */
