
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_ingest_letter.h"

#include <endian.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>


static void vfs_letter_header(vfs_message_t *message, const char *name,
    const void *value, size_t len);
static void vfs_letter_text(vfs_message_t *message, const char *name,
    const char *value);


int
vfs_letter_send(const vfs_letter_t *letter, const vfs_io_t *io,
    vfs_error_t *err)
{
    char                 partition[16], offset[24], attempts[16];
    uint32_t             partition_be;
    uint64_t             offset_be, time_be;
    const char          *stage;
    vfs_message_t        message;
    const vfs_record_t  *record;

    record = letter->record;

    memset(&message, 0, sizeof(vfs_message_t));

    message.topic = VFS_TOPIC_DEAD;
    message.key = record->key;
    message.key_len = record->key_len;
    message.value = record->value;
    message.len = record->len;

    partition_be = htobe32((uint32_t) record->partition);
    offset_be = htobe64((uint64_t) record->offset);
    time_be = htobe64((uint64_t) record->time_ms);

    (void) snprintf(partition, sizeof(partition), "%" PRId32,
                    record->partition);
    (void) snprintf(offset, sizeof(offset), "%" PRId64, record->offset);
    (void) snprintf(attempts, sizeof(attempts), "%u", letter->attempts);

    /* Kafka Connect's own words for where a record failed */

    stage = (letter->reason == VFS_REASON_REFUSED) ? "TASK_PUT"
                                                   : "VALUE_CONVERTER";

    vfs_letter_text(&message, "kafka_dlt-original-topic", letter->topic);
    vfs_letter_header(&message, "kafka_dlt-original-partition", &partition_be,
                      sizeof(partition_be));
    vfs_letter_header(&message, "kafka_dlt-original-offset", &offset_be,
                      sizeof(offset_be));
    vfs_letter_header(&message, "kafka_dlt-original-timestamp", &time_be,
                      sizeof(time_be));
    vfs_letter_text(&message, "kafka_dlt-original-consumer-group",
                    letter->group);
    vfs_letter_text(&message, "kafka_dlt-exception-message", letter->message);

    vfs_letter_text(&message, "__connect.errors.topic", letter->topic);
    vfs_letter_text(&message, "__connect.errors.partition", partition);
    vfs_letter_text(&message, "__connect.errors.offset", offset);
    vfs_letter_text(&message, "__connect.errors.stage", stage);
    vfs_letter_text(&message, "__connect.errors.exception.message",
                    letter->message);

    vfs_letter_text(&message, "vfs-reason", vfs_reason_name(letter->reason));
    vfs_letter_text(&message, "vfs-definition", letter->definition);
    vfs_letter_text(&message, "vfs-attempts", attempts);

    return io->produce(io->data, &message, err);
}


static void
vfs_letter_header(vfs_message_t *message, const char *name, const void *value,
    size_t len)
{
    vfs_header_t  *header;

    header = &message->headers[message->nheaders++];

    header->name = name;
    header->value = value;
    header->len = len;
}


static void
vfs_letter_text(vfs_message_t *message, const char *name, const char *value)
{
    vfs_letter_header(message, name, value, strlen(value));
}
