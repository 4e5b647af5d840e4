#include "cli/zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/ban.h"

/* "+01:00", "-0330", "+2" */
static bool fixed_offset(const char *name, int32_t *offset_s)
{
    struct slice rest = slice_of(name), hours;
    uint64_t h, m = 0;

    if (rest.n < 2 || (rest.p[0] != '+' && rest.p[0] != '-'))
        return false;
    rest = slice_from(rest, 1);
    if (!slice_cut(&rest, ':', &hours)) {
        hours = slice_head(rest, 2);
        rest = slice_from(rest, hours.n);
    }
    if (!slice_to_u64(hours, &h) || (rest.n > 0 && (rest.n != 2 || !slice_to_u64(rest, &m))) ||
        h > 15 || m > 59)
        return false;
    *offset_s = (name[0] == '-' ? -60 : 60) * (int32_t)(h * 60 + m);
    return true;
}

/* tzset(3) takes what it does not know for UTC, without a word: so look for the zone's file. */
static bool is_known(const char *name)
{
    const char *folder = getenv("TZDIR");
    char path[512];
    int n =
        snprintf(path, sizeof path, "%s/%s", folder != NULL ? folder : "/usr/share/zoneinfo", name);

    return name[0] != '\0' && name[0] != '/' && strstr(name, "..") == NULL && n > 0 &&
           (size_t)n < sizeof path && access(path, R_OK) == 0;
}

bool zone_choose(const char *name, struct zone *out)
{
    struct zone zone = { 0 };

    if (name == NULL) {
        tzset();
    } else if (slice_eq_nocase(slice_of(name), SLICE("UTC")) ||
               slice_eq(slice_of(name), SLICE("Z"))) {
        zone.fixed = true;
    } else if (fixed_offset(name, &zone.offset_s)) {
        zone.fixed = true;
    } else if (is_known(name)) {
        setenv("TZ", name, 1);
        tzset();
    } else {
        return false;
    }
    *out = zone;
    return true;
}

int32_t zone_offset(void *context, const struct civil *local)
{
    const struct zone *zone = context;
    struct tm tm = {
        .tm_year = local->year - 1900,
        .tm_mon = local->month - 1,
        .tm_mday = local->day,
        .tm_hour = local->hour,
        .tm_min = local->minute,
        .tm_sec = local->second,
        .tm_isdst = -1,
    };

    if (zone->fixed)
        return zone->offset_s;
    mktime(&tm);
    return (int32_t)tm.tm_gmtoff;
}
