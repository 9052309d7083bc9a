
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INGEST_SETTINGS_H_INCLUDED_
#define _VFS_INGEST_SETTINGS_H_INCLUDED_


#include "vfs_definition.h"
#include "vfs_log.h"


/* What the worker's requests call themselves. */

#define VFS_INGEST_AGENT  "vfs-ingest/" VFS_VERSION


typedef struct {
    char                   *index_host;     /* URL */
    char                   *api_key;        /* NULL: none */
    char                   *model_key;      /* the same of models */
    const char             *brokers;
    const char             *group;
    const char             *definition;     /* path */
    const char             *data;           /* directory */
    char                   *stats_url;      /* NULL: no reports */
    const char             *metrics_address;    /* host:port; NULL: not served
                                               */
    vfs_log_level_e         log_level;
    int64_t                 max_in_flight;
    int64_t                 drain_ms;
    unsigned                feature_log:1;
} vfs_ingest_settings_t;


/*
 * Reads all of them from the environment.  VFS_ERROR: "errors" has a line for
 * each that is wrong, *nerrors of them, at most "max".
 */

int vfs_ingest_settings_read(vfs_ingest_settings_t *settings,
    vfs_error_t *errors, size_t max, size_t *nerrors);
void vfs_ingest_settings_free(vfs_ingest_settings_t *settings);

/* Why a property of librdkafka, by its variable, is not the user's to set. */

const char *vfs_ingest_settings_fixed(const char *variable);


#endif /* _VFS_INGEST_SETTINGS_H_INCLUDED_ */
