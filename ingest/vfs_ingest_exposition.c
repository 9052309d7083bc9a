
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_ingest_metrics.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>


static void vfs_exposition_head(FILE *fp, const char *name, const char *type,
    const char *help);
static void vfs_exposition_number(FILE *fp, const char *name,
    const char *type, const char *help, uint64_t value);
static void vfs_exposition_events(FILE *fp, const vfs_facts_t *facts);
static void vfs_exposition_upserts(FILE *fp, const vfs_facts_t *facts);
static void vfs_exposition_reasons(FILE *fp, const vfs_counters_t *counters);
static void vfs_exposition_models(FILE *fp, const vfs_facts_t *facts);
static void vfs_exposition_gauges(FILE *fp, const vfs_facts_t *facts);
static void vfs_exposition_histogram(FILE *fp, const char *name,
    const char *help, const vfs_distribution_t *distribution, double unit);


char *
vfs_metrics_print(const vfs_facts_t *facts, size_t *len)
{
    char                  *text;
    FILE                  *fp;
    const vfs_counters_t  *counters;

    text = NULL;
    fp = open_memstream(&text, len);

    if (fp == NULL) {
        return NULL;
    }

    counters = facts->counters;

    vfs_exposition_events(fp, facts);
    vfs_exposition_upserts(fp, facts);
    vfs_exposition_reasons(fp, counters);
    vfs_exposition_models(fp, facts);
    vfs_exposition_gauges(fp, facts);

    vfs_exposition_histogram(fp, "vfs_event_to_stored_seconds",
                             "From an event's time in Kafka to the index's "
                             "acknowledgement.", &counters->stored_us, 1e-6);
    vfs_exposition_histogram(fp, "vfs_upsert_batch_seconds",
                             "How long the index took for a batch.",
                             &counters->batch_us, 1e-6);
    vfs_exposition_histogram(fp, "vfs_upsert_batch_bytes",
                             "Sizes of the batches' requests.",
                             &counters->batch_bytes, 1);

    if (fclose(fp) != 0) {
        free(text);
        return NULL;
    }

    return text;
}


