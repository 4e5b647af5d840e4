/* fixture.h - for tests: a store in a folder of its own, and what it says. Fails the test when
 * something takes longer than ten seconds. */
#ifndef STORE_FIXTURE_H
#define STORE_FIXTURE_H

#include "store/store.h"

enum { FIXTURE_PATH = 384 };

struct fixture {
    char folder[64];
    struct store *store; /* or NULL */
    char error[1024];    /* of the last store_open that was refused, or reading */
};

/* A new empty folder. fixture_done closes the store and removes the folder with its files. */
struct fixture fixture_make(void);
void fixture_done(struct fixture *f);

/* Open the store, which must work; with threads or without. */
void fixture_open(struct fixture *f, bool start);

/* Close it; nothing may be lost. */
void fixture_close(struct fixture *f);

/* Open and close again. */
void fixture_reopen(struct fixture *f);

/* Open the store, which must be refused; `error` says why. */
const char *fixture_refused(struct fixture *f);

/* The path of a file in the folder. */
void fixture_path(const struct fixture *f, const char *name, char out[FIXTURE_PATH]);

/* How a batch fared. */
struct outcome {
    uint32_t times[STORE_LOST + 1];
};

void outcome_add(void *ctx, enum store_outcome outcome); /* a store_done */

/* Hand a batch over and wait until it is written. */
void fixture_write(struct fixture *f, struct store_batch *b);

/* Run callbacks until `*count` is at least `want`. */
void fixture_until(struct fixture *f, const uint32_t *count, uint32_t want);

/* All items of a kind as "key=value key=value", all pictures as "1=value 2=value"; without threads.
 */
void fixture_items(struct fixture *f, enum store_kind kind, struct buf *out);
void fixture_pictures(struct fixture *f, struct buf *out);

/* Run SQL on a file with a connection of our own, which must work: the first number, or -1. */
int64_t fixture_sql(const struct fixture *f, const char *file, const char *sql);

/* The store says that it has trouble, in those words; or none. */
void fixture_trouble(const struct fixture *f, const char *want, const char *also);
void fixture_peace(const struct fixture *f);

/* True when `text` holds `part`. */
bool holds(const char *text, const char *part);

#endif
