
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_train_verify.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>


#define VFS_VERIFY_REPORT_MS  2000
#define VFS_VERIFY_NAME       64


static void vfs_verify_name(char *name);


void
vfs_verify_report(vfs_verify_t *verify)
{
    int               n;
    char              name[VFS_VERIFY_NAME + 1], *body;
    vfs_error_t       err;
    const uint64_t   *totals;
    vfs_web_answer_t  answer;

    if (verify->options->stats == NULL) {
        return;
    }

    vfs_verify_name(name);
    totals = verify->total.verdicts;

    n = asprintf(&body, "{\"verifier\":\"%s\",\"definition\":\"%s\","
                 "\"uptime_ms\":%" PRId64 ",\"interval_ms\":%" PRId64
                 ",\"rounds\":%" PRIu64 ",\"compared\":%" PRIu64
                 ",\"different\":%" PRIu64 ",\"missing\":%" PRIu64
                 ",\"extra\":%" PRIu64 ",\"not_comparable\":%" PRIu64
                 ",\"round_compared\":%" PRIu64 ",\"round_mismatches\":%"
                 PRIu64 "}", name, verify->def->hash,
                 vfs_verify_now() - verify->started_ms,
                 verify->options->interval * 1000, verify->rounds,
                 vfs_verify_compared(&verify->total),
                 totals[VFS_VERDICT_DIFFERENT], totals[VFS_VERDICT_MISSING],
                 totals[VFS_VERDICT_EXTRA], totals[VFS_VERDICT_CUT],
                 vfs_verify_compared(&verify->round),
                 vfs_verify_mismatches(&verify->round));

    if (n == -1) {
        return;
    }

    if (vfs_web_try(verify->gateway, verify->options->stats, body, (size_t) n,
                    VFS_VERIFY_REPORT_MS, &answer, &err)
        != VFS_OK)
    {
        fprintf(stderr, "vfs-train: verify: report: %s\n", err.text);

    } else if (answer.status / 100 != 2) {
        fprintf(stderr, "vfs-train: verify: report: %s answers %d\n",
                verify->options->stats, answer.status);
    }

    free(body);
}


/* <host>-<pid>, in the characters that the gateway takes */

static void
vfs_verify_name(char *name)
{
    char  *p, host[VFS_VERIFY_NAME + 1];

    if (gethostname(host, sizeof(host)) != 0) {
        (void) snprintf(host, sizeof(host), "verify");
    }

    host[VFS_VERIFY_NAME] = '\0';

    for (p = host; *p != '\0'; p++) {

        if (!isalnum((unsigned char) *p) && strchr("_.-", *p) == NULL) {
            *p = '_';
        }
    }

    (void) snprintf(name, VFS_VERIFY_NAME + 1, "%.48s-%d", host,
                    (int) getpid());
}
