
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


int
vfs_train_recorded(vfs_definition_t *def, vfs_error_t *err)
{
    char                 *dir;
    const char           *data;
    vfs_error_t           why;
    vfs_recorded_conf_t   conf;

    static vfs_answers_t  answers;

    if (vfs_model_sources(def) == 0) {
        return VFS_OK;
    }

    (void) vfs_setting_string("VFS_DATA", "data", &data);

    if (asprintf(&dir, "%s/" VFS_RECORDED_NAME, data) == -1) {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    if (answers.data == NULL) {
        memset(&conf, 0, sizeof(vfs_recorded_conf_t));

        conf.dir = dir;
        conf.read_only = 1;

        answers.data = vfs_recorded_open(&conf, &why);
        answers.get = vfs_recorded_find;
    }

    free(dir);

    if (answers.data == NULL) {
        vfs_error_set(err, "VFS_DATA: %.400s: expected the directory of a "
                      "worker that has asked the definition's models",
                      why.text);
        return VFS_ERROR;
    }

    def->answers = &answers;

    return VFS_OK;
}
