
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_definition.h"
#include "vfs_effect.h"
#include "vfs_model.h"
#include "vfs_recorded.h"

#include <inttypes.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>


/*
 * Folds events by feature/ alone, for test_agreement.py to compare with the
 * reference.
 *
 *   vfs-replay DEFINITION SEED [RECORDED] <RECORDS
 *
 * A line of RECORDS is "partition offset record_ms value", the value in
 * hexadecimal.  Item updates travel as bytes and arrive in an order that SEED
 * draws: each partition's in its order, the partitions in any; states are
 * merged, encoded and decoded on the way.  RECORDED is the directory of what
 * models have answered.
 */

#define VFS_REPLAY_PARTITIONS  8
#define VFS_REPLAY_LINE        (2 * VFS_MAX_EVENT_LEN + 256)


typedef struct {
    char                   id[VFS_MAX_ID_LEN + 1];
    vfs_state_t           *states[2];   /* by parity of the partition */
} vfs_replay_entry_t;


typedef struct vfs_replay_message_s  vfs_replay_message_t;

struct vfs_replay_message_s {
    char                   item[VFS_MAX_ID_LEN + 1];
    unsigned char         *data;
    size_t                 len;
    vfs_replay_message_t  *next;
};


typedef struct {
    vfs_replay_message_t  *first;
    vfs_replay_message_t  *last;
} vfs_replay_queue_t;


typedef struct {
    vfs_definition_t      *def;
    uint64_t               random;
    void                  *entries[VFS_ENTITIES];   /* trees */
    vfs_replay_queue_t     queues[VFS_REPLAY_PARTITIONS];
    float                 *vectors;     /* an effect's and a user's, or those
                                           of an item's update */
} vfs_replay_t;


/* twalk() has no other way to tell its callback about anything */

static vfs_replay_t  *vfs_replay_printed;
static vfs_entity_e   vfs_replay_printed_entity;


static void vfs_replay_die(const char *what, const char *why);
static vfs_recorded_t *vfs_replay_recorded(const char *dir);
static char *vfs_replay_file(const char *path);
static unsigned vfs_replay_draw(vfs_replay_t *replay, unsigned n);
static void vfs_replay_line(vfs_replay_t *replay, char *line);
static size_t vfs_replay_unhex(char *text);
static void vfs_replay_effect(vfs_replay_t *replay, vfs_effect_t *effect);
static int vfs_replay_user(vfs_replay_t *replay, const vfs_event_t *event,
    const vfs_update_t *update, float *vector);
static void vfs_replay_send(vfs_replay_t *replay, const char *item,
    const vfs_update_t *update);
static void vfs_replay_deliver(vfs_replay_t *replay);
static void vfs_replay_message(vfs_replay_t *replay,
    vfs_replay_message_t *message);
static vfs_state_t **vfs_replay_state(vfs_replay_t *replay,
    vfs_entity_e entity, const char *id, unsigned half);
static int vfs_replay_compare(const void *one, const void *two);
static void vfs_replay_recode(vfs_replay_t *replay, vfs_entity_e entity,
    vfs_state_t **state);
static void vfs_replay_print(const void *node, VISIT visit, int depth);


int
main(int argc, char **argv)
{
    char          *line, *text;
    vfs_error_t    err;
    vfs_replay_t   replay;
    vfs_answers_t  answers;

    memset(&replay, 0, sizeof(vfs_replay_t));

    if (argc != 3 && argc != 4) {
        vfs_replay_die("usage",
                       "vfs-replay DEFINITION SEED [RECORDED] <RECORDS");
    }

    text = vfs_replay_file(argv[1]);
    replay.random = strtoull(argv[2], NULL, 10);
    replay.def = vfs_definition_parse(text, strlen(text), &err);

    if (replay.def == NULL) {
        vfs_replay_die(argv[1], err.text);
    }

    free(text);

    if (argc == 4) {
        answers.data = vfs_replay_recorded(argv[3]);
        answers.get = vfs_recorded_find;
        replay.def->answers = &answers;
    }

    line = malloc(VFS_REPLAY_LINE);
    replay.vectors = calloc((VFS_EFFECT_VECTORS + 1) * replay.def->dimension,
                            sizeof(float));

    if (line == NULL || replay.vectors == NULL) {
        vfs_replay_die("memory", "out");
    }

    printf("definition %s\n", replay.def->hash);

    while (fgets(line, VFS_REPLAY_LINE, stdin) != NULL) {
        vfs_replay_line(&replay, line);
    }

    vfs_replay_deliver(&replay);

    vfs_replay_printed = &replay;

    for (vfs_replay_printed_entity = VFS_ENTITY_USER;
         vfs_replay_printed_entity < VFS_ENTITIES;
         vfs_replay_printed_entity++)
    {
        twalk(replay.entries[vfs_replay_printed_entity], vfs_replay_print);
    }

    if (argc == 4) {
        vfs_recorded_close(answers.data);
    }

    vfs_definition_free(replay.def);

    return 0;
}


