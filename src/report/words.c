#include "report/words.h"

#include "base/attributes.h"

#include "base/ban.h"

void words_number(struct buf *out, uint64_t n)
{
    char digits[32];
    size_t at = sizeof digits;
    unsigned places = 0;

    do {
        if (places > 0 && places % 3 == 0)
            digits[--at] = ',';
        digits[--at] = (char)('0' + n % 10);
        n /= 10;
        places++;
    } while (n > 0);
    buf_add(out, (struct slice){ digits + at, sizeof digits - at });
}

void words_count(struct buf *out, uint64_t n, const char *one, const char *many)
{
    words_number(out, n);
    buf_printf(out, " %s", n == 1 ? one : many);
}

void words_duration(struct buf *out, int64_t ms)
{
    static const struct {
        int64_t s;
        const char *name;
    } units[] = { { 86400, "d" }, { 3600, "h" }, { 60, "min" }, { 1, "s" } };
    int64_t s = ms > 0 ? ms / SECOND_MS : 0;
    size_t i = 0;

    while (i + 1 < COUNT(units) && s < units[i].s)
        i++;
    words_number(out, (uint64_t)(s / units[i].s));
    buf_printf(out, " %s", units[i].name);
    if (i + 1 < COUNT(units) && s % units[i].s / units[i + 1].s > 0)
        buf_printf(out, " %d %s", (int)(s % units[i].s / units[i + 1].s), units[i + 1].name);
}

void words_wait(struct buf *out, int64_t ms)
{
    if (ms < SECOND_MS)
        buf_add(out, SLICE("less than 1 s"));
    else
        words_duration(out, ms);
}

void words_delays(struct buf *out, const struct report_delays *d)
{
    enum { MILLION = 1000000, ENOUGH = 10000 }; /* messages that make a rate of it */

    if (d->messages == 0)
        buf_add(out, SLICE("None"));
    else
        words_number(out, d->messages);
    buf_add(out, SLICE(" of "));
    words_count(out, d->all, "message", "messages");
    buf_add(out, SLICE(" of those who were never locked would have been late"));
    if (d->messages > 0 && d->all >= ENOUGH)
        buf_printf(out, " (%.0f per million)", (double)d->messages * MILLION / (double)d->all);
    if (d->messages > 0) {
        buf_add(out, d->messages > 1 ? SLICE(", the longest by ") : SLICE(", by "));
        words_wait(out, d->longest_ms);
    }
    buf_add_char(out, '.');
}

void words_share(struct buf *out, uint64_t part, uint64_t whole)
{
    double percent = whole > 0 ? 100.0 * (double)part / (double)whole : 0;

    if (part == 0 || whole == 0)
        buf_add(out, SLICE("0%"));
    else if (percent < 0.1)
        buf_add(out, SLICE("less than 0.1%"));
    else if (part < whole && percent > 99.9)
        buf_add(out, SLICE("more than 99.9%"));
    else
        buf_printf(out, "%.*f%%", percent < 10 || (part < whole && percent >= 99) ? 1 : 0, percent);
}

const char *words_month(int month)
{
    static const char *const names[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

    return names[month - 1];
}

static void words_civil(struct buf *out, const struct civil *c, bool year, bool seconds)
{
    buf_printf(out, "%d %s ", c->day, words_month(c->month));
    if (year)
        buf_printf(out, "%d ", c->year);
    buf_printf(out, "%02d:%02d", c->hour, c->minute);
    if (seconds)
        buf_printf(out, ":%02d", c->second);
}

void words_time(struct buf *out, const struct report *r, struct wall at, bool seconds)
{
    struct civil c = wall_to_civil(at, report_offset(r, at));

    words_civil(out, &c, r->end.ms - r->start.ms > 334 * DAY_MS, seconds);
}

void words_period(struct buf *out, const struct report *r)
{
    struct civil from = wall_to_civil(r->start, report_offset(r, r->start));
    struct civil to = wall_to_civil(r->end, report_offset(r, r->end));

    words_civil(out, &from, from.year != to.year, false);
    buf_add(out, SLICE(" to "));
    words_civil(out, &to, from.year != to.year, false);
    if (from.year == to.year)
        buf_printf(out, " %d", to.year);
    buf_add(out, SLICE(" ("));
    words_duration(out, r->end.ms - r->start.ms);
    buf_add_char(out, ')');
}

void words_bytes(struct buf *out, uint64_t n)
{
    static const char *const units[] = { "bytes", "kB", "MB", "GB", "TB" };
    double scaled = (double)n;
    size_t i = 0;

    for (; i + 1 < COUNT(units) && scaled >= 999.5; i++)
        scaled /= 1000;
    buf_printf(out, "%.*f %s", i > 0 && scaled < 9.95 ? 1 : 0, scaled, units[i]);
}

void words_span(struct buf *out, const struct report *r, struct wall from, struct wall to)
{
    struct civil a = wall_to_civil(from, report_offset(r, from));
    struct civil b = wall_to_civil(to, report_offset(r, to));

    words_time(out, r, from, false);
    buf_add(out, SLICE(" to "));
    if (a.day == b.day && to.ms - from.ms < DAY_MS)
        buf_printf(out, "%02d:%02d", b.hour, b.minute);
    else
        words_time(out, r, to, false);
    buf_add(out, SLICE(", "));
    words_duration(out, to.ms - from.ms);
}

const char *words_subject(enum subject_kind kind)
{
    switch (kind) {
    case SUBJECT_RELAY:
        return "trusted relay";
    case SUBJECT_LAN:
        return "LAN host";
    case SUBJECT_LOCAL:
        return "local user";
    case SUBJECT_ACCOUNT:
    case SUBJECT_KINDS:
        break;
    }
    return "account";
}
