#include "proto/journal_entry.h"

#include "base/ban.h"

void journal_entry_clear(struct journal_entry *e)
{
    e->at.ms = 0;
    e->pid_n = 0;
    e->pid_is_sure = e->named = e->has_message = e->cut = false;
    e->host.n = e->program.n = e->message_n = 0;
}

static void set_name(struct journal_name *name, struct slice value)
{
    name->n = value.n < JOURNAL_NAME_MAX ? value.n : JOURNAL_NAME_MAX;
    if (name->n > 0)
        memcpy(name->p, value.p, name->n);
}

static void set_message(struct journal_entry *e, struct slice value)
{
    e->has_message = true;
    e->cut = value.n >= JOURNAL_MESSAGE_MAX;
    e->message_n = e->cut ? JOURNAL_MESSAGE_MAX : value.n;
    if (e->message_n > 0)
        memcpy(e->message, value.p, e->message_n);
}

/* Microseconds since 1970. */
static void set_time(struct journal_entry *e, struct slice value)
{
    static const uint64_t year_10000_us = 253402300800000000U;
    uint64_t us;

    if (slice_to_u64(value, &us) && us > 0 && us < year_10000_us)
        e->at.ms = (int64_t)(us / 1000);
}

static void set_pid(struct journal_entry *e, struct slice value, bool sure)
{
    uint64_t pid;

    if ((e->pid_is_sure && !sure) || value.n > sizeof e->pid || !slice_to_u64(value, &pid))
        return;
    memcpy(e->pid, value.p, value.n);
    e->pid_n = (uint8_t)value.n;
    e->pid_is_sure = sure;
}

static void set_program(struct journal_entry *e, struct slice value, bool named)
{
    if (e->named && !named)
        return;
    set_name(&e->program, value);
    e->named = named;
}

void journal_entry_set(struct journal_entry *e, struct slice name, struct slice value)
{
    if (slice_eq(name, SLICE("MESSAGE")))
        set_message(e, value);
    else if (slice_eq(name, SLICE("__REALTIME_TIMESTAMP")))
        set_time(e, value);
    else if (slice_eq(name, SLICE("_HOSTNAME")))
        set_name(&e->host, value);
    else if (slice_eq(name, SLICE("SYSLOG_IDENTIFIER")))
        set_program(e, value, true);
    else if (slice_eq(name, SLICE("_COMM")))
        set_program(e, value, false);
    else if (slice_eq(name, SLICE("SYSLOG_PID")))
        set_pid(e, value, true);
    else if (slice_eq(name, SLICE("_PID")))
        set_pid(e, value, false);
}

enum logline_got journal_entry_line(const struct journal_entry *e, struct logline *out)
{
    if (e->at.ms == 0)
        return LOGLINE_NO_TIME;
    out->at = e->at;
    if (e->program.n == 0 || !e->has_message)
        return LOGLINE_NO_FRAME;
    out->host = (struct slice){ e->host.p, e->host.n };
    out->program = (struct slice){ e->program.p, e->program.n };
    out->pid = (struct slice){ e->pid, e->pid_n };
    out->text = (struct slice){ e->message, e->message_n };
    return LOGLINE_OK;
}
