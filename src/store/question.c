#include "store/question.h"

#include <stdlib.h>

#include "base/memory.h"
#include "store/db.h"
#include "store/db_file.h"
#include "store/journal.h"

#include "base/ban.h"

enum { LOOK_UP_STEPS = 100000 }; /* of SQLite's machine between two looks at `stopping` */

void answer_free(struct answer *a)
{
    arena_done(&a->arena);
    free(a->error);
    free(a);
}

bool answer_deliver(struct answer *a, uint32_t n, uint32_t *handed)
{
    for (; n > 0 && a->left > 0; n--, (*handed)++)
        a->row(a->ctx, &a->entries[--a->left]);
    if (a->left > 0)
        return false;
    a->end(a->ctx, a->error);
    answer_free(a);
    return true;
}

static char *sentence(const char *path, const char *what)
{
    struct buf text = buf_make(1024);

    buf_printf(&text, "%s: %s", path, what);
    buf_add_char(&text, '\0');
    return text.p;
}

static void give_up(struct reader *r, struct answer *a, const char *why)
{
    a->error = sentence(r->path, why);
    outbox_answer(r->outbox, a);
}

static int is_stopping(void *arg)
{
    struct reader *r = arg;
    int stopping;

    (void)pthread_mutex_lock(&r->lock);
    stopping = r->stopping;
    (void)pthread_mutex_unlock(&r->lock);
    return stopping;
}

static int connect_once(struct reader *r)
{
    int rc = r->sqlite == NULL ? db_open_reader(r->path, &r->sqlite) : SQLITE_OK;

    if (rc == SQLITE_OK)
        sqlite3_progress_handler(r->sqlite, LOOK_UP_STEPS, is_stopping, r);
    return rc;
}

/* A connection that met an error is opened anew with the next question. */
static void answer(struct reader *r, struct answer *a)
{
    int rc = connect_once(r);
    struct buf words;

    if (rc == SQLITE_OK)
        rc = journal_read(r->sqlite, a);
    if (rc == SQLITE_OK) {
        outbox_answer(r->outbox, a);
        return;
    }
    words = buf_make(512);
    db_words(&words, rc, sqlite3_system_errno(r->sqlite));
    buf_add_char(&words, '\0');
    (void)sqlite3_close(r->sqlite);
    r->sqlite = NULL;
    give_up(r, a, words.p);
    buf_done(&words);
}

static struct answer *next_question(struct reader *r)
{
    struct answer *a;

    (void)pthread_mutex_lock(&r->lock);
    while (r->first == NULL && !r->stopping)
        thread_wait(&r->wake, &r->lock, INT64_MAX);
    a = r->stopping ? NULL : r->first;
    if (a != NULL) {
        r->first = a->next;
        if (r->first == NULL)
            r->last = NULL;
    }
    (void)pthread_mutex_unlock(&r->lock);
    return a;
}

static void reader_run(void *arg)
{
    struct reader *r = arg;
    struct answer *a;

    while ((a = next_question(r)) != NULL) {
        answer(r, a);
        (void)pthread_mutex_lock(&r->lock);
        r->asked--;
        (void)pthread_mutex_unlock(&r->lock);
    }
}

void reader_init(struct reader *r, const char *path, struct outbox *outbox)
{
    *r = (struct reader){ .path = db_file_beside(path, ""), .outbox = outbox };
    (void)pthread_mutex_init(&r->lock, NULL);
    thread_wake_init(&r->wake);
}

int reader_start(struct reader *r)
{
    return thread_start(&r->thread, "store-reader", reader_run, r);
}

void reader_ask(struct reader *r, struct answer *question)
{
    bool refused;

    (void)pthread_mutex_lock(&r->lock);
    refused = r->asked >= STORE_QUERIES_MAX;
    if (!refused) {
        r->asked++;
        if (r->last != NULL)
            r->last->next = question;
        else
            r->first = question;
        r->last = question;
        (void)pthread_cond_signal(&r->wake);
    }
    (void)pthread_mutex_unlock(&r->lock);
    if (refused)
        give_up(r, question, "too many questions at a time; try again");
}

void reader_stop(struct reader *r)
{
    (void)pthread_mutex_lock(&r->lock);
    r->stopping = true;
    (void)pthread_cond_signal(&r->wake);
    (void)pthread_mutex_unlock(&r->lock);
}

void reader_done(struct reader *r)
{
    while (r->first != NULL) {
        struct answer *a = r->first;

        r->first = a->next;
        give_up(r, a, "mailfuse is about to end");
    }
    (void)sqlite3_close(r->sqlite);
    free(r->path);
    (void)pthread_cond_destroy(&r->wake);
    (void)pthread_mutex_destroy(&r->lock);
}
