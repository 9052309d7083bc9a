
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_KAFKA_CLIENT_H_INCLUDED_
#define _VFS_KAFKA_CLIENT_H_INCLUDED_


#include "vfs_error.h"

#include <librdkafka/rdkafka.h>


/* What every client of Kafka has in common. */

typedef enum {
    VFS_KAFKA_CONSUMER = 0,
    VFS_KAFKA_PRODUCER
} vfs_kafka_kind_e;


typedef struct {
    const char             *name;
    const char             *value;
} vfs_kafka_default_t;


/*
 * A configuration with brokers, logging, "defaults" (ended by a NULL name),
 * and the user's properties over them.  NULL with a message that names the
 * variable at fault.
 */

rd_kafka_conf_t *vfs_kafka_conf(const char *brokers,
    const vfs_kafka_default_t *defaults, vfs_error_t *err);

/* Takes "conf" in any case; NULL with a message. */

rd_kafka_t *vfs_kafka_create(vfs_kafka_kind_e kind, rd_kafka_conf_t *conf,
    vfs_error_t *err);


/* Why a topic cannot be read on, with the remedy where retention was faster. */

void vfs_kafka_read_fault(const char *topic, const rd_kafka_message_t *message,
    vfs_error_t *err);

/* Whether it is an authorisation that lacks: it does not go by waiting. */

int vfs_kafka_is_denied(rd_kafka_resp_err_t code);


/*
 * The number of partitions of a topic, or why Kafka does not tell it:
 * RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART where there is no such topic.
 */

rd_kafka_resp_err_t vfs_kafka_ask_partitions(rd_kafka_t *rk,
    const char *topic, int timeout_ms, int *partitions);

/* What to say of an answer that is neither. */

void vfs_kafka_partitions_error(const char *topic, rd_kafka_resp_err_t code,
    vfs_error_t *err);

/*
 * The same.  VFS_DECLINED: there is no such topic; VFS_ERROR with a message:
 * no broker answered in time, or the topic may not be seen.
 */

int vfs_kafka_partitions(rd_kafka_t *rk, const char *topic, int timeout_ms,
    int *partitions, vfs_error_t *err);


#endif /* _VFS_KAFKA_CLIENT_H_INCLUDED_ */