static void
vfs_exposition_head(FILE *fp, const char *name, const char *type,
    const char *help)
{
    fprintf(fp, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}


static void
vfs_exposition_number(FILE *fp, const char *name, const char *type,
    const char *help, uint64_t value)
{
    vfs_exposition_head(fp, name, type, help);
    fprintf(fp, "%s %" PRIu64 "\n", name, value);
}


static void
vfs_exposition_events(FILE *fp, const vfs_facts_t *facts)
{
    const vfs_fold_counters_t  *fold;

    fold = &facts->counters->fold;

    vfs_exposition_head(fp, "vfs_build_info", "gauge", "Versions, always 1.");
    fprintf(fp, "vfs_build_info{version=\"%s\",definition=\"%s\"} 1\n",
            VFS_VERSION, facts->def->hash);

    vfs_exposition_head(fp, "vfs_events_consumed_total", "counter",
                        "Events read from Kafka.");
    fprintf(fp, "vfs_events_consumed_total{topic=\"%s\"} %" PRIu64 "\n",
            facts->def->topic, fold->events);

    vfs_exposition_number(fp, "vfs_events_folded_total", "counter",
                          "Events folded into a user's state.", fold->folded);
    vfs_exposition_number(fp, "vfs_events_ignored_total", "counter",
                          "Events of weight zero, or seen before.",
                          fold->ignored);
    vfs_exposition_number(fp, "vfs_item_updates_total", "counter",
                          "Updates folded into an item's state.",
                          fold->item_updates);
}


static void
vfs_exposition_upserts(FILE *fp, const vfs_facts_t *facts)
{
    unsigned               i, k;
    const vfs_counters_t  *counters;

    counters = facts->counters;

    vfs_exposition_head(fp, "vfs_upserts_total", "counter",
                        "Vectors sent to the index, by what became of them.");

    for (i = 0; i < VFS_ENTITIES; i++) {

        if (!facts->def->has_feature[i]) {
            continue;
        }

        for (k = 0; k < VFS_RESULTS; k++) {
            fprintf(fp, "vfs_upserts_total{namespace=\"%s\",result=\"%s\"} %"
                    PRIu64 "\n", facts->def->features[i].namespace_name,
                    vfs_result_name((vfs_result_e) k),
                    counters->upserts[i][k]);
        }
    }

    vfs_exposition_number(fp, "vfs_deletes_total", "counter",
                          "Vectors deleted from the index.",
                          counters->deletes);
    vfs_exposition_number(fp, "vfs_upsert_batches_total", "counter",
                          "Batches that the index has acknowledged.",
                          counters->batches);
}


static void
vfs_exposition_reasons(FILE *fp, const vfs_counters_t *counters)
{
    unsigned  i;

    vfs_exposition_head(fp, "vfs_retries_total", "counter",
                        "Requests to the index that were repeated.");

    for (i = 0; i < VFS_RETRY_REASONS; i++) {
        fprintf(fp, "vfs_retries_total{reason=\"%s\"} %" PRIu64 "\n",
                vfs_retry_name((vfs_retry_e) i), counters->retries[i]);
    }

    vfs_exposition_head(fp, "vfs_dlq_total", "counter",
                        "Events sent to the dead-letter topic.");

    for (i = VFS_REASON_NONE + 1; i < VFS_REASONS; i++) {
        fprintf(fp, "vfs_dlq_total{reason=\"%s\"} %" PRIu64 "\n",
                vfs_reason_name((vfs_reason_e) i),
                counters->fold.dead_letters[i]);
    }
}


static void
vfs_exposition_models(FILE *fp, const vfs_facts_t *facts)
{
    unsigned                     i, k;
    const vfs_model_counters_t  *model;

    if (facts->nmodels == 0) {
        return;
    }

    vfs_exposition_head(fp, "vfs_model_requests_total", "counter",
                        "Requests to the model of a source.");

    for (i = 0; i < facts->nmodels; i++) {
        model = facts->models[i];

        for (k = 0; k < VFS_ASK_RESULTS; k++) {
            fprintf(fp, "vfs_model_requests_total{source=\"%s\",result=\"%s\"} "
                    "%" PRIu64 "\n", model->source,
                    vfs_ask_result_name((vfs_ask_result_e) k),
                    model->requests[k]);
        }
    }

    vfs_exposition_head(fp, "vfs_model_texts_total", "counter",
                        "Texts whose answer was recorded.");

    for (i = 0; i < facts->nmodels; i++) {
        model = facts->models[i];

        fprintf(fp, "vfs_model_texts_total{source=\"%s\",result=\"answered\"} "
                "%" PRIu64 "\n", model->source, model->recorded);
        fprintf(fp, "vfs_model_texts_total{source=\"%s\",result=\"refused\"} "
                "%" PRIu64 "\n", model->source, model->refused);
    }
}


static void
vfs_exposition_gauges(FILE *fp, const vfs_facts_t *facts)
{
    unsigned  i;

    vfs_exposition_head(fp, "vfs_ingest_uptime_seconds", "gauge",
                        "Time since the worker's start.");
    fprintf(fp, "vfs_ingest_uptime_seconds %.3f\n",
            (double) facts->uptime_ms / 1000);

    vfs_exposition_number(fp, "vfs_ingest_paused", "gauge",
                          "Whether reading waits for the index.",
                          facts->paused);
    vfs_exposition_number(fp, "vfs_ingest_requests_in_flight", "gauge",
                          "Requests to the index under way.",
                          facts->in_flight);
    vfs_exposition_number(fp, "vfs_ingest_pending_vectors", "gauge",
                          "Vectors that wait to be sent.", facts->pending);
    vfs_exposition_number(fp, "vfs_ingest_state_keys", "gauge",
                          "Users and items with a state.", facts->state_keys);
    vfs_exposition_number(fp, "vfs_ingest_state_bytes", "gauge",
                          "Size of the states on disk.", facts->state_bytes);

    vfs_exposition_head(fp, "vfs_consumer_lag", "gauge",
                        "Events of a partition not yet in stored vectors.");

    for (i = 0; i < facts->nlags; i++) {
        fprintf(fp, "vfs_consumer_lag{partition=\"%" PRId32 "\"} %" PRId64
                "\n", facts->lags[i].partition, facts->lags[i].lag);
    }
}


static void
vfs_exposition_histogram(FILE *fp, const char *name, const char *help,
    const vfs_distribution_t *distribution, double unit)
{
    unsigned  i, k;
    uint64_t  n, bound;

    vfs_exposition_head(fp, name, "histogram", help);

    n = 0;
    k = 0;

    for (i = 0; i < VFS_HISTOGRAM_BOUNDS; i++) {
        bound = vfs_histogram_bound(i);

        while (vfs_histogram_lower(k) < bound) {
            n += distribution->counts[k++];
        }

        fprintf(fp, "%s_bucket{le=\"%.9g\"} %" PRIu64 "\n", name,
                (double) bound * unit, n);
    }

    n += vfs_sum(distribution->counts + k, VFS_HISTOGRAM_BUCKETS - k);

    fprintf(fp, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n%s_sum %.9g\n%s_count %"
            PRIu64 "\n", name, n, name, (double) distribution->sum * unit,
            name, n);
}