static vfs_recorded_t *
vfs_replay_recorded(const char *dir)
{
    vfs_error_t           err;
    vfs_recorded_t       *recorded;
    vfs_recorded_conf_t   conf;

    memset(&conf, 0, sizeof(vfs_recorded_conf_t));

    conf.dir = dir;
    conf.read_only = 1;

    recorded = vfs_recorded_open(&conf, &err);

    if (recorded == NULL) {
        vfs_replay_die(dir, err.text);
    }

    return recorded;
}


static void
vfs_replay_die(const char *what, const char *why)
{
    fprintf(stderr, "vfs-replay: %s: %s\n", what, why);
    exit(1);
}


static char *
vfs_replay_file(const char *path)
{
    char    *text;
    FILE    *file;
    size_t   n;

    text = malloc(VFS_MAX_DEFINITION_LEN + 2);
    file = fopen(path, "r");

    if (text == NULL || file == NULL) {
        vfs_replay_die(path, "cannot read");
    }

    n = fread(text, 1, VFS_MAX_DEFINITION_LEN + 1, file);
    text[n] = '\0';
    fclose(file);

    return text;
}


/* SplitMix64 */

static unsigned
vfs_replay_draw(vfs_replay_t *replay, unsigned n)
{
    uint64_t  x;

    replay->random += 0x9e3779b97f4a7c15ULL;
    x = replay->random;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;

    return (x ^ (x >> 31)) % n;
}


static void
vfs_replay_line(vfs_replay_t *replay, char *line)
{
    int              n, rc;
    size_t           len;
    int64_t          record_ms;
    vfs_error_t      err;
    vfs_effect_t     effect;
    vfs_reason_e     reason;
    vfs_position_t   position;

    if (sscanf(line, "%" SCNd32 " %" SCNd64 " %" SCNd64 " %n",
               &position.partition, &position.offset, &record_ms, &n)
        != 3
        || position.partition < 0
        || position.partition >= VFS_REPLAY_PARTITIONS)
    {
        vfs_replay_die("bad line", line);
    }

    len = vfs_replay_unhex(line + n);
    rc = vfs_effect_read(replay->def, line + n, len, record_ms, &position,
                         replay->vectors, &effect, &reason, &err);

    if (rc == VFS_ERROR) {
        printf("letter %" PRId32 " %" PRId64 " %s\n", position.partition,
               position.offset, vfs_reason_name(reason));

    } else if (rc == VFS_DECLINED) {
        printf("ignored %" PRId32 " %" PRId64 "\n", position.partition,
               position.offset);

    } else {
        vfs_replay_effect(replay, &effect);
    }

    vfs_effect_free(&effect);
}


/* In place, up to the first character that is no digit. */

static size_t
vfs_replay_unhex(char *text)
{
    size_t       len;
    const char  *p, *high, *low;

    static const char  digits[] = "0123456789abcdef";

    for (p = text, len = 0; *p != '\0' && *p != '\n'; p += 2, len++) {
        high = strchr(digits, p[0]);
        low = strchr(digits, p[1]);

        if (high == NULL || low == NULL) {
            vfs_replay_die("bad value", text);
        }

        text[len] = (char) ((high - digits) * 16 + (low - digits));
    }

    return len;
}


static void
vfs_replay_effect(vfs_replay_t *replay, vfs_effect_t *effect)
{
    float             *user;
    vfs_definition_t  *def;

    def = replay->def;
    user = NULL;

    if (def->has_feature[VFS_ENTITY_USER]) {
        user = replay->vectors + VFS_EFFECT_VECTORS * def->dimension;

        if (vfs_replay_user(replay, effect->event,
                            &effect->updates[VFS_ENTITY_USER], user)
            != VFS_OK)
        {
            user = NULL;
        }
    }

    if (def->has_feature[VFS_ENTITY_ITEM]) {
        vfs_effect_complete(def, effect, user);
        vfs_replay_send(replay, vfs_event_item(effect->event),
                        &effect->updates[VFS_ENTITY_ITEM]);
    }
}


static int
vfs_replay_user(vfs_replay_t *replay, const vfs_event_t *event,
    const vfs_update_t *update, float *vector)
{
    vfs_state_t  **state;

    state = vfs_replay_state(replay, VFS_ENTITY_USER, vfs_event_user(event),
                             0);

    if (vfs_state_fold(*state, update) != VFS_OK) {
        vfs_replay_die(vfs_event_user(event), "not folded");
    }

    if (vfs_replay_draw(replay, 4) == 0) {
        vfs_replay_recode(replay, VFS_ENTITY_USER, state);
    }

    return vfs_state_vector(*state, vector);
}


static void
vfs_replay_send(vfs_replay_t *replay, const char *item,
    const vfs_update_t *update)
{
    vfs_replay_queue_t    *queue;
    vfs_replay_message_t  *message;

    message = calloc(1, sizeof(vfs_replay_message_t));

    if (message == NULL
        || vfs_update_encode(replay->def, update, &message->data,
                             &message->len)
           != VFS_OK)
    {
        vfs_replay_die(item, "not encoded");
    }

    strcpy(message->item, item);

    queue = &replay->queues[update->position.partition];

    if (queue->first == NULL) {
        queue->first = message;

    } else {
        queue->last->next = message;
    }

    queue->last = message;
}


