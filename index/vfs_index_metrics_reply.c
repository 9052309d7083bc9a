
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_index_handlers.h"

#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>


typedef struct {
    const char  *name;
    const char  *type;
    const char  *help;
    uint64_t     value;
} vfs_metrics_sample_t;


static void vfs_metrics_reply_requests(vfs_buf_t *buf,
    const vfs_metrics_t *metrics);
static void vfs_metrics_reply_times(vfs_buf_t *buf,
    const vfs_metrics_t *metrics);
static void vfs_metrics_reply_service(vfs_buf_t *buf, vfs_service_t *service);
static void vfs_metrics_reply_samples(vfs_buf_t *buf, vfs_service_t *service,
    const vfs_metrics_t *metrics, const vfs_writer_stats_t *stats);
static void vfs_metrics_reply_indexes(vfs_buf_t *buf,
    vfs_catalog_t *catalog);
static void vfs_metrics_reply_counts(vfs_buf_t *buf,
    const vfs_catalog_t *catalog, const char *name, const char *help,
    uint64_t (*count)(const vfs_index_t *index));
static uint64_t vfs_metrics_namespaces(const vfs_index_t *index);
static uint64_t vfs_metrics_records(const vfs_index_t *index);
static void vfs_metrics_reply_process(vfs_buf_t *buf,
    const vfs_metrics_t *metrics);
static void vfs_metrics_head(vfs_buf_t *buf, const char *name,
    const char *type, const char *help);
static void vfs_metrics_sample(vfs_buf_t *buf,
    const vfs_metrics_sample_t *sample);
static const char *vfs_metrics_operation(unsigned i, unsigned n);


/* In Prometheus' text format, version 0.0.4. */

int
vfs_metrics_handler(vfs_request_t *r)
{
    vfs_metrics_t  *metrics;

    metrics = r->service->metrics;
    r->content_type = "text/plain; version=0.0.4; charset=utf-8";

    vfs_metrics_head(&r->reply, "vfs_index_info", "gauge",
                     "The program: its version, and the kernel of its scans.");
    vfs_buf_print(&r->reply, "vfs_index_info{version=\"%s\",kernel=\"%s\"} "
                  "1\n", VFS_VERSION, r->service->kernel->name);

    vfs_metrics_reply_requests(&r->reply, metrics);
    vfs_metrics_reply_times(&r->reply, metrics);
    vfs_metrics_reply_service(&r->reply, r->service);
    vfs_metrics_reply_indexes(&r->reply, &r->service->catalog);
    vfs_metrics_reply_process(&r->reply, metrics);

    return VFS_OK;
}


static void
vfs_metrics_reply_requests(vfs_buf_t *buf, const vfs_metrics_t *metrics)
{
    unsigned  i, k;
    uint64_t  n;

    vfs_metrics_head(buf, "vfs_index_requests_total", "counter",
                     "Answered requests by operation and class of status.");

    for (i = 0; i <= metrics->nroutes; i++) {

        for (k = 0; k < VFS_METRICS_CLASSES; k++) {
            n = atomic_load(&metrics->routes[i].statuses[k]);

            if (n != 0) {
                vfs_buf_print(buf, "vfs_index_requests_total{operation=\"%s\","
                              "status=\"%uxx\"} %llu\n",
                              vfs_metrics_operation(i, metrics->nroutes),
                              k + 1, (unsigned long long) n);
            }
        }
    }
}


static void
vfs_metrics_reply_times(vfs_buf_t *buf, const vfs_metrics_t *metrics)
{
    unsigned                    i, k;
    uint64_t                    n;
    const char                 *name;
    const vfs_metrics_route_t  *route;

    vfs_metrics_head(buf, "vfs_index_request_seconds", "histogram",
                     "Time from a request's head to its answer.");

    for (i = 0; i <= metrics->nroutes; i++) {
        route = &metrics->routes[i];
        name = vfs_metrics_operation(i, metrics->nroutes);
        n = 0;

        for (k = 0; k <= VFS_HISTOGRAM_BOUNDS; k++) {
            n += atomic_load(&route->buckets[k]);
        }

        if (n == 0) {
            continue;
        }

        n = 0;

        for (k = 0; k < VFS_HISTOGRAM_BOUNDS; k++) {
            n += atomic_load(&route->buckets[k]);
            vfs_buf_print(buf, "vfs_index_request_seconds_bucket{operation="
                          "\"%s\",le=\"%g\"} %llu\n", name,
                          (double) vfs_histogram_bound(k) / 1e6,
                          (unsigned long long) n);
        }

        n += atomic_load(&route->buckets[k]);

        vfs_buf_print(buf, "vfs_index_request_seconds_bucket{operation=\"%s\","
                      "le=\"+Inf\"} %llu\n"
                      "vfs_index_request_seconds_sum{operation=\"%s\"} %.6f\n"
                      "vfs_index_request_seconds_count{operation=\"%s\"} "
                      "%llu\n", name, (unsigned long long) n, name,
                      (double) atomic_load(&route->us) / 1e6, name,
                      (unsigned long long) n);
    }
}


static void
vfs_metrics_reply_service(vfs_buf_t *buf, vfs_service_t *service)
{
    vfs_writer_stats_t  stats;

    vfs_writer_stats(service->writer, &stats);
    vfs_metrics_reply_samples(buf, service, service->metrics, &stats);
}


