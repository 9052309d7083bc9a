
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_SETTINGS_H_INCLUDED_
#define _VFS_SETTINGS_H_INCLUDED_


#include "vfs_error.h"

#include <stdint.h>


/*
 * Readers of environment variables.  Each returns VFS_OK, or VFS_ERROR with a
 * message that names the variable, what is wrong with its value and an example.
 * An unset or empty variable takes the default.  Strings point into the
 * environment or are the default; nothing is allocated unless said.
 */

int vfs_setting_string(const char *name, const char *fallback,
    const char **value);
int vfs_setting_integer(const char *name, int64_t fallback, int64_t min,
    int64_t max, int64_t *value, vfs_error_t *err);

/*
 * An http or https URL without query or fragment; a trailing slash is cut.
 * *value is allocated, the caller frees it.
 */

int vfs_setting_url(const char *name, const char *fallback, char **value,
    vfs_error_t *err);

/* Whether it is such a URL; *reason: why not, to follow on its name. */

int vfs_url_check(const char *url, const char **reason);

/*
 * A secret: the value of "name", or the first line of the file that the
 * variable "<name>_FILE" names; both set is an error.  *value is allocated,
 * or NULL if neither is set.  The message never quotes the secret.
 */

int vfs_setting_secret(const char *name, char **value, vfs_error_t *err);

/* The first line of a file; "name": of the variable or option that named it. */

int vfs_secret_file(const char *name, const char *path, char **value,
    vfs_error_t *err);


/* "host:port", "[v6]:port" or ":port" to its parts; host is allocated. */

int vfs_parse_address(const char *text, char **host, uint16_t *port,
    vfs_error_t *err);


#endif /* _VFS_SETTINGS_H_INCLUDED_ */
