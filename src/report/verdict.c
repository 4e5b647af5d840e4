#include "report/verdict.h"

#include "report/words.h"

#include "base/ban.h"

/* Messages that are still held when the log ends, though nobody was locked. */
static uint64_t verdict_held(const struct report *r)
{
    uint64_t messages = 0;

    for (size_t i = 0; i < r->fuses_n; i++)
        messages += r->fuses[i].tripped ? 0 : r->fuses[i].messages_after;
    for (size_t i = 0; i < r->watch_n; i++)
        messages += r->watch[i].messages_after;
    return messages;
}

/* Who was asked for does not occur: that says nothing good of them. */
static bool verdict_nobody(const struct report *r)
{
    if (r->asked.n > 0)
        return r->fuses_n == 0;
    return r->asked_client.n > 0 && r->accounts_n + r->brutes_n + r->fuses_n + r->watch_n == 0;
}

enum verdict verdict_of(const struct report *r)
{
    if (r->lines.understood == 0 || verdict_nobody(r))
        return VERDICT_NOTHING_READ;
    if (r->fuses_n > 0 && r->fuses[0].tripped)
        return VERDICT_TRIPPED;
    if (r->holds_n > 0 || verdict_held(r) > 0)
        return VERDICT_HELD;
    return r->watch_n > 0 ? VERDICT_WATCH : VERDICT_CALM;
}

/* "2 accounts, 1 trusted relay and 1 LAN host": of the fuses that tripped, or of the others. */
static void verdict_who(struct buf *out, const struct report_fuse *fuses, size_t n, bool tripped)
{
    uint64_t counts[SUBJECT_KINDS] = { 0 };
    size_t left = 0;
    bool first = true;

    for (size_t i = 0; i < n; i++)
        if (fuses[i].tripped == tripped)
            counts[fuses[i].kind]++;
    for (size_t kind = 0; kind < SUBJECT_KINDS; kind++)
        left += counts[kind] > 0;
    for (size_t kind = 0; kind < SUBJECT_KINDS; kind++) {
        const char *name = words_subject((enum subject_kind)kind);

        if (counts[kind] == 0)
            continue;
        left--;
        buf_add(out, first ? SLICE("") : left > 0 ? SLICE(", ") : SLICE(" and "));
        words_number(out, counts[kind]);
        buf_printf(out, " %s%s", name, counts[kind] == 1 ? "" : "s");
        first = false;
    }
}

/* ": 3,424 messages to 68,480 recipients, of which 99.6 % would have been stopped". */
static void verdict_damage(struct buf *out, const struct report *r)
{
    uint64_t messages = 0, recipients = 0, stopped = 0, tries = 0;

    for (size_t i = 0; i < r->fuses_n && r->fuses[i].tripped; i++) {
        const struct report_fuse *f = &r->fuses[i];

        if (f->kind == SUBJECT_LAN) {
            tries += f->messages_before + f->messages_after;
            continue;
        }
        messages += f->messages_before + f->messages_after;
        recipients += f->recipients_before + f->recipients_after;
        stopped += f->recipients_after;
    }
    buf_add(out, SLICE(": "));
    if (messages > 0) {
        words_count(out, messages, "message", "messages");
        buf_add(out, SLICE(" to "));
        words_count(out, recipients, "recipient", "recipients");
        buf_add(out, SLICE(", of which "));
        words_share(out, stopped, recipients);
        buf_add(out, SLICE(" would have been stopped"));
    }
    if (tries > 0) {
        buf_add(out, messages > 0 ? SLICE(", and ") : SLICE(""));
        words_count(out, tries, "connection", "connections");
        buf_add(out, SLICE(" past this server"));
    }
}

/* "The account a@b.test was abused from .. to ..", or "is being abused since .." when the abuse
 * goes on until the end of the log. */
static void verdict_one(struct buf *out, const struct report *r, const struct report_fuse *f)
{
    bool goes_on = r->end.ms - f->last_abuse.ms < HOUR_MS;

    buf_printf(out, "The %s ", words_subject(f->kind));
    buf_add(out, f->name);
    buf_add(out, goes_on ? SLICE(" is being abused since ") : SLICE(" was abused from "));
    words_time(out, r, f->first_abuse, false);
    if (!goes_on) {
        buf_add(out, SLICE(" to "));
        words_time(out, r, f->last_abuse, false);
    }
}

