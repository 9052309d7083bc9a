
/*
 * Copyright (C) the vfs authors
 */


#include "vfs_ingest_model.h"
#include "vfs_log.h"

#include <stdlib.h>
#include <string.h>


/* Text of a request, however many it may hold. */

#define VFS_ASK_BYTES  (1024 * 1024)


static int vfs_channel_init(vfs_channel_t *channel, vfs_asker_t *asker,
    const vfs_source_t *source);
static int vfs_asker_add_event(vfs_asker_t *asker, const vfs_event_t *event,
    vfs_error_t *err);
static int vfs_asker_add_text(vfs_channel_t *channel, char *text, size_t len,
    vfs_error_t *err);
static uint32_t *vfs_asker_slot(vfs_asker_t *asker, const unsigned char *key);
static void vfs_channel_send(vfs_channel_t *channel);
static unsigned vfs_channel_limit(const vfs_channel_t *channel);
static vfs_ask_t *vfs_channel_next(vfs_channel_t *channel);
static int vfs_channel_body(vfs_ask_t *ask);
static void vfs_channel_clear(vfs_channel_t *channel);


int
vfs_asker_init(vfs_asker_t *asker, vfs_error_t *err)
{
    size_t    len;
    unsigned  i, n, batch;

    asker->answers.data = asker->recorded;
    asker->answers.get = vfs_recorded_find;

    asker->channels = calloc(asker->def->nsources, sizeof(vfs_channel_t));

    if (asker->channels == NULL) {
        goto failed;
    }

    batch = 0;
    n = 0;

    for (i = 0; i < asker->def->nsources; i++) {

        if (asker->def->sources[i].type != VFS_SOURCE_MODEL) {
            continue;
        }

        if (vfs_channel_init(&asker->channels[n], asker,
                             &asker->def->sources[i])
            != VFS_OK)
        {
            goto failed;
        }

        asker->nchannels = ++n;

        if (asker->def->sources[i].model->batch > batch) {
            batch = asker->def->sources[i].model->batch;
        }
    }

    len = vfs_model_record_len(asker->def);

    asker->vectors = calloc((size_t) batch + 1,
                            asker->def->dimension * sizeof(float));
    asker->records = calloc(batch, len);

    if (asker->vectors == NULL || asker->records == NULL) {
        goto failed;
    }

    return VFS_OK;

failed:

    vfs_error_set(err, "out of memory");

    return VFS_ERROR;
}


static int
vfs_channel_init(vfs_channel_t *channel, vfs_asker_t *asker,
    const vfs_source_t *source)
{
    channel->asker = asker;
    channel->source = source;
    channel->limit = source->model->concurrency;
    channel->counters.source = source->name;

    TAILQ_INIT(&channel->again);
    TAILQ_INIT(&channel->in_flight);

    channel->url = vfs_model_url(source);

    return (channel->url != NULL) ? VFS_OK : VFS_ERROR;
}


void
vfs_asker_destroy(vfs_asker_t *asker)
{
    unsigned  i;

    vfs_asker_clear(asker);

    for (i = 0; i < asker->nchannels; i++) {
        free(asker->channels[i].url);
    }

    free(asker->channels);
    free(asker->vectors);
    free(asker->records);
}


int
vfs_asker_begin(vfs_asker_t *asker, size_t max, vfs_error_t *err)
{
    size_t    size;
    unsigned  i;

    max *= asker->nchannels;

    for (size = 2; size < 2 * max; size *= 2) {
        /* void */
    }

    asker->asking = 1;
    asker->mask = size - 1;
    asker->slots = calloc(size, sizeof(uint32_t));
    asker->questions = calloc(max, sizeof(vfs_question_t));

    if (asker->slots == NULL || asker->questions == NULL) {
        goto failed;
    }

    for (i = 0; i < asker->nchannels; i++) {
        asker->channels[i].waiting = calloc(max, sizeof(vfs_question_t *));

        if (asker->channels[i].waiting == NULL) {
            goto failed;
        }
    }

    return VFS_OK;

failed:

    vfs_error_set(err, "out of memory");
    vfs_asker_clear(asker);

    return VFS_ERROR;
}


/* What is wrong with an event, the fold will say. */