static void
vfs_replay_deliver(vfs_replay_t *replay)
{
    unsigned               i, left;
    vfs_replay_queue_t    *queue;
    vfs_replay_message_t  *message;

    for ( ;; ) {
        left = 0;

        for (i = 0; i < VFS_REPLAY_PARTITIONS; i++) {
            left += (replay->queues[i].first != NULL);
        }

        if (left == 0) {
            return;
        }

        queue = &replay->queues[vfs_replay_draw(replay,
                                                VFS_REPLAY_PARTITIONS)];
        message = queue->first;

        if (message != NULL) {
            queue->first = message->next;
            vfs_replay_message(replay, message);
            free(message->data);
            free(message);
        }
    }
}


static void
vfs_replay_message(vfs_replay_t *replay, vfs_replay_message_t *message)
{
    vfs_error_t    err;
    vfs_state_t  **state;
    vfs_update_t   update;

    if (vfs_update_decode(replay->def, message->data, message->len,
                          replay->vectors, &update, &err)
        != VFS_OK)
    {
        vfs_replay_die(message->item, err.text);
    }

    state = vfs_replay_state(replay, VFS_ENTITY_ITEM, message->item,
                             update.position.partition % 2);

    if (vfs_state_fold(*state, &update) != VFS_OK
        || vfs_state_fold(*state, &update) != VFS_DECLINED)
    {
        vfs_replay_die(message->item, "not folded once");
    }

    if (vfs_replay_draw(replay, 4) == 0) {
        vfs_replay_recode(replay, VFS_ENTITY_ITEM, state);
    }
}


static vfs_state_t **
vfs_replay_state(vfs_replay_t *replay, vfs_entity_e entity, const char *id,
    unsigned half)
{
    void                *found;
    unsigned             i;
    vfs_replay_entry_t  *entry;

    entry = calloc(1, sizeof(vfs_replay_entry_t));
    if (entry == NULL) {
        vfs_replay_die(id, "out of memory");
    }

    strcpy(entry->id, id);

    found = tsearch(entry, &replay->entries[entity], vfs_replay_compare);
    if (found == NULL) {
        vfs_replay_die(id, "out of memory");
    }

    if (*(vfs_replay_entry_t **) found != entry) {
        free(entry);
        entry = *(vfs_replay_entry_t **) found;
    }

    for (i = 0; i < 2; i++) {

        if (entry->states[i] == NULL) {
            entry->states[i] = vfs_state_create(replay->def,
                                                &replay->def->features[entity]);
        }

        if (entry->states[i] == NULL) {
            vfs_replay_die(id, "out of memory");
        }
    }

    return &entry->states[half];
}


static int
vfs_replay_compare(const void *one, const void *two)
{
    return strcmp(((const vfs_replay_entry_t *) one)->id,
                  ((const vfs_replay_entry_t *) two)->id);
}


static void
vfs_replay_recode(vfs_replay_t *replay, vfs_entity_e entity,
    vfs_state_t **state)
{
    size_t          len;
    vfs_error_t     err;
    unsigned char  *data;

    if (vfs_state_encode(*state, &data, &len) != VFS_OK) {
        vfs_replay_die("state", "not encoded");
    }

    vfs_state_free(*state);
    *state = vfs_state_decode(replay->def, &replay->def->features[entity],
                              data, len, &err);

    if (*state == NULL) {
        vfs_replay_die("state", err.text);
    }

    free(data);
}


static void
vfs_replay_print(const void *node, VISIT visit, int depth)
{
    int                        rc;
    char                       watermark[1024];
    float                     *vector;
    unsigned                   i, dimension;
    uint32_t                   bits;
    vfs_state_t               *state;
    const vfs_replay_entry_t  *entry;

    if (visit != leaf && visit != postorder) {
        return;
    }

    entry = *(vfs_replay_entry_t *const *) node;
    state = entry->states[0];

    if (vfs_state_merge(state, entry->states[1]) != VFS_OK) {
        vfs_replay_die(entry->id, "not merged");
    }

    vector = vfs_replay_printed->vectors;
    dimension = vfs_replay_printed->def->dimension;
    rc = vfs_state_vector(state, vector);
    vfs_state_watermark(state, watermark, sizeof(watermark));

    printf("%s %s %" PRIu64 " %" PRId64 " %s ",
           vfs_entity_name(vfs_replay_printed_entity), entry->id,
           vfs_state_count(state), vfs_state_time(state), watermark);

    for (i = 0; rc == VFS_OK && i < dimension; i++) {
        memcpy(&bits, &vector[i], sizeof(bits));
        printf("%08" PRIx32, bits);
    }

    printf("%s {%s}\n", (rc == VFS_OK) ? "" : "none",
           vfs_state_metadata(state));

    vfs_state_free(entry->states[0]);
    vfs_state_free(entry->states[1]);
}
