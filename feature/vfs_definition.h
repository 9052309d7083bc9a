
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_DEFINITION_H_INCLUDED_
#define _VFS_DEFINITION_H_INCLUDED_


#include "vfs_error.h"

#include <stddef.h>
#include <stdint.h>


/*
 * The feature definition: everything that turns events into vectors.  The
 * file's grammar and every limit stand in docs/definition.md.
 */

#define VFS_MAX_DEFINITION_LEN  (256 * 1024)
#define VFS_MAX_DIMENSION       20000
#define VFS_MAX_ID_LEN          128
#define VFS_MAX_SOURCES         16
#define VFS_DEFINITION_HASH     16    /* hex digits: the first 64 bits of the
                                         SHA-256 of the canonical form */


typedef struct vfs_catalog_s  vfs_catalog_t;
typedef struct vfs_answers_s  vfs_answers_t;


typedef enum {
    VFS_ENTITY_USER = 0,
    VFS_ENTITY_ITEM,
    VFS_ENTITIES
} vfs_entity_e;


typedef enum {
    VFS_METRIC_COSINE = 0,
    VFS_METRIC_DOTPRODUCT,
    VFS_METRIC_EUCLIDEAN
} vfs_metric_e;


typedef enum {
    VFS_SOURCE_HASH = 0,
    VFS_SOURCE_EVENT,
    VFS_SOURCE_CATALOG,
    VFS_SOURCE_MODEL
} vfs_source_type_e;


typedef enum {
    VFS_TRANSFORM_LATEST = 0,
    VFS_TRANSFORM_DECAYED_MEAN
} vfs_transform_e;


typedef struct {
    char      *field;                 /* dotted path */
    unsigned   words:1;               /* split into words, else one token */
    int32_t    weight;                /* 1 to 1000 */
} vfs_hash_field_t;


typedef enum {
    VFS_MODEL_OPENAI = 0,
    VFS_MODEL_TEI,
    VFS_MODEL_KSERVE
} vfs_model_protocol_e;


/* A model behind an HTTP service. */

typedef struct {
    vfs_model_protocol_e  protocol;
    char                 *model;
    char                 *version;    /* NULL: none */
    char                **fields;     /* dotted paths of the text's parts */
    unsigned              nfields;
    unsigned              ask_dimensions:1;  /* openai: send "dimensions" */
    char                 *input;      /* kserve: the tensors' names */
    char                 *output;     /* NULL: the only one */

    /* of no effect on a vector, and so not in the definition's hash */
    char                 *url;        /* without a slash at its end */
    unsigned              batch;      /* texts a request */
    int64_t               timeout_ms;
    unsigned              concurrency;    /* requests at a time */
} vfs_model_t;


typedef struct {
    char               *name;
    vfs_source_type_e   type;

    /* hash */
    vfs_hash_field_t   *fields;
    unsigned            nfields;
    unsigned            hashes;       /* coordinates a token touches, 1..64 */

    /* event: dotted path of the embedding; catalog: of the id */
    char               *field;

    /* catalog: see vfs_catalog.h */
    char               *file;
    char               *sha256;       /* hexadecimal, lower case */
    char               *ids;          /* NULL: "file" is JSON lines */
    char               *ids_sha256;
    vfs_catalog_t      *catalog;      /* by vfs_definition_open() */

    vfs_model_t        *model;
} vfs_source_t;


typedef struct {
    vfs_entity_e         entity;
    char                *namespace_name;
    vfs_transform_e      transform;

    /* what is folded: a source, or (items only) the acting user's vector */
    const vfs_source_t  *source;      /* NULL: the user's vector */

    int64_t              half_life_ms;
    unsigned             normalise:1;

    /* items folded from users: their own vector, as a constant pull */
    const vfs_source_t  *prior;       /* NULL: none */
    double               prior_weight;

    char               **metadata;    /* names of metadata fields */
    char               **metadata_paths;  /* where in the event each stands */
    unsigned             nmetadata;
} vfs_feature_t;


typedef struct {
    char    *type;
    double   weight;                  /* 0: the event is ignored */
} vfs_event_weight_t;


typedef struct {
    char                 hash[VFS_DEFINITION_HASH + 1];
    char                *name;
    unsigned             dimension;
    vfs_metric_e         metric;
    int64_t              landmark_ms;

    char                *topic;
    char                *field_user;  /* dotted paths */
    char                *field_item;
    char                *field_type;  /* NULL: every event weighs alike */
    char                *field_time;  /* NULL: the Kafka record's time */
    char               **csv;         /* column names of the CSV form */
    unsigned             ncsv;
    vfs_event_weight_t  *weights;
    unsigned             nweights;
    double               default_weight;
    unsigned             has_default_weight:1;  /* else unknown types fault */

    vfs_source_t        *sources;
    unsigned             nsources;

    vfs_feature_t        features[VFS_ENTITIES];
    unsigned             has_feature[VFS_ENTITIES];

    /* what models have answered: set by who folds, see vfs_model.h */
    const vfs_answers_t  *answers;
} vfs_definition_t;


/*
 * Parses and validates "len" bytes of JSON.  Returns the definition, to be
 * freed with vfs_definition_free(), or NULL and a message that names the JSON
 * path, the expectation and what stood there.  Names that the grammar does not
 * have, duplicate names and unused sources are errors.
 */

vfs_definition_t *vfs_definition_parse(const char *text, size_t len,
    vfs_error_t *err);
void vfs_definition_free(vfs_definition_t *def);

const char *vfs_metric_name(vfs_metric_e metric);
const char *vfs_model_protocol_name(vfs_model_protocol_e protocol);
const char *vfs_entity_name(vfs_entity_e entity);     /* "user", "item" */


#endif /* _VFS_DEFINITION_H_INCLUDED_ */
