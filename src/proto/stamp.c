#include "proto/stamp.h"

#include "proto/stamp_year.h"

#include "base/ban.h"

/* A stamp up to the colon after its hour. */
struct head {
    struct civil local;
    bool has_year, may_have_offset;
    size_t n; /* bytes, with the colon */
};

static bool digit_at(struct slice s, size_t at)
{
    return at < s.n && (unsigned char)(s.p[at] - '0') <= 9;
}

/* `count` digits at `at`. */
static bool number_at(struct slice s, size_t at, size_t count, int *out)
{
    int value = 0;

    for (size_t i = at; i < at + count; i++) {
        if (!digit_at(s, i))
            return false;
        value = value * 10 + (s.p[i] - '0');
    }
    *out = value;
    return true;
}

static bool char_at(struct slice s, size_t at, char c)
{
    return at < s.n && s.p[at] == c;
}

/* 1..12, or false. */
static bool month_at(struct slice s, size_t at, int *out)
{
    static const char names[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

    for (int i = 0; at + 3 <= s.n && i < 12; i++) {
        if (memcmp(s.p + at, names[i], 3) == 0) {
            *out = i + 1;
            return true;
        }
    }
    return false;
}

/* "03:" */
static bool hour_at(struct slice s, size_t at, struct head *out)
{
    out->n = at + 3;
    return number_at(s, at, 2, &out->local.hour) && char_at(s, at + 2, ':');
}

/* "Nov 22 03:": RFC 3164 section 4.1.2, and what is written in its name. */
static bool read_classic(struct slice s, struct head *out)
{
    size_t at = char_at(s, 4, ' ') ? 5 : 4;

    if (!month_at(s, 0, &out->local.month) || !char_at(s, 3, ' '))
        return false;
    if (at == 4 && number_at(s, 4, 2, &out->local.day))
        at = 6;
    else if (number_at(s, at, 1, &out->local.day))
        at++;
    else
        return false;
    if (!char_at(s, at++, ' '))
        return false;
    out->has_year = number_at(s, at, 4, &out->local.year) && char_at(s, at + 4, ' ');
    return hour_at(s, out->has_year ? at + 5 : at, out);
}

/* "2026-11-22T03:": RFC 3339 section 5.6; a blank may stand for the "T". */
static bool read_rfc3339(struct slice s, struct head *out)
{
    out->has_year = out->may_have_offset = true;
    return number_at(s, 0, 4, &out->local.year) && char_at(s, 4, '-') &&
           number_at(s, 5, 2, &out->local.month) && char_at(s, 7, '-') &&
           number_at(s, 8, 2, &out->local.day) && (char_at(s, 10, 'T') || char_at(s, 10, ' ')) &&
           hour_at(s, 11, out);
}

/* "22/Nov/2026:03:", as web servers write it. */
static bool read_ncsa(struct slice s, struct head *out)
{
    out->has_year = out->may_have_offset = true;
    return number_at(s, 0, 2, &out->local.day) && char_at(s, 2, '/') &&
           month_at(s, 3, &out->local.month) && char_at(s, 6, '/') &&
           number_at(s, 7, 4, &out->local.year) && char_at(s, 11, ':') && hour_at(s, 12, out);
}

/* Read the front of the stamp into `clock->text`. */
static enum stamp_got read_head(struct stamp_clock *clock, struct slice s)
{
    struct head head = { 0 };

    if (!digit_at(s, 0) ? !read_classic(s, &head) : !read_rfc3339(s, &head) && !read_ncsa(s, &head))
        return STAMP_NONE;
    if (head.has_year ? !civil_valid(&head.local) : !stamp_year(clock, &head.local))
        return STAMP_BAD;
    memcpy(clock->text, s.p, head.n);
    clock->text_n = head.n;
    clock->text_local_ms = civil_to_wall(&head.local, 0).ms;
    clock->text_offset = head.may_have_offset;
    clock->zone_asked = false;
    return STAMP_OK;
}

/* True when `s` begins as the last stamp did, up to the hour. The length is that of RFC 3339 or of
 * classic syslog nearly always: with a constant, the comparison is two instructions. */
static bool same_hour(const struct stamp_clock *clock, struct slice s)
{
    if (s.n < clock->text_n)
        return false;
    if (clock->text_n == 14)
        return memcmp(s.p, clock->text, 14) == 0;
    if (clock->text_n == 10)
        return memcmp(s.p, clock->text, 10) == 0;
    return clock->text_n > 0 && memcmp(s.p, clock->text, clock->text_n) == 0;
}

/* ".123456": milliseconds; further digits are of no use. */
static int read_fraction(struct slice *s)
{
    static const int units[] = { 100, 10, 1 };
    int ms = 0;
    size_t n = 1;

    if (!(char_at(*s, 0, '.') || char_at(*s, 0, ',')) || !digit_at(*s, 1))
        return 0;
    for (; digit_at(*s, n); n++)
        ms += n <= COUNT(units) ? units[n - 1] * (s->p[n] - '0') : 0;
    *s = slice_from(*s, n);
    return ms;
}

/* "04:05" and a fraction: minutes and seconds, in ms. */
static enum stamp_got read_minutes(struct slice *s, int64_t *ms)
{
    int minute, second;

    if (!number_at(*s, 0, 2, &minute) || !char_at(*s, 2, ':') || !number_at(*s, 3, 2, &second))
        return STAMP_NONE;
    if (minute > 59 || second > 60)
        return STAMP_BAD;
    *s = slice_from(*s, 5);
    *ms = minute * MINUTE_MS + second * SECOND_MS + read_fraction(s);
    return STAMP_OK;
}

/* "Z", "+01:00", "-0330"; NCSA puts a blank in front. False for an offset of no clock; without one,
 * `*known` is false. */
static bool read_offset(struct slice *s, int32_t *offset_s, bool *known)
{
    size_t at = char_at(*s, 0, ' ') && (char_at(*s, 1, '+') || char_at(*s, 1, '-'));
    bool east = char_at(*s, at, '+');
    size_t colon;
    int hours, minutes;

    *known = true;
    *offset_s = 0;
    if (slice_skip(s, SLICE("Z")))
        return true;
    *known = east || char_at(*s, at, '-');
    if (!*known)
        return true;
    colon = char_at(*s, at + 3, ':');
    if (!number_at(*s, at + 1, 2, &hours) || !number_at(*s, at + 3 + colon, 2, &minutes) ||
        hours > 23 || minutes > 59)
        return false;
    *offset_s = (east ? 60 : -60) * (hours * 60 + minutes);
    *s = slice_from(*s, at + 5 + colon);
    return true;
}

static int32_t zone_offset(struct stamp_clock *clock)
{
    struct civil local;

    if (clock->zone == NULL)
        return 0;
    if (!clock->zone_asked) {
        local = wall_to_civil((struct wall){ clock->text_local_ms }, 0);
        clock->zone_s = clock->zone(clock->zone_ctx, &local);
        clock->zone_asked = true;
    }
    return clock->zone_s;
}

/* The last step: what follows must be a blank or the end. */
static enum stamp_got advance(struct stamp_clock *clock, struct slice s, int64_t ms,
                              struct slice *rest, struct wall *out)
{
    if (s.n > 0 && s.p[0] != ' ')
        return STAMP_NONE;
    clock->backwards += clock->at.ms != 0 && ms < clock->at.ms - STAMP_SLACK_MS;
    clock->is_future = clock->newest.ms != 0 && ms > clock->newest.ms + DAY_MS;
    clock->future += clock->is_future;
    clock->at.ms = out->ms = ms;
    *rest = slice_from(s, s.n > 0);
    return STAMP_OK;
}

/* "1795316645.123": ten digits, that is from the year 2001 on. */
static enum stamp_got parse_epoch(struct stamp_clock *clock, struct slice *rest, struct wall *out)
{
    struct slice s = *rest;
    uint64_t seconds;
    int64_t ms;

    if (!slice_to_u64(slice_head(s, 10), &seconds) || seconds < 1000000000)
        return STAMP_NONE;
    s = slice_from(s, 10);
    ms = (int64_t)seconds * SECOND_MS + read_fraction(&s);
    return advance(clock, s, ms, rest, out);
}

enum stamp_got stamp_parse(struct stamp_clock *clock, struct slice *rest, struct wall *out)
{
    enum stamp_got got = same_hour(clock, *rest) ? STAMP_OK : read_head(clock, *rest);
    bool known = false;
    int32_t offset_s;
    struct slice s;
    int64_t ms;

    if (got != STAMP_OK)
        return got == STAMP_NONE ? parse_epoch(clock, rest, out) : got;
    s = slice_from(*rest, clock->text_n);
    got = read_minutes(&s, &ms);
    if (got != STAMP_OK)
        return got;
    if (clock->text_offset && !read_offset(&s, &offset_s, &known))
        return STAMP_BAD;
    if (!known)
        offset_s = zone_offset(clock);
    ms += clock->text_local_ms - (int64_t)offset_s * SECOND_MS;
    got = advance(clock, s, ms, rest, out);
    if (got == STAMP_OK) {
        clock->offset_s = offset_s;
        clock->offset_known = known;
    }
    return got;
}
