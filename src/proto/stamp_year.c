#include "proto/stamp_year.h"

#include "base/ban.h"

#define YEAR_SLACK_MS (30 * DAY_MS)

enum { YEAR_UNKNOWN = 2000, LEAP_YEARS_APART = 8 };

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

/* Compares on the clock of the last stamp's zone: that errs by hours, where the limits are days. */
bool stamp_year(const struct stamp_clock *clock, struct civil *c)
{
    int64_t offset_ms = (int64_t)clock->offset_s * SECOND_MS;
    int64_t floor_ms = clock->at.ms + offset_ms - YEAR_SLACK_MS;
    int64_t ceiling_ms = clock->newest.ms + offset_ms + DAY_MS;
    struct civil before;

    if (clock->at.ms == 0)
        return first_year(clock, c);
    if (!year_from(floor_ms, c))
        return false;
    before = *c;
    before.year--;
    if (clock->newest.ms != 0 && civil_ms(c) > ceiling_ms && civil_valid(&before))
        *c = before;
    return true;
}
