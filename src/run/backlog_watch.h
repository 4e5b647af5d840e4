/* backlog_watch.h - the queue, watched: fed by queue.c, shown by status, queue and the figures;
 * tells once when there is too much, and once when that is over. Its disk: spool_watch.h. */
#ifndef RUN_BACKLOG_WATCH_H
#define RUN_BACKLOG_WATCH_H

#include <jansson.h>

#include "act/queue_row.h"
#include "box/backlog.h"
#include "run/spool_watch.h"
#include "tell/kind.h"

struct daemon;

/* What queue.c and these functions share. */
struct backlog_watch {
    struct backlog backlog;
    struct spool_watch spool;
    uint32_t took_ms;  /* for the last look */
    char trouble[160]; /* why the queue cannot be read; "" */
};

void backlog_watch_row(struct backlog_look *look, const struct queue_row *row);

/* A look is over. NULL, with `trouble`: it failed. Else it is taken over. */
void backlog_watch_looked(struct daemon *d, struct backlog_look *look, uint32_t took_ms,
                          struct slice trouble);

/* How long until the next look: a minute, longer where a look takes long. */
int64_t backlog_watch_every_ms(const struct daemon *d);

/* "312 messages wait, 250 of them of alice@example.test; more than 200 are unusual". Nothing when
 * all is as usual. */
void backlog_watch_words(const struct daemon *d, struct buf *out);

/* Of the queue, or its disk: as an alert, and in the journal. */
void backlog_watch_tell(struct daemon *d, enum alert_kind kind, const char *key, uint32_t incident,
                        struct slice subject, struct slice words);

/* For the store: what was learnt. */
json_t *backlog_watch_encode(const struct daemon *d);
void backlog_watch_decode(struct daemon *d, const json_t *from);

#endif
