#include "proto/stamp.h"

#include "base/ban.h"

#define YEAR_SLACK_MS (30 * DAY_MS)

enum { YEAR_UNKNOWN = 2000, LEAP_YEARS_APART = 8 };

/* What precedes the fraction. */
struct base {
    struct civil local;
    bool has_year;
    enum stamp_form form;
    size_t n; /* bytes */
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

/* "03:04:05" */
static bool time_at(struct slice s, size_t at, struct civil *out)
{
    return at + 8 <= s.n && s.p[at + 2] == ':' && s.p[at + 5] == ':' &&
           number_at(s, at, 2, &out->hour) && number_at(s, at + 3, 2, &out->minute) &&
           number_at(s, at + 6, 2, &out->second);
}

/* 1..12, or 0. */
static int month_of(const char *p)
{
    static const char names[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

    for (int i = 0; i < 12; i++) {
        if (memcmp(p, names[i], 3) == 0)
            return i + 1;
    }
    return 0;
}

/* RFC 3164 section 4.1.2, and what is written in its name. */
static bool read_classic(struct slice s, struct base *out)
{
    size_t at = 4;
    bool padded = s.n > 4 && s.p[4] == ' ';

    if (s.n < 14 || s.p[3] != ' ' || (out->local.month = month_of(s.p)) == 0)
        return false;
    if (!padded && number_at(s, at, 2, &out->local.day))
        at += 2;
    else if (number_at(s, at + padded, 1, &out->local.day))
        at += 1 + padded;
    else
        return false;
    if (s.p[at++] != ' ')
        return false;
    out->has_year = number_at(s, at, 4, &out->local.year) && at + 4 < s.n && s.p[at + 4] == ' ';
    at += out->has_year ? 5 : 0;
    out->n = at + 8;
    return time_at(s, at, &out->local);
}

/* RFC 3339 section 5.6; a blank may stand for the "T". */
static bool read_rfc3339(struct slice s, struct base *out)
{
    out->form = STAMP_RFC3339;
    out->has_year = true;
    out->n = 19;
    return s.n >= 19 && s.p[4] == '-' && s.p[7] == '-' && (s.p[10] == 'T' || s.p[10] == ' ') &&
           number_at(s, 0, 4, &out->local.year) && number_at(s, 5, 2, &out->local.month) &&
           number_at(s, 8, 2, &out->local.day) && time_at(s, 11, &out->local);
}

/* "20/Jun/2022:13:09:14", as web servers write it. */
static bool read_ncsa(struct slice s, struct base *out)
{
    out->form = STAMP_NCSA;
    out->has_year = true;
    out->n = 20;
    return s.n >= 20 && s.p[2] == '/' && s.p[6] == '/' && s.p[11] == ':' &&
           number_at(s, 0, 2, &out->local.day) && (out->local.month = month_of(s.p + 3)) != 0 &&
           number_at(s, 7, 4, &out->local.year) && time_at(s, 12, &out->local);
}

/* "1795316645": ten digits, from the year 2001 on. */
static bool read_epoch(struct slice s, struct base *out)
{
    uint64_t seconds;

    if (digit_at(s, 10) || !slice_to_u64(slice_head(s, 10), &seconds) || seconds < 1000000000)
        return false;
    out->local = wall_to_civil((struct wall){ (int64_t)seconds * SECOND_MS }, 0);
    out->form = STAMP_EPOCH;
    out->has_year = true;
    out->n = 10;
    return true;
}

static int64_t civil_ms(const struct civil *c)
{
    return civil_to_wall(c, 0).ms;
}

/* The first of two years in which the date exists and is not before `floor_ms`. */
static bool year_from(int64_t floor_ms, struct civil *c)
{
    int first = wall_to_civil((struct wall){ floor_ms }, 0).year;

    for (c->year = first; c->year <= first + 1; c->year++) {
        if (civil_valid(c) && civil_ms(c) >= floor_ms)
            return true;
    }
    return false;
}

/* The last year in which the date exists and is not after `ceiling_ms`. */
static bool year_until(int64_t ceiling_ms, struct civil *c)
{
    int last = wall_to_civil((struct wall){ ceiling_ms }, 0).year;

    for (c->year = last; c->year >= last - LEAP_YEARS_APART; c->year--) {
        if (civil_valid(c) && civil_ms(c) <= ceiling_ms)
            return true;
    }
    return false;
}

static bool first_year(const struct stamp_clock *clock, struct civil *c)
{
    struct civil january = { .year = clock->first_year, .month = 1, .day = 1 };

    if (january.year == 0 && clock->newest.ms != 0)
        return year_until(clock->newest.ms + DAY_MS, c);
    if (january.year == 0)
        january.year = YEAR_UNKNOWN;
    return year_from(civil_ms(&january), c);
}

/* Put the year into `c`; false when the date exists in none that it could be. Compares on the clock
 * of the last stamp's zone: that errs by hours, where the limits are days. */
static bool infer_year(const struct stamp_clock *clock, struct civil *c)
{
    int64_t offset_ms = (int64_t)clock->offset_s * SECOND_MS;
    int64_t floor_ms = clock->at.ms + offset_ms - YEAR_SLACK_MS;
    int64_t ceiling_ms = clock->newest.ms != 0 ? clock->newest.ms + offset_ms + DAY_MS : INT64_MAX;
    struct civil before;

    if (clock->at.ms == 0)
        return first_year(clock, c);
    c->year = clock->year; /* nearly always */
    if (civil_valid(c) && civil_ms(c) >= floor_ms && civil_ms(c) < floor_ms + 365 * DAY_MS &&
        civil_ms(c) <= ceiling_ms)
        return true;
    if (!year_from(floor_ms, c))
        return false;
    before = *c;
    before.year--;
    if (civil_ms(c) > ceiling_ms && civil_valid(&before))
        *c = before;
    return true;
}

static bool read_form(struct slice s, struct base *out)
{
    *out = (struct base){ .form = STAMP_CLASSIC };
    if (!digit_at(s, 0))
        return read_classic(s, out);
    return read_rfc3339(s, out) || read_epoch(s, out) || read_ncsa(s, out);
}

/* Read what precedes the fraction into `clock->text`. */
static enum stamp_got read_text(struct stamp_clock *clock, struct slice s)
{
    struct base base;

    if (!read_form(s, &base))
        return STAMP_NONE;
    if (base.has_year ? !civil_valid(&base.local) : !infer_year(clock, &base.local))
        return STAMP_BAD;
    memcpy(clock->text, s.p, base.n);
    clock->text_n = base.n;
    clock->text_form = base.form;
    clock->text_local_ms = civil_ms(&base.local);
    clock->text_year = base.local.year;
    return STAMP_OK;
}

/* True when `s` begins with the text of the last stamp. Only the two common lengths: for those the
 * comparison is a few instructions. */
static bool same_text(const struct stamp_clock *clock, struct slice s)
{
    if (clock->text_n == 15)
        return s.n >= 15 && memcmp(s.p, clock->text, 15) == 0;
    return clock->text_n == 19 && s.n >= 19 && memcmp(s.p, clock->text, 19) == 0;
}

/* ".123456": milliseconds; the digits after them are of no use. */
static int read_fraction(struct slice *s)
{
    size_t n = 1;
    int ms = 0;

    if (s->n < 2 || (s->p[0] != '.' && s->p[0] != ',') || !digit_at(*s, 1))
        return 0;
    for (int unit = 100; digit_at(*s, n); n++, unit /= 10)
        ms += unit * (s->p[n] - '0');
    *s = slice_from(*s, n);
    return ms;
}

/* "Z", "+01:00", "-0330". False for an offset of no clock; without one `*known` is false. */
static bool read_offset(struct slice *s, int32_t *offset_s, bool *known)
{
    size_t colon;
    int hours, minutes;

    *known = s->n > 0 && (s->p[0] == 'Z' || s->p[0] == '+' || s->p[0] == '-');
    if (!*known)
        return true;
    if (s->p[0] == 'Z') {
        *offset_s = 0;
        *s = slice_from(*s, 1);
        return true;
    }
    colon = s->n > 3 && s->p[3] == ':';
    if (!number_at(*s, 1, 2, &hours) || !number_at(*s, 3 + colon, 2, &minutes) || hours > 23 ||
        minutes > 59)
        return false;
    *offset_s = (s->p[0] == '-' ? -60 : 60) * (hours * 60 + minutes);
    *s = slice_from(*s, 5 + colon);
    return true;
}

static int32_t zone_offset(struct stamp_clock *clock)
{
    int64_t hour = clock->text_local_ms / HOUR_MS + 1;
    struct civil local;

    if (clock->zone == NULL)
        return 0;
    if (hour != clock->hour) {
        local = wall_to_civil((struct wall){ clock->text_local_ms }, 0);
        clock->hour_offset_s = clock->zone(clock->zone_ctx, &local);
        clock->hour = hour;
    }
    return clock->hour_offset_s;
}

static void advance(struct stamp_clock *clock, struct wall at)
{
    clock->backwards += clock->at.ms != 0 && at.ms < clock->at.ms - STAMP_SLACK_MS;
    clock->future += clock->newest.ms != 0 && at.ms > clock->newest.ms + DAY_MS;
    clock->at = at;
    clock->year = clock->text_year;
}

enum stamp_got stamp_parse(struct stamp_clock *clock, struct slice *rest, struct wall *out)
{
    enum stamp_got got = same_text(clock, *rest) ? STAMP_OK : read_text(clock, *rest);
    int32_t offset_s = 0;
    bool known = clock->text_form == STAMP_EPOCH;
    struct slice s;
    int milli;

    if (got != STAMP_OK)
        return got;
    s = slice_from(*rest, clock->text_n);
    milli = read_fraction(&s);
    if (clock->text_form == STAMP_NCSA)
        slice_skip(&s, SLICE(" "));
    if (clock->text_form >= STAMP_RFC3339 && !read_offset(&s, &offset_s, &known))
        return STAMP_BAD;
    if (s.n > 0 && s.p[0] != ' ')
        return STAMP_NONE;
    clock->offset_s = known ? offset_s : zone_offset(clock);
    clock->offset_known = known;
    out->ms = clock->text_local_ms + milli - (int64_t)clock->offset_s * SECOND_MS;
    advance(clock, *out);
    *rest = slice_from(s, s.n > 0);
    return STAMP_OK;
}
