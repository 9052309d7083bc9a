
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_train_picks.h"
#include "vfs_train_temporary.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xxhash.h>


#define VFS_ARENA_BLOCK  65536


struct vfs_arena_s {
    vfs_arena_t            *next;
    size_t                  used;
    char                    text[VFS_ARENA_BLOCK];
};


static const char *vfs_picks_name(vfs_picks_t *picks, const char *name,
    size_t len);
static int vfs_picks_grow_ids(vfs_picks_t *picks);
static size_t vfs_picks_slot(const vfs_picks_t *picks, const char *name,
    size_t len);
static int vfs_picks_compare(const void *one, const void *two);
static uint32_t vfs_picks_later(const vfs_picks_t *picks,
    const vfs_pick_id_t *id, int64_t time_ms);
static int64_t vfs_picks_sent(vfs_pick_id_t *id, const vfs_entry_t *entry);
static int vfs_picks_store(vfs_picks_t *picks, vfs_pick_t *pick,
    const vfs_entry_t *entry, vfs_error_t *err);


static const char *const  vfs_by_words[] = { "visible", "event-time", NULL };


const vfs_option_t  vfs_by_table[] = {

    { .name = "by",
      .value = "TIME",
      .set = vfs_option_word,
      .min = VFS_BY_VISIBLE,
      .words = vfs_by_words,
      .help = "visible: the newest version that serving could\n"
              "answer with before; event-time: the newest one\n"
              "without an event of that time or later; visible" },

    { .name = NULL }
};


int
vfs_picks_init(vfs_picks_t *picks, vfs_by_e by, vfs_error_t *err)
{
    memset(picks, 0, sizeof(vfs_picks_t));

    picks->by = by;
    picks->fd = vfs_temporary_file(err);

    if (picks->fd == -1) {
        return VFS_ERROR;
    }

    if (vfs_picks_grow_ids(picks) != VFS_OK) {
        vfs_error_set(err, "out of memory");
        return VFS_ERROR;
    }

    return VFS_OK;
}


void
vfs_picks_free(vfs_picks_t *picks)
{
    vfs_arena_t  *arena;

    while ((arena = picks->arena) != NULL) {
        picks->arena = arena->next;
        free(arena);
    }

    if (picks->fd != -1) {
        (void) close(picks->fd);
    }

    free(picks->picks);
    free(picks->ids);
    free(picks->table);
    free(picks->buf);
}


uint32_t
vfs_picks_id(vfs_picks_t *picks, const char *name, size_t len)
{
    size_t          slot;
    vfs_pick_id_t  *id;

    slot = vfs_picks_slot(picks, name, len);

    if (picks->table[slot] != 0) {
        return picks->table[slot] - 1;
    }

    if (picks->nids == picks->ids_room) {

        if (vfs_picks_grow_ids(picks) != VFS_OK) {
            return UINT32_MAX;
        }

        slot = vfs_picks_slot(picks, name, len);
    }

    id = &picks->ids[picks->nids];

    memset(id, 0, sizeof(vfs_pick_id_t));

    id->name = vfs_picks_name(picks, name, len);
    id->len = (uint32_t) len;
    id->partition = -1;

    if (id->name == NULL) {
        return UINT32_MAX;
    }

    picks->table[slot] = (uint32_t) ++picks->nids;

    return (uint32_t) picks->nids - 1;
}


vfs_pick_id_t *
vfs_picks_find(const vfs_picks_t *picks, const char *name, size_t len)
{
    size_t  slot;

    slot = vfs_picks_slot(picks, name, len);

    return (picks->table[slot] != 0) ? &picks->ids[picks->table[slot] - 1]
                                     : NULL;
}


static const char *
vfs_picks_name(vfs_picks_t *picks, const char *name, size_t len)
{
    char         *copy;
    vfs_arena_t  *arena;

    arena = picks->arena;

    if (arena == NULL || VFS_ARENA_BLOCK - arena->used < len) {
        arena = malloc(sizeof(vfs_arena_t));

        if (arena == NULL || len > VFS_ARENA_BLOCK) {
            free(arena);
            return NULL;
        }

        arena->used = 0;
        arena->next = picks->arena;
        picks->arena = arena;
    }

    copy = arena->text + arena->used;
    memcpy(copy, name, len);
    arena->used += len;

    return copy;
}


