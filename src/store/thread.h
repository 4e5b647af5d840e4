/* thread.h - threads of the store: named, deaf to signals, and their waiting on CLOCK_MONOTONIC. */
#ifndef STORE_THREAD_H
#define STORE_THREAD_H

#include <pthread.h>

#include "base/attributes.h"
#include "base/slice.h"

/* `{ 0 }` is one that never ran. Its owner's thread calls the functions; it stays where it is. */
struct thread {
    void (*run)(void *arg);
    void *arg;
    const char *name; /* the caller's */
    pthread_t id;
    bool running; /* and not joined */

    pthread_mutex_t lock; /* of `ended` */
    pthread_cond_t wake;
    bool ended;
};

/* Start a thread with all signals blocked; 15 bytes of `name` at most. 0 or -errno. */
NODISCARD int thread_start(struct thread *t, const char *name, void (*run)(void *arg), void *arg);

/* Wait for its end until `by_ms`: 0, at once when it never ran, or -ETIMEDOUT. */
NODISCARD int thread_join(struct thread *t, int64_t by_ms);

void thread_wake_init(pthread_cond_t *wake);

/* Wait for `wake`, until `by_ms` at the latest; may return early. */
void thread_wait(pthread_cond_t *wake, pthread_mutex_t *lock, int64_t by_ms);

#endif
