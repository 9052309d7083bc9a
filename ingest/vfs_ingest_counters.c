
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_ingest_counters.h"


void
vfs_distribution_add(vfs_distribution_t *distribution, uint64_t value)
{
    distribution->counts[vfs_histogram_index(value)]++;
    distribution->sum += value;
}


uint64_t
vfs_sum(const uint64_t *numbers, unsigned n)
{
    unsigned  i;
    uint64_t  sum;

    sum = 0;

    for (i = 0; i < n; i++) {
        sum += numbers[i];
    }

    return sum;
}


uint64_t
vfs_counters_upserts(const vfs_counters_t *counters, vfs_result_e result)
{
    unsigned  i;
    uint64_t  sum;

    sum = 0;

    for (i = 0; i < VFS_ENTITIES; i++) {
        sum += counters->upserts[i][result];
    }

    return sum;
}


const char *
vfs_result_name(vfs_result_e result)
{
    static const char *const  names[] = { "stored", "retried", "refused" };

    return names[result];
}


const char *
vfs_ask_result_name(vfs_ask_result_e result)
{
    static const char *const  names[] = { "answered", "retried", "refused" };

    return names[result];
}
