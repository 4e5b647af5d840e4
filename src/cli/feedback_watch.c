/* feedback_watch.c - `mailfuse feedback --watch`: Maildirs, for ever. Holds no connection while
 * there is nothing to tell; what goes wrong is tried again, later and later. Nothing is kept in
 * memory: what waits is what is in new/, so this process may be killed at any time. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "cli/feedback.h"

#include "base/ban.h"

enum {
    PATH_LONG = 4096,
    LOOK_MS = 60 * 1000, /* also without an event: a network file system gives none */
    AGAIN_MIN_MS = 1000, /* after trouble; doubled each time up to: */
    AGAIN_MAX_MS = 60 * 1000,
};

/* Mail arrives in a Maildir by rename(2) or link(2). The same folder is watched once, however often
 * this is called; one that was made anew is another. */
static int watch(const struct ask *a, int notify, const char *folder)
{
    char path[PATH_LONG];

    snprintf(path, sizeof path, "%s/new", folder);
    if (inotify_add_watch(notify, path, IN_MOVED_TO | IN_CREATE | IN_ONLYDIR) >= 0)
        return 0;
    feedback_complain(a, path, strerror(errno));
    return FEEDBACK_UNREADABLE;
}

/* All there is now. What is no report was put away: that is no trouble. */
static int look(struct ask *a, int notify)
{
    int status = 0;
    bool mail = false;

    for (size_t i = 0; i < a->words_n; i++) { /* first, so that nothing arrives unseen */
        status = feedback_worse(watch(a, notify, a->words[i]), status);
        mail = mail || feedback_has_mail(a->words[i]);
    }
    if (!mail)
        return status;
    if (ask_open(a) != 0)
        status = FEEDBACK_AWAY;
    for (size_t i = 0; i < a->words_n && status != FEEDBACK_AWAY; i++)
        if (feedback_has_mail(a->words[i]))
            status = feedback_worse(feedback_take_maildir(a, a->words[i]), status);
    ask_close(a);
    return status == FEEDBACK_NONE ? 0 : status;
}

/* Forget what was told of up to now: a look finds it all. */
static void drain(int notify)
{
    char events[4096];

    while (read(notify, events, sizeof events) > 0)
        continue;
}

static int at_most(int n, int most)
{
    return n < most ? n : most;
}

int feedback_watch(struct ask *a)
{
    struct pollfd p = { .fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK), .events = POLLIN };
    int again_ms = AGAIN_MIN_MS;

    if (p.fd < 0) {
        feedback_complain(a, "inotify", strerror(errno));
        return FEEDBACK_AWAY;
    }
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    for (;;) {
        int status, wait_ms = LOOK_MS;

        drain(p.fd);
        status = look(a, p.fd);
        if (status != 0)
            wait_ms = again_ms;
        again_ms = status == 0 ? AGAIN_MIN_MS : at_most(2 * again_ms, AGAIN_MAX_MS);
        /* What arrives while the daemon is away waits with the rest. */
        (void)poll(&p, status == FEEDBACK_AWAY ? 0 : 1, wait_ms);
    }
}
