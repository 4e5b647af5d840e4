#include "run/alerts/log.h"

#include <assert.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/escape.h"
#include "run/alerts/private.h"
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

/* alert incident-held severity=warning incident=12 subject="alice@example.test": */
static void write_head(struct buf *out, const struct alert_event *e)
{
    buf_printf(out, "alert %s severity=%s", alert_kind_row(e->kind)->name,
               conf_severity_name(e->severity));
    if (e->incident != 0)
        buf_printf(out, " incident=%u", e->incident);
    add_quoted(out, "subject", e->subject);
    if (e->incident == 0)
        add_quoted(out, "key", e->key);
    buf_add(out, SLICE(": "));
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

/* Which entries of the journal are about the same as an alert of that kind. */
#define KIND(name) (UINT32_C(1) << ALERT_##name)
static const struct {
    const char *what;
    uint32_t kinds;
} notes[] = {
    { "hold", KIND(INCIDENT_HELD) | KIND(INCIDENT_OBSERVED) },
    { "lock", KIND(INCIDENT_LOCKED) | KIND(INCIDENT_OBSERVED) },
    { "unlock", KIND(INCIDENT_WAITING) | KIND(INCIDENT_CLOSED) },
    { "closed", KIND(INCIDENT_CLEARED) | KIND(INCIDENT_CLOSED) },
    { "old-password", KIND(PASSWORD_TRIED) },
    { "listed", KIND(LISTED) },
    { "delisted", KIND(DELISTED) },
    { "blocked", KIND(PROVIDER_BLOCKS) },
    { "accepted", KIND(PROVIDER_ACCEPTS) },
    { "complaint", KIND(COMPLAINT) },
    { "queue", KIND(QUEUE_GROWS) | KIND(QUEUE_NORMAL) | KIND(SPOOL_LOW) | KIND(SPOOL_FULL) |
                   KIND(SPOOL_ENOUGH) },
    { "relay on", KIND(RELAY_ON) },
    { "relay off", KIND(RELAY_OFF) },
    { "relay not on", KIND(RELAY_FAILS) },
};
static_assert(ALERT_KINDS <= 32, "a bit for each kind");

static bool is_noted_as(enum alert_kind kind, struct slice what)
{
    for (size_t i = 0; i < COUNT(notes); i++)
        if ((notes[i].kinds & UINT32_C(1) << kind) != 0 && slice_eq(slice_of(notes[i].what), what))
            return true;
    return false;
}

/* The kind is in the table. */
static bool is_noted(enum alert_kind kind)
{
    for (size_t i = 0; i < COUNT(notes); i++)
        if ((notes[i].kinds & UINT32_C(1) << kind) != 0)
            return true;
    return false;
}

static bool contains(struct slice text, struct slice part)
{
    return part.n > 0 && text.n >= part.n && memmem(text.p, text.n, part.p, part.n) != NULL;
}

static void write_fields(struct buf *out, const struct alert_event *e)
{
    const struct alert_kind_row *kind = alert_kind_row(e->kind);

    buf_printf(out, "MESSAGE_ID=%s\nPRIORITY=%d\nSYSLOG_IDENTIFIER=mailfuse\n", kind->id,
               priority_of(e->severity));
    buf_printf(out, "MAILFUSE_ALERT=%s\nMAILFUSE_SEVERITY=%s\n", kind->name,
               conf_severity_name(e->severity));
    if (e->incident != 0)
        buf_printf(out, "MAILFUSE_INCIDENT=%u\n", e->incident);
    add_field(out, "MAILFUSE_SUBJECT", e->subject);
    add_field(out, "MAILFUSE_KEY", e->key);
    add_field(out, "MAILFUSE_STATE", e->state);
}

static bool to_journal(const char *path, const struct alert_line *l, struct slice line)
{
    struct buf out = buf_make(ENTRY_MAX);
    bool sent;

    buf_printf(&out, "MESSAGE=%.*s\n", SLICE_ARG(line));
    buf_add(&out, buf_slice(&l->fields));
    sent = send_to(path, buf_slice(&out));
    buf_done(&out);
    return sent;
}

static void to_syslog(const struct daemon *d, const char *path, int priority, struct slice line)
{
    struct buf out = buf_make(ENTRY_MAX);
    time_t now = (time_t)(d->now.ms / SECOND_MS);
    char stamp[32] = "";
    struct tm local;

    if (localtime_r(&now, &local) != NULL)
        (void)strftime(stamp, sizeof stamp, "%b %e %H:%M:%S", &local);
    buf_printf(&out, "<%d>%s mailfuse[%d]: %.*s", LOG_MAIL | priority, stamp, (int)getpid(),
               SLICE_ARG(line));
    (void)send_to(path, buf_slice(&out));
    buf_done(&out);
}

/* The settings say where; else the journal where standard error is that, or whatever there is. */
static void log_line(const struct daemon *d, const struct alert_line *l)
{
    struct slice where = slice_of(d->conf->daemon.alerts.log), line = buf_slice(&l->text);
    bool done = false;

    if (slice_skip(&where, SLICE("journal:")) || (where.n == 0 && d->journal))
        done = to_journal(where.n > 0 ? where.p : JOURNAL, l, line);
    else if (slice_skip(&where, SLICE("syslog:")) || where.n == 0)
        to_syslog(d, where.n > 0 ? where.p : SYSLOG, l->priority, line);
    if (!done || !d->journal)
        daemon_say(d, l->priority, "%.*s", SLICE_ARG(line));
}

void alerts_log_flush(struct alerts *a)
{
    if (a->line.waits)
        log_line(a->d, &a->line);
    buf_done(&a->line.text);
    buf_done(&a->line.fields);
    a->line = (struct alert_line){ 0 };
}

void alerts_log(struct alerts *a, const struct alert_event *e)
{
    alerts_log_flush(a);
    a->line = (struct alert_line){ .waits = true,
                                   .kind = e->kind,
                                   .priority = priority_of(e->severity),
                                   .incident = e->incident,
                                   .text = buf_make(TEXT_MAX),
                                   .fields = buf_make(ENTRY_MAX) };
    write_head(&a->line.text, e);
    a->line.words_at = a->line.text.n;
    escape_terminal(&a->line.text, slice_head_utf8(e->words, 1000));
    write_fields(&a->line.fields, e);
    if (!is_noted(e->kind))
        alerts_log_flush(a);
}

/* By whom and why, as far as the alert does not say that itself. Both are harmless already
 * (keep.c). */
static void add_note(struct alert_line *l, struct slice who, struct slice detail)
{
    struct slice words = slice_from(buf_slice(&l->text), l->words_at);
    bool by_hand = !slice_eq(who, SLICE("mailfuse"));

    detail = slice_head_utf8(detail, TEXT_MAX / 3);
    if (words.n > 0 && contains(detail, words)) { /* it says all of that, and more */
        l->text.n = l->words_at;
        buf_add(&l->text, detail);
        detail = SLICE("");
    } else if (detail.n > 0 && contains(words, detail)) {
        detail = SLICE("");
    }
    if (by_hand)
        buf_printf(&l->text, ", by %.*s", SLICE_ARG(slice_head_utf8(who, 200)));
    if (detail.n > 0)
        buf_printf(&l->text, "%s%.*s", by_hand ? ": " : "; ", SLICE_ARG(detail));
}

bool alerts_log_note(struct alerts *a, const struct store_entry *entry)
{
    struct alert_line *l = &a->line;

    if (!l->waits || l->incident != entry->incident || !is_noted_as(l->kind, entry->what))
        return false;
    add_note(l, entry->who, entry->detail);
    alerts_log_flush(a);
    return true;
}