int
vfs_asker_add(vfs_asker_t *asker, const vfs_record_t *record, vfs_error_t *err)
{
    int            rc;
    vfs_event_t   *event;
    vfs_reason_e   reason;

    reason = VFS_REASON_NONE;

    event = vfs_event_decode(asker->def, record->value, record->len,
                             record->time_ms, &reason, err);

    if (event == NULL) {
        rc = (reason != VFS_REASON_NONE) ? VFS_OK : VFS_ERROR;

    } else if (vfs_event_weight(event) == 0) {
        rc = VFS_OK;

    } else {
        rc = vfs_asker_add_event(asker, event, err);
    }

    vfs_event_free(event);

    if (rc != VFS_OK) {
        vfs_asker_clear(asker);
    }

    return rc;
}


static int
vfs_asker_add_event(vfs_asker_t *asker, const vfs_event_t *event,
    vfs_error_t *err)
{
    char           *text;
    size_t          len;
    unsigned        i;
    vfs_reason_e    reason;
    vfs_channel_t  *channel;

    for (i = 0; i < asker->nchannels; i++) {
        channel = &asker->channels[i];

        text = vfs_model_text(channel->source, event, &len, &reason, err);

        if (text != NULL) {

            if (vfs_asker_add_text(channel, text, len, err) != VFS_OK) {
                return VFS_ERROR;
            }

        } else if (reason == VFS_REASON_NONE) {
            return VFS_ERROR;
        }
    }

    return VFS_OK;
}


/* Takes the text over. */

static int
vfs_asker_add_text(vfs_channel_t *channel, char *text, size_t len,
    vfs_error_t *err)
{
    int                   rc;
    size_t                n;
    uint32_t             *slot;
    vfs_asker_t          *asker;
    unsigned char         key[VFS_MODEL_KEY_LEN];
    vfs_question_t       *question;
    const unsigned char  *record;

    asker = channel->asker;

    if (vfs_model_key(asker->def, channel->source, text, len, key) != VFS_OK) {
        vfs_error_set(err, "out of memory");
        free(text);
        return VFS_ERROR;
    }

    slot = vfs_asker_slot(asker, key);

    if (*slot != 0) {
        free(text);
        return VFS_OK;
    }

    rc = vfs_recorded_get(asker->recorded, key, &record, &n, err);

    if (rc != VFS_DECLINED) {
        free(text);
        return rc;
    }

    question = &asker->questions[asker->nquestions++];

    memcpy(question->key, key, sizeof(key));
    question->input.text = text;
    question->input.len = len;

    *slot = (uint32_t) asker->nquestions;

    channel->waiting[channel->nwaiting++] = question;
    asker->nleft++;

    return VFS_OK;
}


/* The slot of a key, or the hole where it would be. */

static uint32_t *
vfs_asker_slot(vfs_asker_t *asker, const unsigned char *key)
{
    size_t  i;

    memcpy(&i, key, sizeof(size_t));

    for (i &= asker->mask;
         asker->slots[i] != 0
         && memcmp(asker->questions[asker->slots[i] - 1].key, key,
                   VFS_MODEL_KEY_LEN)
            != 0;
         i = (i + 1) & asker->mask)
    {
        /* void */
    }

    return &asker->slots[i];
}


int
vfs_asker_send(vfs_asker_t *asker)
{
    unsigned  i;

    vfs_recorded_release(asker->recorded);

    for (i = 0; i < asker->nchannels && !asker->stopped; i++) {
        vfs_channel_send(&asker->channels[i]);
    }

    return (asker->nleft == 0) ? VFS_OK : VFS_DECLINED;
}


static void
vfs_channel_send(vfs_channel_t *channel)
{
    int64_t          now;
    vfs_ask_t       *ask;
    vfs_error_t      err;
    const vfs_io_t  *io;

    io = channel->asker->io;
    now = io->now(io->data);

    while (now >= channel->not_before
           && channel->nin_flight < vfs_channel_limit(channel))
    {
        ask = vfs_channel_next(channel);

        if (ask == NULL) {
            return;
        }

        ask->sent = now;

        if (vfs_channel_body(ask) == VFS_OK
            && io->ask(io->data, ask, &err) == VFS_OK)
        {
            TAILQ_INSERT_TAIL(&channel->in_flight, ask, link);
            channel->nin_flight++;
            continue;
        }

        TAILQ_INSERT_HEAD(&channel->again, ask, link);
        channel->not_before = now + channel->asker->conf->backoff_ms;
    }
}


/* After a failure one request at a time finds out whether it is over. */

static unsigned
vfs_channel_limit(const vfs_channel_t *channel)
{
    return (channel->failures != 0) ? 1 : (unsigned) channel->limit;
}


/* NULL: nothing is to be sent, or memory is out, which shows later again. */

