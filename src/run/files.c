/* files.c - the plain files that Postfix and Dovecot look into by themselves: all locks at once. */
#include <stdlib.h>
#include <syslog.h>

#include "act/check.h"
#include "base/escape.h"
#include "base/memory.h"
#include "run/job.h"

#include "base/ban.h"

/* An account that cannot be in the files. */
struct refusal {
    uint32_t incident;
    const char *why;
};

/* One writing of the files. */
struct writing {
    struct daemon *d;
    struct job *job; /* or NULL */
    struct refusal *refused;
    size_t refused_n;
    struct buf words; /* of the first of them */
};

struct lock_list {
    struct daemon *d;
    struct writing *writing;
    struct arena arena;
    struct helper_lock *locks;
    size_t n, room;
};

/* The others do not wait for it. */
static void refuse(struct writing *w, struct slice account, uint32_t incident, const char *why)
{
    if (w->refused_n == 0) {
        escape_terminal(&w->words, slice_head(account, BOX_WHY / 2));
        buf_printf(&w->words, ": left out of the lock files: %s", why);
    }
    w->refused = memory_resize(w->refused, w->refused_n + 1, sizeof *w->refused);
    w->refused[w->refused_n++] = (struct refusal){ incident, why };
}

static void add_lock(void *ctx, const struct subject *s, uint32_t incident, bool waiting)
{
    struct lock_list *l = ctx;
    bool is_host = s->kind != SUBJECT_ACCOUNT;
    const char *wrong = is_host ? NULL : check_lock_account(s->name);
    struct buf reply;
    struct ip ip;

    if (wrong != NULL) {
        refuse(l->writing, s->name, incident, wrong);
        return;
    }
    if (is_host && (!ip_parse(s->name, &ip) || ip_is_loopback(&ip)))
        return; /* a content filter gives everybody's mail back from this machine itself */
    reply = buf_make(CONF_REPLY_FULL_MAX + 16);
    buf_add(&reply, SLICE("421 4.7.1 "));
    conf_reply_add(&reply, &l->d->conf->daemon, CONF_REPLY_LOCKED, incident, s->name);
    if (l->n == l->room) {
        l->room = l->room > 0 ? 2 * l->room : 16;
        l->locks = memory_resize(l->locks, l->room, sizeof *l->locks);
    }
    l->locks[l->n++] = (struct helper_lock){ .account = arena_copy(&l->arena, s->name),
                                             .reply = arena_copy(&l->arena, buf_slice(&reply)),
                                             .mail_only = waiting,
                                             .client = is_host };
    buf_done(&reply);
}

static void say_refused(const struct writing *w)
{
    for (size_t i = 0; i < w->refused_n; i++) {
        struct box_work work = { w->refused[i].incident, BOX_LOCK_FILES };
        struct buf why = buf_make(BOX_WHY);

        buf_printf(&why, "left out of the lock files: %s", w->refused[i].why);
        box_work_done(w->d->box, &work, buf_slice(&why), w->d->now);
        buf_done(&why);
    }
}

static void files_written(void *ctx, const struct helper_result *r)
{
    struct writing *w = ctx;
    struct daemon *d = w->d;
    struct buf why = buf_make(BOX_WHY);

    daemon_clock(d);
    job_why(r, &why);
    if (w->job != NULL) { /* else nobody waits for it */
        say_refused(w);
        box_locks_written(d->box, buf_slice(&why), d->now);
    }
    if (why.n == 0)
        buf_add(&why, buf_slice(&w->words));
    buf_clear(&d->files_trouble);
    buf_add(&d->files_trouble, buf_slice(&why));
    if (why.n > 0)
        daemon_say(d, LOG_ERR, "the lock files cannot be written: %.*s",
                   SLICE_ARG(buf_slice(&why)));
    buf_done(&why);
    if (w->job != NULL)
        job_free(w->job);
    buf_done(&w->words);
    free(w->refused);
    free(w);
    control_look(d);
    work_look(d);
}

void files_write(struct daemon *d, struct job *j)
{
    struct writing *w = memory_new(1, sizeof *w);
    struct lock_list l = { .d = d, .writing = w };

    *w = (struct writing){ .d = d, .job = j, .words = buf_make(BOX_WHY) };
    box_locks(d->box, add_lock, &l);
    if (d->conf->daemon.lock_logins == CONF_LOCK_SUBMISSION)
        for (size_t i = 0; i < l.n; i++)
            l.locks[i].mail_only = !l.locks[i].client;
    (void)helper_lock_files(d->helper, l.locks, l.n, files_written, w);
    free(l.locks);
    arena_done(&l.arena);
}
