#include "run/alerts_log.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/escape.h"
#include "run/daemon.h"

#include "base/ban.h"

#define JOURNAL "/run/systemd/journal/socket"
#define SYSLOG "/dev/log"

enum { TEXT_MAX = 2000, ENTRY_MAX = 8000 };

static int priority_of(enum alert_severity severity)
{
    return severity == ALERT_CRITICAL  ? LOG_CRIT
           : severity == ALERT_WARNING ? LOG_WARNING
                                       : LOG_NOTICE;
}

/* What strangers chose stays between its quotes. */
static void add_quoted(struct buf *out, const char *name, struct slice value)
{
    size_t from;

    if (value.n == 0)
        return;
    buf_printf(out, " %s=\"", name);
    from = out->n;
    escape_terminal(out, slice_head_utf8(value, 600));
    for (size_t i = from; i < out->n; i++)
        if (out->p[i] == '"')
            out->p[i] = '\'';
    buf_add_char(out, '"');
}

/* alert incident-held severity=warning incident=12 subject="alice@example.test": words */
static void write_line(struct buf *out, const struct alert_event *e)
{
    buf_printf(out, "alert %s severity=%s", alert_kind_row(e->kind)->name,
               conf_severity_name(e->severity));
    if (e->incident != 0)
        buf_printf(out, " incident=%u", e->incident);
    add_quoted(out, "subject", e->subject);
    if (e->incident == 0)
        add_quoted(out, "key", e->key);
    buf_add(out, SLICE(": "));
    escape_terminal(out, slice_head_utf8(e->words, 1000));
}

/* To a socket that takes datagrams. */
static bool send_to(const char *path, struct slice text)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool sent;

    if (fd < 0)
        return false;
    snprintf(to.sun_path, sizeof to.sun_path, "%s", path);
    sent = sendto(fd, text.p, text.n, MSG_NOSIGNAL, (const struct sockaddr *)&to, sizeof to) >= 0;
    (void)close(fd);
    return sent;
}

/* A value has no newline, so each field is one line. */
static void add_field(struct buf *out, const char *name, struct slice value)
{
    if (value.n == 0)
        return;
    buf_printf(out, "%s=", name);
    escape_terminal(out, slice_head_utf8(value, 1000));
    buf_add_char(out, '\n');
}

static bool to_journal(const char *path, const struct alert_event *e, struct slice line)
{
    const struct alert_kind_row *kind = alert_kind_row(e->kind);
    struct buf out = buf_make(ENTRY_MAX);
    bool sent;

    add_field(&out, "MESSAGE", line);
    buf_printf(&out, "MESSAGE_ID=%s\nPRIORITY=%d\nSYSLOG_IDENTIFIER=mailfuse\n", kind->id,
               priority_of(e->severity));
    buf_printf(&out, "MAILFUSE_ALERT=%s\nMAILFUSE_SEVERITY=%s\n", kind->name,
               conf_severity_name(e->severity));
    if (e->incident != 0)
        buf_printf(&out, "MAILFUSE_INCIDENT=%u\n", e->incident);
    add_field(&out, "MAILFUSE_SUBJECT", e->subject);
    add_field(&out, "MAILFUSE_KEY", e->key);
    add_field(&out, "MAILFUSE_STATE", e->state);
    sent = send_to(path, buf_slice(&out));
    buf_done(&out);
    return sent;
}

static void to_syslog(const struct daemon *d, const char *path, const struct alert_event *e,
                      struct slice line)
{
    struct buf out = buf_make(ENTRY_MAX);
    time_t now = (time_t)(d->now.ms / SECOND_MS);
    char stamp[32] = "";
    struct tm local;

    if (localtime_r(&now, &local) != NULL)
        (void)strftime(stamp, sizeof stamp, "%b %e %H:%M:%S", &local);
    buf_printf(&out, "<%d>%s mailfuse[%d]: %.*s", LOG_MAIL | priority_of(e->severity), stamp,
               (int)getpid(), SLICE_ARG(line));
    (void)send_to(path, buf_slice(&out));
    buf_done(&out);
}

/* The settings say where; else the journal where standard error is that, or whatever there is. */
void alerts_log(const struct daemon *d, const struct alert_event *e)
{
    struct slice where = slice_of(d->conf->daemon.alerts.log);
    struct buf line = buf_make(TEXT_MAX);
    bool done = false;

    write_line(&line, e);
    if (slice_skip(&where, SLICE("journal:")) || (where.n == 0 && d->journal))
        done = to_journal(where.n > 0 ? where.p : JOURNAL, e, buf_slice(&line));
    else if (slice_skip(&where, SLICE("syslog:")) || where.n == 0)
        to_syslog(d, where.n > 0 ? where.p : SYSLOG, e, buf_slice(&line));
    if (!done || !d->journal)
        daemon_say(d, priority_of(e->severity), "%.*s", SLICE_ARG(buf_slice(&line)));
    buf_done(&line);
}
