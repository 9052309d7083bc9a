
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INGEST_FACTS_H_INCLUDED_
#define _VFS_INGEST_FACTS_H_INCLUDED_


#include "vfs_definition.h"
#include "vfs_ingest_counters.h"


#define VFS_FACTS_LAGS  256


/* What a worker tells of itself: to NGINX, and as Prometheus text. */

typedef struct {
    const vfs_definition_t  *def;
    const vfs_counters_t    *counters;
    int64_t                  uptime_ms;
    unsigned                 paused:1;
    unsigned                 in_flight;
    size_t                   pending;
    uint64_t                 state_keys;
    uint64_t                 state_bytes;    /* on disk */

    /* of each source of the type "model" */

    const vfs_model_counters_t  *models[VFS_MAX_SOURCES];
    unsigned                     nmodels;

    struct {
        int32_t             partition;
        int64_t             lag;
    }                        lags[VFS_FACTS_LAGS];
    unsigned                 nlags;
} vfs_facts_t;


#endif /* _VFS_INGEST_FACTS_H_INCLUDED_ */
