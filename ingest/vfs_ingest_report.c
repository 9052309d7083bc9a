
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_ingest_report.h"
#include "vfs_log.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>


#define VFS_REPORT_TIMEOUT_MS  2000
#define VFS_REPORT_NAME        64


struct vfs_report_s {
    vfs_http_t             *http;
    const char             *url;
    vfs_transfer_t         *transfer;       /* NULL: none on its way */
    char                   *body;
    char                    worker[VFS_REPORT_NAME + 1];
    unsigned                failing:1;
};


static void vfs_report_name(char *name);
static void vfs_report_print_counters(FILE *fp, const vfs_counters_t *counters);
static void vfs_report_print_lags(FILE *fp, const vfs_facts_t *facts);
static void vfs_report_print_reasons(FILE *fp, const vfs_counters_t *counters);
static void vfs_report_print_upserts(FILE *fp, const vfs_facts_t *facts);
static void vfs_report_print_distribution(FILE *fp, const char *name,
    const vfs_distribution_t *distribution);
static void vfs_report_done(void *data, const vfs_http_answer_t *answer);


vfs_report_t *
vfs_report_create(vfs_http_t *http, const char *url, vfs_error_t *err)
{
    vfs_report_t  *report;

    report = calloc(1, sizeof(vfs_report_t));

    if (report == NULL) {
        vfs_error_set(err, "out of memory");
        return NULL;
    }

    report->http = http;
    report->url = url;

    vfs_report_name(report->worker);

    return report;
}


void
vfs_report_destroy(vfs_report_t *report)
{
    if (report == NULL) {
        return;
    }

    if (report->transfer != NULL) {
        vfs_http_cancel(report->http, report->transfer);
    }

    free(report->body);
    free(report);
}


/* <host>-<pid>, in the characters that the gateway takes */

static void
vfs_report_name(char *name)
{
    char  *p, pid[16], host[VFS_REPORT_NAME + 1];

    (void) snprintf(pid, sizeof(pid), "-%d", (int) getpid());

    if (gethostname(host, sizeof(host)) != 0) {
        (void) snprintf(host, sizeof(host), "worker");
    }

    host[VFS_REPORT_NAME] = '\0';

    for (p = host; *p != '\0'; p++) {

        if (!isalnum((unsigned char) *p) && strchr("_.-", *p) == NULL) {
            *p = '_';
        }
    }

    (void) snprintf(name, VFS_REPORT_NAME + 1, "%.48s%s", host, pid);
}


void
vfs_report_send(vfs_report_t *report, const vfs_facts_t *facts)
{
    size_t              len;
    vfs_error_t         err;
    vfs_http_request_t  request;

    if (report->url == NULL || report->transfer != NULL) {
        return;
    }

    free(report->body);
    report->body = vfs_report_print(report->worker, facts, &len);

    if (report->body == NULL) {
        return;
    }

    memset(&request, 0, sizeof(vfs_http_request_t));

    request.url = report->url;
    request.body = report->body;
    request.len = len;
    request.timeout_ms = VFS_REPORT_TIMEOUT_MS;
    request.done = vfs_report_done;
    request.data = report;

    report->transfer = vfs_http_start(report->http, &request, &err);
}


static void
vfs_report_done(void *data, const vfs_http_answer_t *answer)
{
    int            good;
    char           text[300];
    vfs_report_t  *report;

    report = data;
    report->transfer = NULL;

    good = (answer->status >= 200 && answer->status < 300);

    if (!good && !report->failing) {
        vfs_log(VFS_LOG_INFO, "report_failed", "status=%d error=%s",
                answer->status,
                vfs_log_quote(text, sizeof(text),
                              (answer->failure != NULL) ? answer->failure : "",
                              (answer->failure != NULL)
                              ? strlen(answer->failure) : 0));
    }

    report->failing = !good;
}


