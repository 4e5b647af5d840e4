/* question.h - questions about the journal and the thread that answers them, on a connection of its
 * own that only reads. */
#ifndef STORE_QUESTION_H
#define STORE_QUESTION_H

#include <sqlite3.h>

#include "store/outbox.h"
#include "store/thread.h"

/* One question; once it is answered, the rows. */
struct answer {
    struct answer *next;
    struct store_filter filter; /* its subject is in the arena */
    store_row *row;
    store_end *end;
    void *ctx;
    struct arena arena;
    struct store_entry *entries; /* the newest first */
    uint32_t n, left;            /* that were not handed out yet */
    char *error;                 /* owned; NULL when all went well */
};

void answer_free(struct answer *a); /* without a word */

/* Hand out at most `n` rows, and the end after the last one. True when that was all; the answer is
 * freed then. `*handed` grows by what was handed out. */
bool answer_deliver(struct answer *a, uint32_t n, uint32_t *handed);

struct reader {
    char *path; /* of state.db; owned */
    struct outbox *outbox;
    sqlite3 *sqlite; /* the thread's own; opened with the first question */
    struct thread thread;

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t wake;
    struct answer *first, *last;
    uint32_t asked; /* and not answered */
    bool stopping;
};

/* No thread yet; reader_done is always called, after the thread has ended. */
void reader_init(struct reader *r, const char *path, struct outbox *outbox);
NODISCARD int reader_start(struct reader *r);
void reader_ask(struct reader *r, struct answer *question); /* takes it */
void reader_stop(struct reader *r);
void reader_done(struct reader *r); /* what was not answered is answered with an error */

#endif