static vfs_ask_t *
vfs_channel_next(vfs_channel_t *channel)
{
    size_t           bytes;
    vfs_ask_t       *ask;
    vfs_question_t  *question;

    ask = TAILQ_FIRST(&channel->again);

    if (ask != NULL) {
        TAILQ_REMOVE(&channel->again, ask, link);
        return ask;
    }

    if (channel->next == channel->nwaiting) {
        return NULL;
    }

    ask = vfs_channel_ask(channel, channel->source->model->batch);

    if (ask == NULL) {
        return NULL;
    }

    bytes = 0;

    while (channel->next < channel->nwaiting
           && ask->count < channel->source->model->batch)
    {
        question = channel->waiting[channel->next];
        bytes += question->input.len;

        if (ask->count > 0 && bytes > VFS_ASK_BYTES) {
            break;
        }

        ask->questions[ask->count++] = question;
        channel->next++;
    }

    return ask;
}


vfs_ask_t *
vfs_channel_ask(vfs_channel_t *channel, unsigned max)
{
    vfs_ask_t  *ask;

    ask = calloc(1, sizeof(vfs_ask_t));

    if (ask == NULL) {
        return NULL;
    }

    ask->channel = channel;
    ask->questions = calloc(max, sizeof(vfs_question_t *));

    if (ask->questions == NULL) {
        free(ask);
        return NULL;
    }

    return ask;
}


void
vfs_channel_recycle(vfs_ask_t *ask)
{
    free(ask->questions);
    free(ask->body);
    free(ask);
}


static int
vfs_channel_body(vfs_ask_t *ask)
{
    unsigned             i, n;
    vfs_asker_t         *asker;
    vfs_model_input_t   *inputs;

    asker = ask->channel->asker;
    n = ask->probing ? 1 : ask->count;

    inputs = calloc(n, sizeof(vfs_model_input_t));

    if (inputs == NULL) {
        return VFS_ERROR;
    }

    for (i = 0; i < n; i++) {
        inputs[i] = ask->questions[i]->input;
    }

    if (ask->probing) {
        inputs[0].text = VFS_MODEL_PROBE;
        inputs[0].len = sizeof(VFS_MODEL_PROBE) - 1;
    }

    free(ask->body);
    ask->body = vfs_model_body(asker->def, ask->channel->source, inputs, n,
                               &ask->len);
    free(inputs);

    return (ask->body != NULL) ? VFS_OK : VFS_ERROR;
}


void
vfs_asker_clear(vfs_asker_t *asker)
{
    size_t    i;
    unsigned  n;

    for (n = 0; n < asker->nchannels; n++) {
        vfs_channel_clear(&asker->channels[n]);
    }

    for (i = 0; i < asker->nquestions; i++) {
        free((char *) asker->questions[i].input.text);
    }

    free(asker->questions);
    free(asker->slots);

    asker->questions = NULL;
    asker->nquestions = 0;
    asker->slots = NULL;
    asker->nleft = 0;
    asker->asking = 0;
}


static void
vfs_channel_clear(vfs_channel_t *channel)
{
    vfs_ask_t       *ask;
    const vfs_io_t  *io;

    io = channel->asker->io;

    while ((ask = TAILQ_FIRST(&channel->in_flight)) != NULL) {
        TAILQ_REMOVE(&channel->in_flight, ask, link);
        io->cancel_ask(io->data, ask);
        vfs_channel_recycle(ask);
    }

    while ((ask = TAILQ_FIRST(&channel->again)) != NULL) {
        TAILQ_REMOVE(&channel->again, ask, link);
        vfs_channel_recycle(ask);
    }

    free(channel->waiting);

    channel->waiting = NULL;
    channel->nwaiting = 0;
    channel->next = 0;
    channel->nin_flight = 0;
}


int64_t
vfs_asker_wakeup(const vfs_asker_t *asker)
{
    int64_t               now, wait, least;
    unsigned              i;
    const vfs_channel_t  *channel;

    now = asker->io->now(asker->io->data);
    least = -1;

    for (i = 0; i < asker->nchannels; i++) {
        channel = &asker->channels[i];

        if ((TAILQ_EMPTY(&channel->again)
             && channel->next == channel->nwaiting)
            || channel->nin_flight >= vfs_channel_limit(channel))
        {
            continue;
        }

        wait = (channel->not_before > now) ? channel->not_before - now : 0;

        if (least == -1 || wait < least) {
            least = wait;
        }
    }

    return least;
}
