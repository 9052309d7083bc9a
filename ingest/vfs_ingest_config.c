
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_ingest_config.h"
#include "vfs_ingest_settings.h"
#include "vfs_kafka.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


#define VFS_CONFIG_MAX_LINE  4096
#define VFS_CONFIG_KAFKA     "kafka."
#define VFS_CONFIG_VARIABLE  "VFS_KAFKA_"


static int vfs_config_read(vfs_ingest_config_t *config, FILE *fp,
    vfs_error_t *err);
static int vfs_config_line(vfs_ingest_config_t *config, unsigned number,
    char *line, vfs_error_t *err);
static char *vfs_config_trim(char *text);
static int vfs_config_variable(const char *origin, const char *name,
    const char *value, char *variable, vfs_error_t *err);
static int vfs_config_kafka(const char *origin, const char *property,
    const char *value, char *variable, vfs_error_t *err);
static int vfs_config_set(vfs_ingest_config_t *config, unsigned number,
    const char *origin, const char *variable, const char *value,
    vfs_error_t *err);


/* A key is no setting that a file should hold: it has a file of its own. */

static const char *const  vfs_config_names[] = {
    "KAFKA_BROKERS",
    "PINECONE_INDEX_HOST",
    "PINECONE_API_KEY_FILE",
    "VFS_MODEL_API_KEY_FILE",
    "VFS_GROUP",
    "VFS_DEFINITION",
    "VFS_DATA",
    "VFS_STATS_URL",
    "VFS_METRICS_ADDRESS",
    "VFS_LOG_LEVEL",
    "VFS_MAX_REQUESTS",
    "VFS_DRAIN_MS",
    "VFS_FEATURE_LOG",
    NULL
};


int
vfs_ingest_config_load(vfs_ingest_config_t *config, const char *path,
    vfs_error_t *err)
{
    int    rc;
    FILE  *fp;

    config->path = path;
    config->n = 0;

    fp = fopen(path, "re");

    if (fp == NULL) {
        vfs_error_set(err, "VFS_CONFIG: cannot open \"%.256s\": %s", path,
                      strerror(errno));
        return VFS_ERROR;
    }

    rc = vfs_config_read(config, fp, err);

    (void) fclose(fp);

    return rc;
}


static int
vfs_config_read(vfs_ingest_config_t *config, FILE *fp, vfs_error_t *err)
{
    int       rc;
    char      line[VFS_CONFIG_MAX_LINE + 2];
    size_t    len;
    unsigned  number;

    rc = VFS_OK;
    number = 0;

    /* unbuffered, so that no second copy of a password stays on the heap */

    (void) setvbuf(fp, NULL, _IONBF, 0);

    while (rc == VFS_OK && fgets(line, sizeof(line), fp) != NULL) {
        number++;
        len = strlen(line);

        if (len == sizeof(line) - 1 && line[len - 1] != '\n') {
            vfs_error_set(err, "%.256s:%u: the line is longer than %d bytes",
                          config->path, number, VFS_CONFIG_MAX_LINE);
            rc = VFS_ERROR;
            break;
        }

        rc = vfs_config_line(config, number, line, err);
    }

    if (rc == VFS_OK && ferror(fp)) {
        vfs_error_set(err, "VFS_CONFIG: cannot read \"%.256s\": %s",
                      config->path, strerror(errno));
        rc = VFS_ERROR;
    }

    explicit_bzero(line, sizeof(line));

    return rc;
}


static int
vfs_config_line(vfs_ingest_config_t *config, unsigned number, char *line,
    vfs_error_t *err)
{
    char  *equals, *name, *value;
    char   origin[320], variable[VFS_CONFIG_MAX_NAME];

    (void) snprintf(origin, sizeof(origin), "%.256s:%u", config->path, number);

    name = vfs_config_trim(line);

    if (name[0] == '\0' || name[0] == '#') {
        return VFS_OK;
    }

    equals = strchr(name, '=');

    if (equals == NULL) {
        vfs_error_set(err, "%s: expected a name, \"=\" and a value, such as "
                      "kafka.security.protocol = sasl_ssl", origin);
        return VFS_ERROR;
    }

    *equals = '\0';
    name = vfs_config_trim(name);
    value = vfs_config_trim(equals + 1);

    if (value[0] == '\0') {
        vfs_error_set(err, "%s: %.64s has no value", origin, name);
        return VFS_ERROR;
    }

    if (vfs_config_variable(origin, name, value, variable, err) != VFS_OK) {
        return VFS_ERROR;
    }

    return vfs_config_set(config, number, origin, variable, value, err);
}


