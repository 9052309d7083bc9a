
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_kafka.h"
#include "vfs_log.h"

#include <ctype.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>


#define VFS_KAFKA_PREFIX    "VFS_KAFKA_"
#define VFS_KAFKA_NAME_LEN  128


int
vfs_kafka_conf_set(rd_kafka_conf_t *conf, const char *name, const char *value,
    const char *origin, vfs_error_t *err)
{
    char  text[256];

    switch (rd_kafka_conf_set(conf, name, value, text, sizeof(text))) {

    case RD_KAFKA_CONF_OK:
        return VFS_OK;

    case RD_KAFKA_CONF_UNKNOWN:
        vfs_error_set(err, "%s: librdkafka has no property \"%s\"; an example "
                      "is VFS_KAFKA_SECURITY_PROTOCOL=ssl", origin, name);
        return VFS_ERROR;

    default:
        vfs_error_set(err, "%s: not a value that librdkafka's property \"%s\" "
                      "takes", origin, name);
        return VFS_ERROR;
    }
}


int
vfs_kafka_conf_environment(rd_kafka_conf_t *conf, vfs_error_t *err)
{
    char    origin[VFS_KAFKA_NAME_LEN], name[VFS_KAFKA_NAME_LEN];
    char  **entry, *equals;
    size_t  i, len, prefix;

    prefix = strlen(VFS_KAFKA_PREFIX);

    for (entry = environ; *entry != NULL; entry++) {

        if (strncmp(*entry, VFS_KAFKA_PREFIX, prefix) != 0) {
            continue;
        }

        equals = strchr(*entry, '=');

        if (equals == NULL || equals[1] == '\0') {
            continue;
        }

        len = equals - *entry;

        if (len >= VFS_KAFKA_NAME_LEN) {
            vfs_error_set(err, "%.32s...: the variable's name is too long for "
                          "a property of librdkafka", *entry);
            return VFS_ERROR;
        }

        memcpy(origin, *entry, len);
        origin[len] = '\0';

        for (i = prefix; i <= len; i++) {
            name[i - prefix] = (origin[i] == '_')
                               ? '.' : tolower((unsigned char) origin[i]);
        }

        if (vfs_kafka_conf_set(conf, name, equals + 1, origin, err)
            != VFS_OK)
        {
            return VFS_ERROR;
        }
    }

    return VFS_OK;
}


void
vfs_kafka_log(const rd_kafka_t *rk, int level, const char *facility,
    const char *text)
{
    char             message[512];
    vfs_log_level_e  log_level;

    if (level <= LOG_ERR) {
        log_level = VFS_LOG_ERROR;

    } else if (level <= LOG_NOTICE) {
        log_level = VFS_LOG_WARN;

    } else if (level == LOG_INFO) {
        log_level = VFS_LOG_INFO;

    } else {
        log_level = VFS_LOG_DEBUG;
    }

    vfs_log(log_level, "kafka", "facility=%s message=%s", facility,
            vfs_log_quote(message, sizeof(message), text, strlen(text)));
}