static void
vfs_metrics_reply_samples(vfs_buf_t *buf, vfs_service_t *service,
    const vfs_metrics_t *metrics, const vfs_writer_stats_t *stats)
{
    size_t                      i;
    const vfs_metrics_sample_t  samples[] = {

        { "vfs_index_connections", "gauge", "Connections that are open.",
          atomic_load(&metrics->connections) },

        { "vfs_index_requests_in_flight", "gauge",
          "Requests that are begun and not ended.",
          atomic_load(&metrics->requests) },

        { "vfs_index_received_bytes_total", "counter",
          "Bytes of the requests' bodies.", atomic_load(&metrics->received) },

        { "vfs_index_sent_bytes_total", "counter",
          "Bytes of the answers' bodies.", atomic_load(&metrics->sent) },

        { "vfs_index_access_lines_dropped_total", "counter",
          "Lines that the access log could not take.",
          service->access == NULL ? 0 : vfs_access_dropped(service->access) },

        { "vfs_index_searches_total", "counter",
          "Queries that went over records.",
          atomic_load(&metrics->searches) },

        { "vfs_index_searched_rows_total", "counter",
          "Rows that queries went over.", atomic_load(&metrics->rows) },

        { "vfs_index_scored_rows_total", "counter",
          "Rows of those whose score was computed.",
          atomic_load(&metrics->scored) },

        { "vfs_index_writes_total", "counter",
          "Requests that the writer has ended.", stats->writes },

        { "vfs_index_write_failures_total", "counter",
          "Writes that were not stored.", stats->failed },

        { "vfs_index_commits_total", "counter",
          "Transactions of one or more writes.", stats->commits },

        { "vfs_index_lsn", "gauge", "Sequence number of the last change.",
          stats->lsn },

        { "vfs_index_store_bytes", "gauge",
          "Size of the file of the records.",
          vfs_store_size(service->store) }
    };

    for (i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
        vfs_metrics_sample(buf, &samples[i]);
    }
}


static void
vfs_metrics_reply_indexes(vfs_buf_t *buf, vfs_catalog_t *catalog)
{
    (void) pthread_rwlock_rdlock(&catalog->lock);

    vfs_metrics_reply_counts(buf, catalog, "vfs_index_records",
                             "Records of an index.", vfs_metrics_records);
    vfs_metrics_reply_counts(buf, catalog, "vfs_index_namespaces",
                             "Namespaces of an index.",
                             vfs_metrics_namespaces);

    (void) pthread_rwlock_unlock(&catalog->lock);
}


static void
vfs_metrics_reply_counts(vfs_buf_t *buf, const vfs_catalog_t *catalog,
    const char *name, const char *help,
    uint64_t (*count)(const vfs_index_t *index))
{
    uint32_t            i;
    const vfs_index_t  *index;

    vfs_metrics_head(buf, name, "gauge", help);

    for (i = 0; i < catalog->indexes.n; i++) {
        index = (vfs_index_t *) catalog->indexes.items[i];

        if (index->committed) {
            vfs_buf_print(buf, "%s{index=\"%.*s\"} %llu\n", name,
                          (int) index->name.len, index->name.data,
                          (unsigned long long) count(index));
        }
    }
}


/* One whose first write is not on disk yet is none. */

static uint64_t
vfs_metrics_namespaces(const vfs_index_t *index)
{
    uint32_t                i;
    uint64_t                n;
    const vfs_namespace_t  *ns;

    n = 0;

    for (i = 0; i < index->namespaces.n; i++) {
        ns = (vfs_namespace_t *) index->namespaces.items[i];
        n += ns->committed ? 1 : 0;
    }

    return n;
}


static uint64_t
vfs_metrics_records(const vfs_index_t *index)
{
    uint32_t                i;
    uint64_t                n;
    const vfs_namespace_t  *ns;

    n = 0;

    for (i = 0; i < index->namespaces.n; i++) {
        ns = (vfs_namespace_t *) index->namespaces.items[i];

        (void) pthread_rwlock_rdlock(&ns->collection->lock);
        n += ns->collection->nrecords;
        (void) pthread_rwlock_unlock(&ns->collection->lock);
    }

    return n;
}


/* Under the names that Prometheus' client libraries use. */

static void
vfs_metrics_reply_process(vfs_buf_t *buf, const vfs_metrics_t *metrics)
{
    FILE                *file;
    struct rusage        usage;
    unsigned long long   pages;

    (void) getrusage(RUSAGE_SELF, &usage);

    vfs_metrics_head(buf, "process_cpu_seconds_total", "counter",
                     "User and system time spent.");
    vfs_buf_print(buf, "process_cpu_seconds_total %.6f\n",
                  (double) (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
                  + (double) (usage.ru_utime.tv_usec
                              + usage.ru_stime.tv_usec) / 1e6);

    vfs_metrics_head(buf, "process_start_time_seconds", "gauge",
                     "Start time since the epoch.");
    vfs_buf_print(buf, "process_start_time_seconds %lld\n",
                  (long long) metrics->started);

    pages = 0;
    file = fopen("/proc/self/statm", "re");

    if (file != NULL) {

        if (fscanf(file, "%*u %llu", &pages) == 1) {
            vfs_metrics_head(buf, "process_resident_memory_bytes", "gauge",
                             "Resident memory, pages of files included.");
            vfs_buf_print(buf, "process_resident_memory_bytes %llu\n",
                          pages * (unsigned long long)
                          sysconf(_SC_PAGESIZE));
        }

        (void) fclose(file);
    }
}


static void
vfs_metrics_head(vfs_buf_t *buf, const char *name, const char *type,
    const char *help)
{
    vfs_buf_print(buf, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}


static void
vfs_metrics_sample(vfs_buf_t *buf, const vfs_metrics_sample_t *sample)
{
    vfs_metrics_head(buf, sample->name, sample->type, sample->help);
    vfs_buf_print(buf, "%s %llu\n", sample->name,
                  (unsigned long long) sample->value);
}


static const char *
vfs_metrics_operation(unsigned i, unsigned n)
{
    return i == n ? "none" : vfs_routes[i].operation;
}