static void verdict_tripped(struct buf *out, const struct report *r)
{
    size_t tripped = 0;

    while (tripped < r->fuses_n && r->fuses[tripped].tripped)
        tripped++;
    if (tripped == 1) {
        verdict_one(out, r, &r->fuses[0]);
    } else {
        verdict_who(out, r->fuses, tripped, true);
        buf_add(out, SLICE(" were abused"));
    }
    verdict_damage(out, r);
    buf_add_char(out, '.');
}

/* Nobody was locked, but some mail would have waited. */
static void verdict_waited(struct buf *out, const struct report *r)
{
    uint64_t held = verdict_held(r);

    buf_add(out, SLICE("No fuse would have tripped, but "));
    if (r->delays.messages > 0) {
        words_count(out, r->delays.messages, "message", "messages");
        buf_add(out, SLICE(" would have been late, by "));
        buf_add(out, r->delays.messages > 1 ? SLICE("at most ") : SLICE(""));
        words_wait(out, r->delays.longest_ms);
    }
    if (held > 0) {
        buf_add(out, r->delays.messages > 0 ? SLICE("; ") : SLICE(""));
        words_count(out, held, "message", "messages");
        buf_add(out, SLICE(" would be held when the log ends"));
    }
    buf_add_char(out, '.');
}

/* Of somebody who was asked for. */
static void verdict_asked(struct buf *out, const struct report *r)
{
    const struct report_fuse *f = &r->fuses[0];

    if (f->held_from.ms == 0) {
        buf_printf(out, "Too little is against the %s ", words_subject(f->kind));
        buf_add(out, f->name);
        buf_add(out, SLICE(" to hold mail."));
        return;
    }
    buf_printf(out, "The mail of the %s ", words_subject(f->kind));
    buf_add(out, f->name);
    buf_add(out, SLICE(" would have been watched from "));
    words_time(out, r, f->held_from, false);
    buf_add(out, SLICE(", but none of it would have been late."));
}

/* "of the host mx1 and of the time that was asked for" */
static void verdict_lines(struct buf *out, const struct report *r)
{
    if (r->log_host.n > 0)
        buf_printf(out, "of the host %.*s", SLICE_ARG(r->log_host));
    if (r->some_time)
        buf_printf(out, "%sof the time that was asked for", r->log_host.n > 0 ? " and " : "");
}

static void verdict_nothing(struct buf *out, const struct report *r)
{
    bool some = r->log_host.n > 0 || r->some_time;

    if (r->lines.understood > 0) {
        buf_add(out, SLICE("The log tells nothing about the "));
        if (r->asked.n > 0)
            buf_printf(out, "%s %.*s.",
                       r->asked_kind == SUBJECT_RELAY ? "host" : words_subject(r->asked_kind),
                       SLICE_ARG(r->asked));
        else
            buf_printf(out, "client %.*s.", SLICE_ARG(r->asked_client));
        return;
    }
    buf_add(out, SLICE("Nothing to judge: "));
    if (r->lines.all == 0 && r->lines.files == 0) {
        buf_add(out, SLICE("no line was read."));
    } else if (some && r->start.ms == 0) {
        buf_add(out, SLICE("no line is "));
        verdict_lines(out, r);
        buf_add_char(out, '.');
    } else if (some) {
        buf_add(out, SLICE("no line "));
        verdict_lines(out, r);
        buf_add(out, SLICE(" is about mail."));
    } else {
        buf_add(out, SLICE("of "));
        words_count(out, r->lines.all, "line", "lines");
        buf_add(out, SLICE(" none is about mail."));
    }
}

void verdict_add(struct buf *out, const struct report *r)
{
    switch (verdict_of(r)) {
    case VERDICT_TRIPPED:
        verdict_tripped(out, r);
        return;
    case VERDICT_HELD:
        verdict_waited(out, r);
        return;
    case VERDICT_WATCH:
        buf_add(out, SLICE("No fuse would have tripped; worth watching: "));
        verdict_who(out, r->watch, r->watch_n, false);
        buf_add_char(out, '.');
        return;
    case VERDICT_CALM:
        if (r->fuses_n > 0) {
            verdict_asked(out, r);
            return;
        }
        buf_add(out, SLICE("Nothing found: nobody "));
        if (r->asked_client.n > 0)
            buf_printf(out, "who came from %.*s ", SLICE_ARG(r->asked_client));
        buf_add(out, SLICE("behaved as if their login, host or script were abused."));
        return;
    case VERDICT_NOTHING_READ:
        verdict_nothing(out, r);
        return;
    }
}
