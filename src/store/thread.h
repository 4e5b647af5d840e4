/* thread.h - threads of the store: named, deaf to signals, and their waiting on CLOCK_MONOTONIC. */
#ifndef STORE_THREAD_H
#define STORE_THREAD_H

#include <pthread.h>

#include "base/attributes.h"
#include "base/slice.h"

/* Start a thread with all signals blocked. 0 or -errno. */
NODISCARD int thread_start(pthread_t *out, const char *name, void *(*run)(void *), void *arg);

/* Wait for its end until `by_ms` of CLOCK_MONOTONIC; 0 or -ETIMEDOUT. */
NODISCARD int thread_join(pthread_t thread, int64_t by_ms);

void thread_wake_init(pthread_cond_t *wake);

/* Wait for `wake`, until `by_ms` at the latest; may return early. */
void thread_wait(pthread_cond_t *wake, pthread_mutex_t *lock, int64_t by_ms);

#endif
