#include "store/thread.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

#include "store/db_file.h"

#include "base/ban.h"

static struct timespec time_of(int64_t ms)
{
    return (struct timespec){ .tv_sec = (time_t)(ms / 1000),
                              .tv_nsec = (long)(ms % 1000) * 1000000 };
}

static void *thread_run(void *arg)
{
    struct thread *t = arg;

    (void)pthread_setname_np(pthread_self(), t->name);
    t->run(t->arg);
    (void)pthread_mutex_lock(&t->lock);
    t->ended = true;
    (void)pthread_cond_signal(&t->wake);
    (void)pthread_mutex_unlock(&t->lock);
    return NULL;
}

int thread_start(struct thread *t, const char *name, void (*run)(void *arg), void *arg)
{
    sigset_t all, before;
    int rc;

    *t = (struct thread){ .run = run, .arg = arg, .name = name };
    (void)pthread_mutex_init(&t->lock, NULL);
    thread_wake_init(&t->wake);
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    rc = pthread_create(&t->id, NULL, thread_run, t);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    t->running = rc == 0;
    return -rc;
}

int thread_join(struct thread *t, int64_t by_ms)
{
    bool ended;

    if (!t->running)
        return 0;
    (void)pthread_mutex_lock(&t->lock);
    while (!t->ended && db_file_mono_ms() < by_ms)
        thread_wait(&t->wake, &t->lock, by_ms);
    ended = t->ended;
    (void)pthread_mutex_unlock(&t->lock);
    if (!ended)
        return -ETIMEDOUT;
    (void)pthread_join(t->id, NULL);
    (void)pthread_cond_destroy(&t->wake);
    (void)pthread_mutex_destroy(&t->lock);
    t->running = false;
    return 0;
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
