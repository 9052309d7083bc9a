
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INGEST_DRY_MODEL_H_INCLUDED_
#define _VFS_INGEST_DRY_MODEL_H_INCLUDED_


#include "vfs_http.h"
#include "vfs_ingest_io.h"
#include "vfs_ingest_settings.h"
#include "vfs_model.h"
#include "vfs_recorded.h"


/*
 * Models for --dry-run: an answer that the worker has recorded is read, any
 * other is asked for, one text at a time, and kept in memory.
 */

typedef struct {
    const vfs_definition_t  *def;
    vfs_http_t              *http;
    vfs_recorded_t          *recorded;      /* NULL: there is none */
    vfs_answers_t            answers;
    void                    *asked;         /* a tree */
    float                   *vectors;
} vfs_dry_models_t;


/* def->answers is set; does nothing where the definition has no model. */

int vfs_dry_models_init(vfs_dry_models_t *models, vfs_definition_t *def,
    const vfs_ingest_settings_t *settings, vfs_error_t *err);
void vfs_dry_models_destroy(vfs_dry_models_t *models);

/* Asks what the record's fold will look for. */

int vfs_dry_models_ask(vfs_dry_models_t *models, const vfs_record_t *record,
    vfs_error_t *err);


#endif /* _VFS_INGEST_DRY_MODEL_H_INCLUDED_ */
