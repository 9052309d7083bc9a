
/*
 * Copyright (C) the vfs authors
 */


#include "sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>


static int sim_ask(void *data, vfs_ask_t *ask, vfs_error_t *err);
static void sim_cancel_ask(void *data, vfs_ask_t *ask);
static vfs_ask_t *sim_take_ask(sim_worker_t *worker, unsigned i);
static int sim_ends(const vfs_question_t *question, const char *end);
static int sim_ask_fault(sim_world_t *world, const vfs_ask_t *ask,
    vfs_model_answer_t *answer, unsigned *count);
static char *sim_ask_body(sim_world_t *world, const vfs_ask_t *ask,
    unsigned count);


void
sim_model_open(sim_world_t *world)
{
    unsigned              i;
    vfs_error_t           err;
    vfs_recorded_conf_t   conf;

    for (i = 0; i < world->def->nsources; i++) {

        if (world->def->sources[i].type == VFS_SOURCE_MODEL) {
            break;
        }
    }

    if (i == world->def->nsources) {
        return;
    }

    memset(&conf, 0, sizeof(vfs_recorded_conf_t));

    (void) snprintf(world->recorded_dir, sizeof(world->recorded_dir),
                    "/tmp/vfs-recorded-XXXXXX");
    assert_non_null(mkdtemp(world->recorded_dir));

    /* small enough to grow several times */

    conf.dir = world->recorded_dir;
    conf.map_size = 65536;
    conf.nosync = 1;

    world->recorded = vfs_recorded_open(&conf, &err);
    assert_non_null(world->recorded);

    world->answers.data = world->recorded;
    world->answers.get = vfs_recorded_find;
    world->def->answers = &world->answers;
}


void
sim_model_close(sim_world_t *world)
{
    char    path[128];
    size_t  i;

    static const char *const  files[] = { "data.mdb", "lock.mdb" };

    if (world->recorded == NULL) {
        return;
    }

    vfs_recorded_close(world->recorded);

    for (i = 0; i < 2; i++) {
        (void) snprintf(path, sizeof(path), "%s/%s", world->recorded_dir,
                        files[i]);
        (void) unlink(path);
    }

    (void) rmdir(world->recorded_dir);
}


void
sim_model_io(sim_worker_t *worker)
{
    worker->io.ask = sim_ask;
    worker->io.cancel_ask = sim_cancel_ask;

    worker->conf.asker.backoff_ms = 10;
    worker->conf.asker.max_backoff_ms = 100;
    worker->conf.asker.grace_ms = 100000;
}


static int
sim_ask(void *data, vfs_ask_t *ask, vfs_error_t *err)
{
    int                   rc;
    size_t                len;
    unsigned              i, k, n;
    sim_worker_t         *worker;
    const vfs_ask_t      *other;
    const unsigned char  *record;

    worker = data;

    assert_true(ask->count > 0);
    assert_true(ask->count <= ask->channel->source->model->batch);
    assert_true(!ask->probing || ask->count == 1);

    if (sim_chance(worker->world, worker->world->faults.begin)) {
        vfs_error_set(err, "no descriptor");
        return VFS_ERROR;
    }

    for (i = 0; i < ask->count; i++) {

        /* what is recorded is not asked again */

        rc = vfs_recorded_get(worker->world->recorded,
                              ask->questions[i]->key, &record, &len, err);
        assert_int_equal(rc, VFS_DECLINED);

        /* no text is in two requests */

        for (k = 0; k < worker->nasked; k++) {
            other = worker->asked[k];

            for (n = 0; n < other->count; n++) {
                assert_ptr_not_equal(other->questions[n], ask->questions[i]);
            }
        }
    }

    vfs_recorded_release(worker->world->recorded);

    assert_true(worker->nasked < SIM_MAX_SENT);
    worker->asked[worker->nasked++] = ask;
    worker->world->asks++;

    return VFS_OK;
}


static void
sim_cancel_ask(void *data, vfs_ask_t *ask)
{
    unsigned       i;
    sim_worker_t  *worker;

    worker = data;

    for (i = 0; worker->asked[i] != ask; i++) {
        assert_true(i < worker->nasked);
    }

    (void) sim_take_ask(worker, i);
}


static vfs_ask_t *
sim_take_ask(sim_worker_t *worker, unsigned i)
{
    vfs_ask_t  *ask;

    ask = worker->asked[i];
    worker->asked[i] = worker->asked[--worker->nasked];

    return ask;
}


static int
sim_ends(const vfs_question_t *question, const char *end)
{
    size_t  len;

    len = strlen(end);

    return question->input.len >= len
           && memcmp(question->input.text + question->input.len - len, end,
                     len) == 0;
}


/* Whether an answer of status 200 is to be made, for *count texts. */

static int
sim_ask_fault(sim_world_t *world, const vfs_ask_t *ask,
    vfs_model_answer_t *answer, unsigned *count)
{
    unsigned  i;

    if (sim_chance(world, world->faults.model)) {

        switch (sim_random(world, 4)) {

        case 0:
            answer->status = 429;
            answer->retry_after_ms = (int64_t) sim_random(world, 30);
            return 0;

        case 1:
            answer->status = 500;
            return 0;

        case 2:
            answer->status = 0;
            answer->failure = "timeout";
            return 0;

        default: /* one too few */
            (*count)--;
            return 1;
        }
    }

    if (!ask->probing) {

        for (i = 0; i < ask->count; i++) {

            if (sim_ends(ask->questions[i], SIM_REFUSED)) {
                answer->status = 400;
                return 0;
            }
        }
    }

    return 1;
}


void
sim_model_answer(sim_worker_t *worker)
{
    char                 *body;
    unsigned              count;
    vfs_ask_t            *ask;
    sim_world_t          *world;
    vfs_model_answer_t    answer;

    world = worker->world;

    ask = sim_take_ask(worker, (unsigned) sim_random(world, worker->nasked));

    memset(&answer, 0, sizeof(vfs_model_answer_t));

    answer.count = ask->count;
    answer.status = 200;
    answer.retry_after_ms = -1;

    body = NULL;
    count = ask->count;

    if (sim_ask_fault(world, ask, &answer, &count)) {
        body = sim_ask_body(world, ask, count);
        answer.body = body;
        answer.len = strlen(body);
    }

    vfs_asker_answer(ask, &answer);

    free(body);
}


/* A model that says something else each time: only what is recorded counts. */

static char *
sim_ask_body(sim_world_t *world, const vfs_ask_t *ask, unsigned count)
{
    FILE                   *out;
    char                   *body;
    size_t                  len;
    unsigned                i, k;
    const vfs_question_t   *question;

    out = open_memstream(&body, &len);
    assert_non_null(out);

    (void) fputc('[', out);

    for (i = 0; i < count; i++) {
        question = ask->questions[i];

        (void) fputs((i > 0) ? ",[" : "[", out);

        for (k = 0; k < world->def->dimension; k++) {

            if (k == 5 && !ask->probing
                && sim_ends(question, SIM_NO_NUMBERS))
            {
                (void) fputs(",NaN", out);
                continue;
            }

            (void) fprintf(out, "%s%u.%u", (k > 0) ? "," : "",
                           question->key[k] % 3U,
                           (unsigned) sim_random(world, 1000000));
        }

        (void) fputc(']', out);
    }

    (void) fputc(']', out);
    (void) fclose(out);

    return body;
}