/* The table is at most half full. */

static int
vfs_picks_grow_ids(vfs_picks_t *picks)
{
    size_t          i, slot, room;
    uint32_t       *table;
    vfs_pick_id_t  *ids;

    room = (picks->ids_room == 0) ? 1024 : picks->ids_room * 2;

    if (room >= UINT32_MAX / 2) {
        return VFS_ERROR;
    }

    ids = realloc(picks->ids, room * sizeof(vfs_pick_id_t));

    if (ids == NULL) {
        return VFS_ERROR;
    }

    picks->ids = ids;

    table = calloc(room * 2, sizeof(uint32_t));

    if (table == NULL) {
        return VFS_ERROR;
    }

    free(picks->table);

    picks->table = table;
    picks->mask = room * 2 - 1;
    picks->ids_room = room;

    for (i = 0; i < picks->nids; i++) {
        slot = vfs_picks_slot(picks, ids[i].name, ids[i].len);
        table[slot] = (uint32_t) i + 1;
    }

    return VFS_OK;
}


static size_t
vfs_picks_slot(const vfs_picks_t *picks, const char *name, size_t len)
{
    size_t                slot;
    const vfs_pick_id_t  *id;

    slot = (size_t) XXH3_64bits(name, len) & picks->mask;

    for ( /* void */ ; picks->table[slot] != 0;
         slot = (slot + 1) & picks->mask)
    {
        id = &picks->ids[picks->table[slot] - 1];

        if (id->len == len && memcmp(id->name, name, len) == 0) {
            break;
        }
    }

    return slot;
}


int
vfs_picks_add(vfs_picks_t *picks, uint32_t id, int64_t time_ms,
    vfs_error_t *err)
{
    size_t       room;
    vfs_pick_t  *all, *pick;

    if (picks->npicks == picks->room) {
        room = (picks->room == 0) ? 4096 : picks->room * 2;
        all = (room < UINT32_MAX)
              ? realloc(picks->picks, room * sizeof(vfs_pick_t)) : NULL;

        if (all == NULL) {
            vfs_error_set(err, "out of memory");
            return VFS_ERROR;
        }

        picks->picks = all;
        picks->room = room;
    }

    pick = &picks->picks[picks->npicks];

    memset(pick, 0, sizeof(vfs_pick_t));

    pick->id = id;
    pick->row = (uint32_t) picks->npicks++;
    pick->time_ms = time_ms;
    pick->visible_ms = -1;

    picks->ids[id].npicks++;

    return VFS_OK;
}


void
vfs_picks_sort(vfs_picks_t *picks)
{
    size_t    i;
    uint32_t  first;

    if (picks->npicks != 0) {
        qsort(picks->picks, picks->npicks, sizeof(vfs_pick_t),
              vfs_picks_compare);
    }

    for (i = 0, first = 0; i < picks->nids; i++) {
        picks->ids[i].first = first;
        first += picks->ids[i].npicks;
    }
}


static int
vfs_picks_compare(const void *one, const void *two)
{
    const vfs_pick_t  *a, *b;

    a = one;
    b = two;

    if (a->id != b->id) {
        return (a->id < b->id) ? -1 : 1;
    }

    if (a->time_ms != b->time_ms) {
        return (a->time_ms < b->time_ms) ? -1 : 1;
    }

    return (a->row < b->row) ? -1 : 1;
}


int
vfs_picks_offer(vfs_picks_t *picks, vfs_pick_id_t *id,
    const vfs_entry_t *entry, vfs_error_t *err)
{
    int64_t      time_ms, sent_ms;
    uint32_t     later, i, last;
    vfs_pick_t  *pick;

    sent_ms = vfs_picks_sent(id, entry);
    id->partition = entry->partition;

    time_ms = (picks->by == VFS_BY_VISIBLE) ? entry->version.visible_ms
                                            : entry->version.event_ms;

    later = vfs_picks_later(picks, id, time_ms);
    last = id->first + id->npicks;

    /* between the two times the index may have shown it, or not yet */

    for (i = later; picks->by == VFS_BY_VISIBLE && i > id->first; i--) {
        pick = &picks->picks[i - 1];

        if (pick->time_ms <= sent_ms) {
            break;
        }

        pick->open = 1;
    }

    if (later == last) {
        return VFS_OK;
    }

    pick = &picks->picks[later];

    if (pick->visible_ms > entry->version.visible_ms
        || (pick->visible_ms == entry->version.visible_ms
            && pick->offset > entry->offset))
    {
        return VFS_OK;
    }

    return vfs_picks_store(picks, pick, entry, err);
}


