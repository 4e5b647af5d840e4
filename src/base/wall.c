#include "base/wall.h"

#include <stdio.h>

#include "base/ban.h"

int64_t civil_days(int year, int month, int day)
{
    int64_t y = year - (month <= 2);
    int64_t era = y / 400;
    int64_t of_era = y - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1; /* from 1 March */

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

struct wall civil_to_wall(const struct civil *civil, int32_t offset_s)
{
    int64_t hours = civil_days(civil->year, civil->month, civil->day) * 24 + civil->hour;
    int64_t s = (hours * 60 + civil->minute) * 60 + civil->second - offset_s;

    return (struct wall){ s * 1000 + civil->milli };
}

struct civil wall_to_civil(struct wall at, int32_t offset_s)
{
    int64_t ms = at.ms + (int64_t)offset_s * 1000;
    int64_t days = ms / DAY_MS - (ms % DAY_MS < 0);
    int in_day = (int)(ms - days * DAY_MS);
    int64_t z = days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t of_era = z - era * 146097;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int of_year = (int)(of_era - (365 * year + year / 4 - year / 100));
    int shifted = (5 * of_year + 2) / 153; /* 0 is March */
    int month = shifted < 10 ? shifted + 3 : shifted - 9;

    return (struct civil){
        .year = (int)(year + era * 400) + (month <= 2),
        .month = month,
        .day = of_year - (153 * shifted + 2) / 5 + 1,
        .hour = in_day / HOUR_MS,
        .minute = in_day / MINUTE_MS % 60,
        .second = in_day / SECOND_MS % 60,
        .milli = in_day % SECOND_MS,
    };
}

bool civil_valid(const struct civil *c)
{
    static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (c->year % 4 == 0 && c->year % 100 != 0) || c->year % 400 == 0;

    return c->year >= 1970 && c->year <= 9999 && c->month >= 1 && c->month <= 12 && c->day >= 1 &&
           c->day <= days[c->month - 1] + (c->month == 2 && leap) && c->hour >= 0 &&
           c->hour <= 23 && c->minute >= 0 && c->minute <= 59 && c->second >= 0 &&
           c->second <= 60 && c->milli >= 0 && c->milli <= 999;
}

const char *wall_rfc3339(struct wall at, int32_t offset_s, bool floating, char out[WALL_TEXT_MAX])
{
    struct civil c = wall_to_civil(at, offset_s);
    int32_t minutes = (offset_s < 0 ? -offset_s : offset_s) / 60;
    int n = snprintf(out, WALL_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02d", c.year, c.month, c.day,
                     c.hour, c.minute, c.second);

    if (!floating)
        snprintf(out + n, (size_t)(WALL_TEXT_MAX - n), "%c%02d:%02d", offset_s < 0 ? '-' : '+',
                 minutes / 60, minutes % 60);
    return out;
}
