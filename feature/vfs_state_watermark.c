
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_integer.h"
#include "vfs_state_private.h"

#include <stdlib.h>
#include <string.h>


size_t
vfs_state_watermark(const vfs_state_t *state, char *buf, size_t size)
{
    char                  *p, text[2 * VFS_INTEGER_LEN + 2];
    size_t                 n, len, room;
    unsigned               i;
    const vfs_position_t  *mark;

    len = 0;

    if (size > 0) {
        buf[0] = '\0';
    }

    for (i = 0; i < state->nwatermarks; i++) {
        mark = &state->watermarks[i];

        p = text;

        if (i != 0) {
            *p++ = ',';
        }

        p = vfs_integer_print(p, mark->partition);
        *p++ = ':';
        n = (size_t) (vfs_integer_print(p, mark->offset) - text);

        if (len + 1 < size) {
            room = size - len - 1;
            room = n < room ? n : room;
            memcpy(buf + len, text, room);
            buf[len + room] = '\0';
        }

        len += n;
    }

    return len;
}


int32_t
vfs_state_partition(const vfs_state_t *state)
{
    return (state->nwatermarks != 0) ? state->watermarks[0].partition : -1;
}


int
vfs_state_seen(const vfs_state_t *state, const vfs_position_t *position)
{
    unsigned  i;

    i = vfs_state_watermark_find(state, position->partition);

    return i < state->nwatermarks
           && state->watermarks[i].partition == position->partition
           && state->watermarks[i].offset >= position->offset;
}


unsigned
vfs_state_watermark_find(const vfs_state_t *state, int32_t partition)
{
    unsigned  low, high, middle;

    low = 0;
    high = state->nwatermarks;

    while (low < high) {
        middle = low + (high - low) / 2;

        if (state->watermarks[middle].partition < partition) {
            low = middle + 1;

        } else {
            high = middle;
        }
    }

    return low;
}


int
vfs_state_watermark_reserve(vfs_state_t *state, unsigned n)
{
    unsigned         room;
    vfs_position_t  *watermarks;

    if (state->watermarks_room - state->nwatermarks >= n) {
        return VFS_OK;
    }

    room = state->nwatermarks + n;
    room += room / 4;

    watermarks = realloc(state->watermarks, room * sizeof(vfs_position_t));
    if (watermarks == NULL) {
        return VFS_ERROR;
    }

    state->watermarks = watermarks;
    state->watermarks_room = room;

    return VFS_OK;
}


void
vfs_state_watermark_raise(vfs_state_t *state, const vfs_position_t *position)
{
    unsigned         i;
    vfs_position_t  *mark;

    i = vfs_state_watermark_find(state, position->partition);
    mark = &state->watermarks[i];

    if (i == state->nwatermarks || mark->partition != position->partition) {
        memmove(mark + 1, mark,
                (state->nwatermarks - i) * sizeof(vfs_position_t));
        *mark = *position;
        state->nwatermarks++;

        return;
    }

    if (mark->offset < position->offset) {
        mark->offset = position->offset;
    }
}