static char *
vfs_config_trim(char *text)
{
    char  *last;

    while (isspace((unsigned char) *text)) {
        text++;
    }

    last = text + strlen(text);

    while (last != text && isspace((unsigned char) last[-1])) {
        last--;
    }

    *last = '\0';

    return text;
}


/* The variable that a name stands for. */

static int
vfs_config_variable(const char *origin, const char *name, const char *value,
    char *variable, vfs_error_t *err)
{
    size_t  i;

    if (strncmp(name, VFS_CONFIG_KAFKA, sizeof(VFS_CONFIG_KAFKA) - 1) == 0) {
        return vfs_config_kafka(origin, name + sizeof(VFS_CONFIG_KAFKA) - 1,
                                value, variable, err);
    }

    for (i = 0; vfs_config_names[i] != NULL; i++) {

        if (strcmp(name, vfs_config_names[i]) == 0) {
            (void) strcpy(variable, name);
            return VFS_OK;
        }
    }

    if (strcmp(name, "PINECONE_API_KEY") == 0
        || strcmp(name, "VFS_MODEL_API_KEY") == 0)
    {
        vfs_error_set(err, "%s: a key belongs into the environment or a file "
                      "of its own, set %s_FILE", origin, name);
        return VFS_ERROR;
    }

    vfs_error_set(err, "%s: no setting is called \"%.64s\", expected kafka. "
                  "and a property of librdkafka, or one of the variables that "
                  "vfs-ingest --help lists", origin, name);

    return VFS_ERROR;
}


/* Whether librdkafka takes it is asked here, where the line is known. */

static int
vfs_config_kafka(const char *origin, const char *property, const char *value,
    char *variable, vfs_error_t *err)
{
    int               rc;
    size_t            i, prefix;
    const char       *reason;
    rd_kafka_conf_t  *conf;

    prefix = sizeof(VFS_CONFIG_VARIABLE) - 1;

    if (strlen(property) >= VFS_CONFIG_MAX_NAME - prefix) {
        vfs_error_set(err, "%s: the name is too long for a property of "
                      "librdkafka", origin);
        return VFS_ERROR;
    }

    (void) strcpy(variable, VFS_CONFIG_VARIABLE);

    for (i = 0; property[i] != '\0'; i++) {
        variable[prefix + i] = (property[i] == '.')
                               ? '_' : toupper((unsigned char) property[i]);
    }

    variable[prefix + i] = '\0';

    reason = vfs_ingest_settings_fixed(variable);

    if (reason != NULL) {
        vfs_error_set(err, "%s: kafka.%s cannot be set: %s", origin, property,
                      reason);
        return VFS_ERROR;
    }

    conf = rd_kafka_conf_new();
    rc = vfs_kafka_conf_set(conf, property, value, origin, err);
    rd_kafka_conf_destroy(conf);

    return rc;
}


static int
vfs_config_set(vfs_ingest_config_t *config, unsigned number,
    const char *origin, const char *variable, const char *value,
    vfs_error_t *err)
{
    size_t  i;

    for (i = 0; i < config->n; i++) {

        if (strcmp(config->entries[i].name, variable) == 0) {
            vfs_error_set(err, "%s: set before, in line %u", origin,
                          config->entries[i].line);
            return VFS_ERROR;
        }
    }

    if (config->n == VFS_CONFIG_MAX_ENTRIES) {
        vfs_error_set(err, "%s: more than %d settings", origin,
                      VFS_CONFIG_MAX_ENTRIES);
        return VFS_ERROR;
    }

    /* what the environment says comes first */

    if (getenv(variable) != NULL) {
        return VFS_OK;
    }

    if (setenv(variable, value, 0) != 0) {
        vfs_error_set(err, "%s: %s", origin, strerror(errno));
        return VFS_ERROR;
    }

    (void) strcpy(config->entries[config->n].name, variable);
    config->entries[config->n++].line = number;

    return VFS_OK;
}


unsigned
vfs_ingest_config_line(const vfs_ingest_config_t *config, const char *text)
{
    size_t  i, len;

    for (i = 0; i < config->n; i++) {
        len = strlen(config->entries[i].name);

        if (strncmp(text, config->entries[i].name, len) == 0
            && !isalnum((unsigned char) text[len])
            && text[len] != '_')
        {
            return config->entries[i].line;
        }
    }

    return 0;
}
