#include "store/thread.h"

#include <signal.h>
#include <time.h>

#include "base/ban.h"

static struct timespec time_of(int64_t ms)
{
    return (struct timespec){ .tv_sec = (time_t)(ms / 1000),
                              .tv_nsec = (long)(ms % 1000) * 1000000 };
}

int thread_start(pthread_t *out, const char *name, void *(*run)(void *), void *arg)
{
    sigset_t all, before;
    int rc;

    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    rc = pthread_create(out, NULL, run, arg);
    if (rc == 0)
        (void)pthread_setname_np(*out, name);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return -rc;
}

int thread_join(pthread_t thread, int64_t by_ms)
{
    struct timespec by = time_of(by_ms);

    return -pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &by);
}

void thread_wake_init(pthread_cond_t *wake)
{
    pthread_condattr_t attributes;

    (void)pthread_condattr_init(&attributes);
    (void)pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void)pthread_cond_init(wake, &attributes);
    (void)pthread_condattr_destroy(&attributes);
}

void thread_wait(pthread_cond_t *wake, pthread_mutex_t *lock, int64_t by_ms)
{
    struct timespec by = time_of(by_ms);

    if (by_ms == INT64_MAX)
        (void)pthread_cond_wait(wake, lock);
    else
        (void)pthread_cond_timedwait(wake, lock, &by);
}
