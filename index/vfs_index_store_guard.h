
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INDEX_STORE_GUARD_H_INCLUDED_
#define _VFS_INDEX_STORE_GUARD_H_INCLUDED_


#include <lmdb.h>


/*
 * LMDB trusts its pages: of damaged ones it reads beyond the map, or gives up.
 * A guarded process then ends with one line that says so, and status 1.
 */

/* Before the store in "dir" is opened. */

void vfs_store_guard(const char *dir);

/*
 * Once it is loaded and so known to be whole: from here on only a page that
 * the disk does not give (SIGBUS) ends the process so.
 */

void vfs_store_guard_loaded(void);

/* LMDB's mdb_env_set_assert(). */

void vfs_store_guard_assert(MDB_env *env, const char *text);


#endif /* _VFS_INDEX_STORE_GUARD_H_INCLUDED_ */
