
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_EFFECT_H_INCLUDED_
#define _VFS_EFFECT_H_INCLUDED_


#include "vfs_event.h"
#include "vfs_state.h"


/*
 * What one event does: an update of its user and one of its item.  Whatever
 * may be wrong with an event is found before either is there, so it counts as
 * a whole or not at all.
 */

typedef struct {
    vfs_event_t            *event;
    vfs_update_t            updates[VFS_ENTITIES];  /* of the features that
                                                       the definition has */
} vfs_effect_t;


/* Room that an effect's vectors take, in vectors of def->dimension. */

#define VFS_EFFECT_VECTORS  3


/*
 * Reads the value of a record that stands at "position".  VFS_DECLINED: its
 * event weighs 0 and is ignored.  VFS_ERROR with a message and a *reason: the
 * event is at fault; with VFS_REASON_NONE: memory is out.  The updates point
 * into "vectors" and are valid until vfs_effect_free(), to be called in every
 * case.
 */

int vfs_effect_read(const vfs_definition_t *def, const char *value, size_t len,
    int64_t record_ms, const vfs_position_t *position, float *vectors,
    vfs_effect_t *effect, vfs_reason_e *reason, vfs_error_t *err);
void vfs_effect_free(vfs_effect_t *effect);

/*
 * What a record without a value deletes, by its key: "user:" or "item:" and an
 * id, or the bare id of a user.  "*id" is of "*id_len" bytes within "key".
 * VFS_ERROR with a message: nothing, the key is at fault.
 */

int vfs_effect_deletion(const char *key, size_t len, vfs_entity_e *entity,
    const char **id, size_t *id_len, vfs_error_t *err);

/*
 * Completes the item's update where items are folded from users: "user" is the
 * user's vector right after this event, NULL if there is none.
 */

void vfs_effect_complete(const vfs_definition_t *def, vfs_effect_t *effect,
    const float *user);


#endif /* _VFS_EFFECT_H_INCLUDED_ */
