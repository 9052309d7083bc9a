
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_JSON_NUMBER_H_INCLUDED_
#define _VFS_JSON_NUMBER_H_INCLUDED_


/*
 * The first byte behind the number at "p", which is before "last"; or NULL if
 * there is no valid one, *fault then being where a digit was missing ("p"
 * itself: where no number begins).
 */

const char *vfs_json_scan_number(const char *p, const char *last,
    const char **fault);


#endif /* _VFS_JSON_NUMBER_H_INCLUDED_ */
