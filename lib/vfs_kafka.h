
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_KAFKA_H_INCLUDED_
#define _VFS_KAFKA_H_INCLUDED_


#include "vfs_error.h"

#include <librdkafka/rdkafka.h>


/*
 * Sets a property of librdkafka.  The message names "origin", the variable or
 * option that the value comes from, and never quotes the value.
 */

int vfs_kafka_conf_set(rd_kafka_conf_t *conf, const char *name,
    const char *value, const char *origin, vfs_error_t *err);

/*
 * Sets every property that the environment names as VFS_KAFKA_<PROPERTY>, dots
 * as underscores: VFS_KAFKA_SASL_USERNAME is sasl.username.  An empty one
 * counts as unset.
 */

int vfs_kafka_conf_environment(rd_kafka_conf_t *conf, vfs_error_t *err);

/* librdkafka's log callback: its lines as vfs_log() events "kafka". */

void vfs_kafka_log(const rd_kafka_t *rk, int level, const char *facility,
    const char *text);


#endif /* _VFS_KAFKA_H_INCLUDED_ */