/*
 * From when on the index may have shown another version than those before, for
 * all that the log tells.  After a restart that is since the last one, unless
 * this is that one once more.
 */

static int64_t
vfs_picks_sent(vfs_pick_id_t *id, const vfs_entry_t *entry)
{
    int64_t               sent_ms;
    uint64_t              mark;
    const unsigned char  *content;

    content = (const unsigned char *) entry->version.watermark;
    mark = XXH3_64bits(content, (size_t) (entry->data + entry->len - content));

    sent_ms = entry->version.sent_ms;

    if (sent_ms == 0) {
        sent_ms = (id->partition != -1 && id->mark == mark) ? INT64_MAX
                                                            : id->visible_ms;
    }

    id->mark = mark;
    id->visible_ms = entry->version.visible_ms;

    return sent_ms;
}


/* The first of the id's picks that is later than that time. */

static uint32_t
vfs_picks_later(const vfs_picks_t *picks, const vfs_pick_id_t *id,
    int64_t time_ms)
{
    uint32_t  low, high, middle;

    low = id->first;
    high = id->first + id->npicks;

    while (low < high) {
        middle = low + (high - low) / 2;

        if (picks->picks[middle].time_ms > time_ms) {
            high = middle;

        } else {
            low = middle + 1;
        }
    }

    return low;
}


static int
vfs_picks_store(vfs_picks_t *picks, vfs_pick_t *pick, const vfs_entry_t *entry,
    vfs_error_t *err)
{
    ssize_t  n;

    pick->visible_ms = entry->version.visible_ms;
    pick->offset = entry->offset;
    pick->gone = (entry->version.dimension == 0);

    if (entry->len > pick->room) {

        /* versions of an id are of about the same length */

        pick->place = picks->end;
        pick->room = (uint32_t) (entry->len + entry->len / 8 + 16);
        picks->end += pick->room;
    }

    pick->len = (uint32_t) entry->len;

    n = pwrite(picks->fd, entry->data, entry->len, (off_t) pick->place);

    if (n == -1 || (size_t) n != entry->len) {
        vfs_error_set(err, "cannot write to a temporary file: %s, see TMPDIR",
                      (n == -1) ? strerror(errno) : "the disk is full");
        return VFS_ERROR;
    }

    return VFS_OK;
}


void
vfs_picks_settle(vfs_picks_t *picks)
{
    size_t             i;
    vfs_pick_t        *pick;
    const vfs_pick_t  *before;

    for (i = 1; i < picks->npicks; i++) {
        pick = &picks->picks[i];
        before = pick - 1;

        if (before->id != pick->id || before->visible_ms == -1) {
            continue;
        }

        if (pick->visible_ms > before->visible_ms
            || (pick->visible_ms == before->visible_ms
                && pick->offset > before->offset))
        {
            continue;
        }

        pick->visible_ms = before->visible_ms;
        pick->offset = before->offset;
        pick->gone = before->gone;
        pick->place = before->place;
        pick->len = before->len;
    }
}


int
vfs_picks_get(vfs_picks_t *picks, const vfs_pick_t *pick,
    vfs_version_t *version, vfs_error_t *err)
{
    ssize_t         n;
    unsigned char  *buf;

    if (pick->visible_ms == -1) {
        return VFS_DECLINED;
    }

    if (pick->len > picks->size) {
        buf = realloc(picks->buf, pick->len);

        if (buf == NULL) {
            vfs_error_set(err, "out of memory");
            return VFS_ERROR;
        }

        picks->buf = buf;
        picks->size = pick->len;
    }

    n = pread(picks->fd, picks->buf, pick->len, (off_t) pick->place);

    if (n == -1 || (size_t) n != pick->len) {
        vfs_error_set(err, "cannot read a temporary file: %s",
                      (n == -1) ? strerror(errno) : "it is too short");
        return VFS_ERROR;
    }

    return vfs_journal_version(picks->buf, pick->len, version, err);
}