char *
vfs_report_print(const char *worker, const vfs_facts_t *facts, size_t *len)
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

    fprintf(fp, "{\"worker\":\"%s\",\"definition\":\"%s\",\"uptime_ms\":%"
            PRId64 ",\"paused\":%s,", worker, facts->def->hash,
            facts->uptime_ms, facts->paused ? "true" : "false");

    vfs_report_print_counters(fp, counters);

    fprintf(fp, "\"gauges\":{\"in_flight\":%u,\"pending\":%zu,"
            "\"state_keys\":%" PRIu64 ",\"state_bytes\":%" PRIu64 "},",
            facts->in_flight, facts->pending, facts->state_keys,
            facts->state_bytes);

    vfs_report_print_lags(fp, facts);
    vfs_report_print_reasons(fp, counters);
    vfs_report_print_upserts(fp, facts);

    fprintf(fp, "\"sums\":{\"event_to_stored_us\":%" PRIu64 ",\"batch_us\":%"
            PRIu64 ",\"batch_bytes\":%" PRIu64 "},",
            counters->stored_us.sum, counters->batch_us.sum,
            counters->batch_bytes.sum);

    vfs_report_print_distribution(fp, "event_to_stored_us",
                                  &counters->stored_us);
    fputc(',', fp);
    vfs_report_print_distribution(fp, "batch_us", &counters->batch_us);
    fputc(',', fp);
    vfs_report_print_distribution(fp, "batch_bytes", &counters->batch_bytes);
    fputc('}', fp);

    if (fclose(fp) != 0) {
        free(text);
        return NULL;
    }

    return text;
}


static void
vfs_report_print_counters(FILE *fp, const vfs_counters_t *counters)
{
    fprintf(fp, "\"counters\":{\"events\":%" PRIu64 ",\"folded\":%" PRIu64
            ",\"ignored\":%" PRIu64 ",\"item_updates\":%" PRIu64
            ",\"upserts\":%" PRIu64 ",\"deletes\":%" PRIu64
            ",\"batches\":%" PRIu64 ",\"retries\":%" PRIu64
            ",\"dead_letters\":%" PRIu64 "},",
            counters->fold.events, counters->fold.folded,
            counters->fold.ignored, counters->fold.item_updates,
            vfs_counters_upserts(counters, VFS_RESULT_STORED),
            counters->deletes, counters->batches,
            vfs_sum(counters->retries, VFS_RETRY_REASONS),
            vfs_sum(counters->fold.dead_letters, VFS_REASONS));
}


static void
vfs_report_print_lags(FILE *fp, const vfs_facts_t *facts)
{
    unsigned  i;

    fputs("\"lag\":{", fp);

    for (i = 0; i < facts->nlags; i++) {
        fprintf(fp, "%s\"%" PRId32 "\":%" PRId64, (i != 0) ? "," : "",
                facts->lags[i].partition, facts->lags[i].lag);
    }

    fputs("},", fp);
}


static void
vfs_report_print_reasons(FILE *fp, const vfs_counters_t *counters)
{
    unsigned     i;
    const char  *comma;

    fputs("\"retries\":{", fp);

    for (i = 0; i < VFS_RETRY_REASONS; i++) {
        fprintf(fp, "%s\"%s\":%" PRIu64, (i != 0) ? "," : "",
                vfs_retry_name((vfs_retry_e) i), counters->retries[i]);
    }

    fputs("},\"dead_letters\":{", fp);
    comma = "";

    for (i = VFS_REASON_NONE + 1; i < VFS_REASONS; i++) {
        fprintf(fp, "%s\"%s\":%" PRIu64, comma,
                vfs_reason_name((vfs_reason_e) i),
                counters->fold.dead_letters[i]);
        comma = ",";
    }

    fputs("},", fp);
}


static void
vfs_report_print_upserts(FILE *fp, const vfs_facts_t *facts)
{
    unsigned         i, k;
    const char      *comma;
    const uint64_t  *results;

    fputs("\"upserts\":{", fp);
    comma = "";

    for (i = 0; i < VFS_ENTITIES; i++) {

        if (!facts->def->has_feature[i]) {
            continue;
        }

        results = facts->counters->upserts[i];

        fprintf(fp, "%s\"%s\":{", comma,
                facts->def->features[i].namespace_name);

        for (k = 0; k < VFS_RESULTS; k++) {
            fprintf(fp, "%s\"%s\":%" PRIu64, (k != 0) ? "," : "",
                    vfs_result_name((vfs_result_e) k), results[k]);
        }

        fputc('}', fp);
        comma = ",";
    }

    fputs("},", fp);
}


static void
vfs_report_print_distribution(FILE *fp, const char *name,
    const vfs_distribution_t *distribution)
{
    unsigned     i;
    const char  *comma;

    fprintf(fp, "\"%s\":[", name);
    comma = "";

    for (i = 0; i < VFS_HISTOGRAM_BUCKETS; i++) {

        if (distribution->counts[i] != 0) {
            fprintf(fp, "%s[%u,%" PRIu64 "]", comma, i,
                    distribution->counts[i]);
            comma = ",";
        }
    }

    fputc(']', fp);
}
