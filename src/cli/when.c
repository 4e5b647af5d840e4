#include "cli/when.h"

#include "base/ban.h"

struct zoned {
    stamp_zone *zone;
    void *ctx;
};

static int32_t offset_of(const struct zoned *z, const struct civil *local)
{
    return z->zone != NULL ? z->zone(z->ctx, local) : 0;
}

/* The date and time of day of `at` on the clocks of the zone. The zone is asked by local time, so
 * the answer is found by trying: the second try is right but for the hour of a change. */
static struct civil local_of(const struct zoned *z, struct wall at)
{
    struct civil local = wall_to_civil(at, 0);

    for (int i = 0; i < 2; i++)
        local = wall_to_civil(at, offset_of(z, &local));
    return local;
}

/* 0:00 of the day `days` after that of `now`. */
static struct wall midnight(const struct zoned *z, struct wall now, int days)
{
    struct civil local = local_of(z, now);
    struct civil day = { .year = local.year, .month = local.month, .day = local.day };

    day = wall_to_civil((struct wall){ civil_to_wall(&day, 0).ms + days * DAY_MS }, 0);
    return civil_to_wall(&day, offset_of(z, &day));
}

static bool word(struct slice s, const struct zoned *z, struct wall now, struct wall *out)
{
    if (slice_eq(s, SLICE("now")))
        *out = now;
    else if (slice_eq(s, SLICE("today")))
        *out = midnight(z, now, 0);
    else if (slice_eq(s, SLICE("yesterday")))
        *out = midnight(z, now, -1);
    else if (slice_eq(s, SLICE("tomorrow")))
        *out = midnight(z, now, 1);
    else
        return false;
    return true;
}

/* The unit at the front of `*s`; 0 when there is none. */
static int64_t take_unit(struct slice *s)
{
    static const struct unit {
        char letter;
        int64_t ms;
    } units[] = {
        { 's', SECOND_MS }, { 'm', MINUTE_MS },  { 'h', HOUR_MS },
        { 'd', DAY_MS },    { 'w', 7 * DAY_MS },
    };

    for (size_t i = 0; s->n > 0 && i < COUNT(units); i++) {
        if (s->p[0] == units[i].letter) {
            *s = slice_from(*s, 1);
            return units[i].ms;
        }
    }
    return 0;
}

/* "1h30m", "3d", "3d ago" */
static bool span(struct slice s, struct wall now, struct wall *out)
{
    int64_t total = 0;

    if (slice_ends(s, SLICE(" ago")))
        s.n -= 4;
    if (s.n == 0)
        return false;
    while (s.n > 0) {
        size_t digits = 0;
        uint64_t count;
        int64_t unit;

        while (digits < s.n && s.p[digits] >= '0' && s.p[digits] <= '9')
            digits++;
        if (digits > 9 || !slice_to_u64(slice_head(s, digits), &count))
            return false;
        s = slice_from(s, digits);
        unit = take_unit(&s);
        if (unit == 0)
            return false;
        total += total <= now.ms ? (int64_t)count * unit : 0;
    }
    out->ms = total < now.ms ? now.ms - total : 0;
    return true;
}

/* `n` digits at the front, no more and no fewer. */
static bool take_number(struct slice *s, size_t n, int *out)
{
    uint64_t value;

    if (s->n < n || !slice_to_u64(slice_head(*s, n), &value))
        return false;
    *out = (int)value;
    *s = slice_from(*s, n);
    return true;
}

/* "2026-11-22" */
static bool take_date(struct slice *s, struct civil *out)
{
    return take_number(s, 4, &out->year) && slice_skip(s, SLICE("-")) &&
           take_number(s, 2, &out->month) && slice_skip(s, SLICE("-")) &&
           take_number(s, 2, &out->day);
}

/* "10:00", "10:00:30" */
static bool take_clock(struct slice *s, struct civil *out)
{
    return take_number(s, 2, &out->hour) && slice_skip(s, SLICE(":")) &&
           take_number(s, 2, &out->minute) &&
           (!slice_skip(s, SLICE(":")) || take_number(s, 2, &out->second));
}

static bool date_and_clock(struct slice s, const struct zoned *z, struct wall now, struct wall *out)
{
    struct slice rest = s;
    struct civil local = { 0 }, today = local_of(z, now);

    if (take_date(&rest, &local)) {
        if (rest.n > 0 && !((slice_skip(&rest, SLICE("T")) || slice_skip(&rest, SLICE(" "))) &&
                            take_clock(&rest, &local)))
            return false;
    } else {
        rest = s;
        local = (struct civil){ .year = today.year, .month = today.month, .day = today.day };
        if (!take_clock(&rest, &local))
            return false;
    }
    if (rest.n > 0 || !civil_valid(&local))
        return false;
    *out = civil_to_wall(&local, offset_of(z, &local));
    return true;
}

/* RFC 3339 as log lines have it, with fraction and offset. */
static bool full_stamp(struct slice s, const struct zoned *z, struct wall *out)
{
    struct stamp_clock clock = { .zone = z->zone, .zone_ctx = z->ctx };
    struct wall at;

    if (s.n < 19 || stamp_parse(&clock, &s, &at) != STAMP_OK || s.n > 0 || at.ms <= 0)
        return false;
    *out = at;
    return true;
}

bool when_parse(struct slice text, struct wall now, stamp_zone *zone, void *zone_ctx,
                struct wall *out)
{
    struct zoned z = { zone, zone_ctx };
    struct slice s = slice_trim(text);

    return word(s, &z, now, out) || full_stamp(s, &z, out) || date_and_clock(s, &z, now, out) ||
           span(s, now, out);
}
