/* logs.c - what the logs tell, while they are written. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "proto/understand.h"
#include "run/daemon.h"

#include "base/ban.h"

enum {
    STEP_LINES = 40, /* in one turn of the loop: some 30 microseconds that an answer may wait */
    REPLAY_BYTES = 32 << 20,
};

/* A stamp_zone: that of this machine. */
static int32_t local_zone(void *ctx, const struct civil *local)
{
    struct tm tm = { .tm_year = local->year - 1900,
                     .tm_mon = local->month - 1,
                     .tm_mday = local->day,
                     .tm_hour = local->hour,
                     .tm_min = local->minute,
                     .tm_sec = local->second,
                     .tm_isdst = -1 };

    (void)ctx;
    return mktime(&tm) != (time_t)-1 ? (int32_t)tm.tm_gmtoff : 0;
}

static struct log_state *state_of(struct daemon *d, const char *name)
{
    for (size_t i = 0; i < d->logs_n; i++)
        if (d->logs[i].name == name || strcmp(d->logs[i].name, name) == 0)
            return &d->logs[i];
    return NULL;
}

/* A follow_take. */
static void take(void *ctx, const struct follow_line *line)
{
    struct daemon *d = ctx;
    struct log_state *log = state_of(d, line->name);
    struct record record;

    if (line->kind != LOGLINE_OK)
        return;
    if (log != NULL)
        log->last = line->line.at;
    if (!understand(&line->line, &record))
        return;
    d->counts.mail_lines++;
    if (record.event == RECORD_UNKNOWN) {
        d->counts.unknown_lines++;
        return;
    }
    d->replaying = line->old;
    ledger_line(d->ledger, &line->line, &record, line->utc_offset_s);
    d->replaying = false;
}

/* A follow_trouble. */
static void trouble(void *ctx, const char *name, const char *what, bool over)
{
    struct daemon *d = ctx;
    struct log_state *log = state_of(d, name);

    daemon_say(d, over ? LOG_NOTICE : LOG_WARNING, "%s: %s", name, over ? "is read again" : what);
    if (log != NULL)
        snprintf(log->trouble, sizeof log->trouble, "%s", over ? "" : what);
}

struct opening {
    struct daemon *d;
    char *path;
};

static void opened(void *ctx, const struct helper_result *r)
{
    struct opening *o = ctx;
    int failed = r->status < 0 ? r->status : -EIO;

    if (o->d->follow != NULL)
        follow_opened(o->d->follow, o->path, r->status == 0 ? r->fd : failed);
    else if (r->fd >= 0)
        (void)close(r->fd);
    free(o->path);
    free(o);
}

/* A follow_open: by ourselves, else by the helper. */
static int open_log(void *ctx, const char *path)
{
    struct daemon *d = ctx;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct opening *o;

    if (fd >= 0)
        return fd;
    if (errno != EACCES || d->helper == NULL)
        return -errno;
    o = memory_new(1, sizeof *o);
    *o = (struct opening){ d, strdup(path) };
    (void)helper_open_log(d->helper, slice_of(path), opened, o);
    return -EINPROGRESS;
}

static void wake(evutil_socket_t fd, short what, void *ctx);

static void watch_fds(struct daemon *d)
{
    int fds[FOLLOW_FDS];
    size_t n = follow_fds(d->follow, fds);

    for (size_t i = 0; i < FOLLOW_FDS; i++) {
        bool same = i < n && d->follow_fds[i] != NULL && event_get_fd(d->follow_fds[i]) == fds[i];

        if (same)
            continue;
        if (d->follow_fds[i] != NULL)
            event_free(d->follow_fds[i]);
        d->follow_fds[i] = i < n ? event_new(d->base, fds[i], EV_READ | EV_PERSIST, wake, d) : NULL;
        if (d->follow_fds[i] != NULL)
            event_add(d->follow_fds[i], NULL);
    }
}

void logs_step(struct daemon *d)
{
    struct timeval wait = { 0, 0 };
    bool more;
    int ms;

    if (d->follow == NULL || d->stopping)
        return;
    daemon_clock(d);
    more = follow_step(d->follow, STEP_LINES, d->now, daemon_mono());
    if (!more && !d->caught_up && follow_caught_up(d->follow)) {
        d->caught_up = true;
        daemon_say(d, LOG_INFO, "the logs are read up to now");
        if (d->can_act)
            queue_look(d);
    }
    watch_fds(d);
    ms = more ? 0 : follow_wait_ms(d->follow);
    wait.tv_sec = ms / 1000;
    wait.tv_usec = ms % 1000 * 1000;
    event_add(d->read, &wait);
}

static void wake(evutil_socket_t fd, short what, void *ctx)
{
    (void)fd;
    (void)what;
    logs_step(ctx);
}

/* ---- where reading goes on */

struct positions {
    struct daemon *d;
    char **of; /* of each path; NULL: none */
    char *journal;
};

static char **position_of(struct positions *p, struct slice name)
{
    const struct conf_daemon *c = &p->d->conf->daemon;

    for (uint32_t i = 0; i < c->logs_n; i++)
        if (slice_eq(name, slice_of(c->logs[i])))
            return &p->of[i];
    return slice_eq(name, SLICE("the journal")) ? &p->journal : NULL;
}

static bool load_position(void *ctx, struct slice key, struct slice value)
{
    char **position = position_of(ctx, key);

    if (position != NULL && *position == NULL)
        *position = memory_text(value.p, value.n);
    return true;
}

int logs_load(struct daemon *d, struct buf *error)
{
    const struct conf_daemon *c = &d->conf->daemon;
    struct positions p = { d, memory_new(c->logs_n + 1, sizeof *p.of), NULL };
    int status = store_each_item(d->store, STORE_POSITION, load_position, &p, error);
    struct follow_options o = { .paths = c->logs,
                                .paths_n = c->logs_n,
                                .positions = (const char *const *)p.of,
                                .journal = c->journal,
                                .journal_position = p.journal,
                                .replay_bytes = REPLAY_BYTES,
                                .zone = local_zone,
                                .open = open_log,
                                .take = take,
                                .trouble = trouble,
                                .ctx = d };

    if (status == 0 && (c->logs_n > 0 || c->journal)) {
        d->logs_n = c->logs_n + c->journal;
        d->logs = memory_new(d->logs_n, sizeof *d->logs);
        for (uint32_t i = 0; i < d->logs_n; i++)
            d->logs[i].name = i < c->logs_n ? c->logs[i] : "the journal";
        d->follow = follow_new(&o);
    }
    for (uint32_t i = 0; i < c->logs_n; i++)
        free(p.of[i]);
    free(p.of);
    free(p.journal);
    return status;
}

void logs_start(struct daemon *d)
{
    d->read = event_new(d->base, -1, 0, wake, d);
    if (d->follow == NULL)
        d->caught_up = true;
    else
        logs_step(d);
}

void logs_stop(struct daemon *d)
{
    for (size_t i = 0; i < FOLLOW_FDS; i++)
        if (d->follow_fds[i] != NULL)
            event_free(d->follow_fds[i]);
    if (d->read != NULL)
        event_free(d->read);
    follow_free(d->follow);
    free(d->logs);
}
