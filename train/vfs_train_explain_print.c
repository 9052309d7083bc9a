
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_train_explain.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>


static vfs_explained_t **vfs_explain_order(const vfs_explain_t *explain);
static int vfs_explain_compare(const void *one, const void *two);
static void vfs_explain_time(int64_t ms, char *text, size_t size);
static void vfs_explain_row(const vfs_explained_t *event);
static void vfs_explain_object(const vfs_explain_t *explain,
    const vfs_explained_t *event);
static const char *vfs_explain_other(const vfs_explain_t *explain);


/* Greatest change first; the log's order among equals. */

static vfs_explained_t **
vfs_explain_order(const vfs_explain_t *explain)
{
    size_t             i;
    vfs_explained_t  **order;

    order = calloc(explain->n, sizeof(vfs_explained_t *));

    for (i = 0; order != NULL && i < explain->n; i++) {
        order[i] = &explain->events[i];
    }

    if (order != NULL) {
        qsort(order, explain->n, sizeof(vfs_explained_t *),
              vfs_explain_compare);
    }

    return order;
}


static int
vfs_explain_compare(const void *one, const void *two)
{
    const vfs_explained_t  *a, *b;

    a = *(vfs_explained_t *const *) one;
    b = *(vfs_explained_t *const *) two;

    if (a->gone != b->gone) {
        return a->gone ? -1 : 1;
    }

    if (a->change != b->change) {
        return (a->change > b->change) ? -1 : 1;
    }

    return (a > b) - (a < b);
}


void
vfs_explain_table(const vfs_explain_t *explain, size_t top)
{
    char               time[40];
    size_t             i;
    vfs_explained_t  **order;

    vfs_explain_time(vfs_state_time(explain->state), time, sizeof(time));

    printf("%s %s: %" PRIu64 " events, watermark %s, newest %s, definition "
           "%s%s\n", vfs_entity_name(explain->feature->entity), explain->id,
           vfs_state_count(explain->state), explain->marks, time,
           explain->def->hash,
           (explain->vector == NULL) ? ", no vector" : "");

    if (explain->prior != 0) {
        printf("its own vector pulls with a share of %.4f\n", explain->prior);
    }

    printf("%-14s %-24s %9s %9s %8s %-16s %8s %9s  %s\n", "event", "time",
           "weight", "decay", "share", "source", "cosine", "change",
           vfs_explain_other(explain));

    order = vfs_explain_order(explain);

    for (i = 0; order != NULL && i < explain->n && i < top; i++) {
        vfs_explain_row(order[i]);
    }

    if (i < explain->n) {
        printf("... and %zu more of less change\n", explain->n - i);
    }

    free(order);
}


static void
vfs_explain_row(const vfs_explained_t *event)
{
    char                time[40], place[40];
    const vfs_noted_t  *noted;

    noted = event->noted;

    (void) snprintf(place, sizeof(place), "%" PRId32 ":%" PRId64,
                    noted->position.partition, noted->position.offset);
    vfs_explain_time(noted->update.time_ms, time, sizeof(time));

    printf("%-14s %-24s %9g %9.3g %8.4f %016" PRIx64 " ", place, time,
           noted->update.weight, event->decay, event->share, event->hash);

    if (event->gone) {
        printf("%8s %9s", "none", "none");

    } else {
        printf("%8.5f %9.3g", event->cosine, event->change);
    }

    printf("  %s\n", noted->other);
}


void
vfs_explain_json(const vfs_explain_t *explain, size_t top)
{
    size_t             i;
    vfs_explained_t  **order;


    printf("{\"%s\":\"%s\",\"count\":%" PRIu64 ",\"watermark\":\"%s\","
           "\"event_time\":%" PRId64 ",\"definition\":\"%s\",\"vector\":%s,"
           "\"prior_share\":%.17g,\"events\":[",
           vfs_entity_name(explain->feature->entity), explain->id,
           vfs_state_count(explain->state), explain->marks,
           vfs_state_time(explain->state), explain->def->hash,
           (explain->vector != NULL) ? "true" : "false", explain->prior);

    order = vfs_explain_order(explain);

    for (i = 0; order != NULL && i < explain->n && i < top; i++) {
        printf("%s", (i == 0) ? "" : ",");
        vfs_explain_object(explain, order[i]);
    }

    printf("]}\n");

    free(order);
}


static void
vfs_explain_object(const vfs_explain_t *explain, const vfs_explained_t *event)
{
    const vfs_noted_t  *noted;

    noted = event->noted;

    printf("{\"event\":\"%" PRId32 ":%" PRId64 "\",\"time\":%" PRId64
           ",\"weight\":%.17g,\"decay\":%.17g,\"share\":%.17g,\"source\":\"%016"
           PRIx64 "\",\"%s\":\"%s\",", noted->position.partition,
           noted->position.offset, noted->update.time_ms,
           noted->update.weight, event->decay, event->share, event->hash,
           vfs_explain_other(explain), noted->other);

    if (event->gone) {
        printf("\"without\":null}");

    } else {
        printf("\"without\":{\"cosine\":%.17g,\"change\":%.17g}}",
               event->cosine, event->change);
    }
}


static const char *
vfs_explain_other(const vfs_explain_t *explain)
{
    return vfs_entity_name((explain->feature->entity == VFS_ENTITY_USER)
                           ? VFS_ENTITY_ITEM : VFS_ENTITY_USER);
}


static void
vfs_explain_time(int64_t ms, char *text, size_t size)
{
    char       date[32];
    time_t     seconds;
    struct tm  tm;

    seconds = (time_t) (ms / 1000);

    (void) gmtime_r(&seconds, &tm);
    (void) strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
    (void) snprintf(text, size, "%s.%03dZ", date, (int) (ms % 1000));
}
