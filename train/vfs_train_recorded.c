
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_model.h"
#include "vfs_recorded.h"
#include "vfs_settings.h"
#include "vfs_train_recorded.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


static int vfs_train_recorded_find(void *data, const unsigned char *key,
    const unsigned char **record, size_t *len, vfs_error_t *err);


static vfs_answers_t  vfs_train_answers;


int
vfs_train_recorded(vfs_definition_t *def, vfs_error_t *err)
{
    char                 *dir;
    const char           *data;
    vfs_error_t           why;
    vfs_recorded_conf_t   conf;

    if (vfs_model_sources(def) == 0) {
        return VFS_OK;
    }

    (void) vfs_setting_string("VFS_DATA", "data", &data);

    if (asprintf(&dir, "%s/" VFS_RECORDED_NAME, data) == -1) {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    if (vfs_train_answers.data == NULL) {
        memset(&conf, 0, sizeof(vfs_recorded_conf_t));

        conf.dir = dir;
        conf.read_only = 1;

        vfs_train_answers.data = vfs_recorded_open(&conf, &why);
        vfs_train_answers.get = vfs_train_recorded_find;
    }

    free(dir);

    if (vfs_train_answers.data == NULL) {
        vfs_error_set(err, "VFS_DATA: %.400s: expected the directory of a "
                      "worker that has asked the definition's models",
                      why.text);
        return VFS_ERROR;
    }

    def->answers = &vfs_train_answers;

    return VFS_OK;
}


void
vfs_train_recorded_release(void)
{
    if (vfs_train_answers.data != NULL) {
        vfs_recorded_release(vfs_train_answers.data);
    }
}


/* A watch has to see what the worker records meanwhile. */

static int
vfs_train_recorded_find(void *data, const unsigned char *key,
    const unsigned char **record, size_t *len, vfs_error_t *err)
{
    vfs_recorded_release(data);

    return vfs_recorded_find(data, key, record, len, err);
}
