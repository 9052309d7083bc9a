
/*
 * Copyright (C) the vfs authors
 */


#ifndef _VFS_INGEST_MODEL_H_INCLUDED_
#define _VFS_INGEST_MODEL_H_INCLUDED_


#include "vfs_ingest_counters.h"
#include "vfs_ingest_io.h"
#include "vfs_ingest_model_answer.h"
#include "vfs_ingest_model_body.h"
#include "vfs_model.h"
#include "vfs_recorded.h"

#include <sys/queue.h>


/*
 * Asks models about the texts of a batch of records: each text once, in
 * requests of many, several at a time, and only what is not recorded yet.  An
 * answer is on disk before the batch is folded, so that folding it again reads
 * the same bytes.
 *
 * A text that a model refuses by itself, while it does answer another one, is
 * recorded as refused: its event is a dead letter now and in every replay.
 */

typedef struct vfs_asker_s    vfs_asker_t;
typedef struct vfs_channel_s  vfs_channel_t;


typedef struct {
    unsigned char           key[VFS_MODEL_KEY_LEN];
    vfs_model_input_t       input;      /* allocated text */
    unsigned                attempts;   /* alone, and no numbers came */
} vfs_question_t;


/* A request, or what is to be sent again as one. */

struct vfs_ask_s {
    TAILQ_ENTRY(vfs_ask_s)  link;
    vfs_channel_t          *channel;
    vfs_question_t        **questions;
    unsigned                count;
    unsigned                probing:1;  /* asks about another text, whether
                                           the model answers at all */
    char                   *body;
    size_t                  len;
    int64_t                 sent;       /* ms */
    void                   *transport;  /* of whoever sends it */
};


TAILQ_HEAD(vfs_asks_s, vfs_ask_s);

typedef struct vfs_asks_s  vfs_asks_t;


/* The way to one model. */

struct vfs_channel_s {
    vfs_asker_t             *asker;
    const vfs_source_t      *source;
    char                    *url;

    vfs_question_t         **waiting;
    size_t                   nwaiting;
    size_t                   next;      /* the first that waits still */

    vfs_asks_t               again;     /* to be sent before what waits */
    vfs_asks_t               in_flight;
    unsigned                 nin_flight;

    double                   limit;     /* of requests in flight */
    unsigned                 failures;  /* in a row */
    int64_t                  failed;    /* when the last one came */
    int64_t                  not_before;
    int64_t                  logged;
    int64_t                  stop_since;    /* 0: no such answer */
    unsigned                 worked:1;  /* an answer was good */

    vfs_model_counters_t     counters;
};


typedef struct {
    int64_t                 backoff_ms;     /* the first, and the longest */
    int64_t                 max_backoff_ms;
    int64_t                 grace_ms;   /* how long a refused key or address is
                                           tried again after it had worked */
} vfs_asker_conf_t;


struct vfs_asker_s {
    const vfs_asker_conf_t  *conf;
    const vfs_definition_t  *def;
    const vfs_io_t          *io;
    vfs_recorded_t          *recorded;

    vfs_answers_t            answers;   /* what is recorded, for the fold */

    vfs_channel_t           *channels;  /* one for each source "model" */
    unsigned                 nchannels;

    vfs_question_t          *questions; /* of the batch at hand */
    size_t                   nquestions;
    uint32_t                *slots;     /* of the questions by their keys */
    size_t                   mask;
    size_t                   nleft;     /* not recorded yet */
    unsigned                 asking:1;  /* a batch is at hand */

    float                   *vectors;   /* of one answer */
    unsigned char           *records;

    unsigned                 stopped:1; /* for good, "stop" says why */
    vfs_error_t              stop;
};


/* The members from conf to recorded are set before. */

int vfs_asker_init(vfs_asker_t *asker, vfs_error_t *err);
void vfs_asker_destroy(vfs_asker_t *asker);

/*
 * Takes a batch of at most "max" records: begin, then add those that are to be
 * folded.  VFS_ERROR: memory or the disk failed, and no batch is at hand.
 */

int vfs_asker_begin(vfs_asker_t *asker, size_t max, vfs_error_t *err);
int vfs_asker_add(vfs_asker_t *asker, const vfs_record_t *record,
    vfs_error_t *err);

/* Sends what may be sent.  VFS_DECLINED: answers are still to come. */

int vfs_asker_send(vfs_asker_t *asker);

/* The ask has left channel->in_flight when this returns. */

void vfs_asker_answer(vfs_ask_t *ask, const vfs_model_answer_t *answer);

/* Cancels and forgets the batch; what is recorded stays. */

void vfs_asker_clear(vfs_asker_t *asker);

/* When vfs_asker_send() has something to do next; -1: not before an answer. */

int64_t vfs_asker_wakeup(const vfs_asker_t *asker);


/* For the asker's own files. */

vfs_ask_t *vfs_channel_ask(vfs_channel_t *channel, unsigned max);
void vfs_channel_recycle(vfs_ask_t *ask);


#endif /* _VFS_INGEST_MODEL_H_INCLUDED_ */
