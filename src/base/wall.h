/* wall.h - the time of day of events and of state on disk. It may step back.
 * Knows the proleptic Gregorian calendar and fixed offsets from UTC; knows no time zone rules and
 * never asks for the current time. Years 1970 to 9999, so that differences never overflow. */
#ifndef BASE_WALL_H
#define BASE_WALL_H

#include "base/attributes.h"
#include "base/slice.h"

struct wall {
    int64_t ms; /* since 1970-01-01T00:00:00Z */
};

enum { SECOND_MS = 1000, MINUTE_MS = 60 * SECOND_MS, HOUR_MS = 60 * MINUTE_MS };
#define DAY_MS ((int64_t)24 * HOUR_MS)

/* A date and time of day as written in a log line, before its zone is known. */
struct civil {
    int year, month, day;            /* 1970..9999, 1..12, 1..31 */
    int hour, minute, second, milli; /* 0..23, 0..59, 0..60, 0..999 */
};

/* Days from 1970-01-01 to a date of the Gregorian calendar. */
int64_t civil_days(int year, int month, int day);

/* That date and time at an offset of `offset_s` seconds east of UTC. */
struct wall civil_to_wall(const struct civil *civil, int32_t offset_s);

/* The civil time at an offset of `offset_s` seconds east of UTC. */
struct civil wall_to_civil(struct wall at, int32_t offset_s);

/* True when the calendar has that day and the clock that time; a leap second (60) is admitted. */
bool civil_valid(const struct civil *civil);

enum { WALL_TEXT_MAX = 40 };

/* "2026-11-22T03:04:05+01:00" (RFC 3339 section 5.6), without fraction; NUL-terminated; returns
 * `out`. `offset_s` as above; with `floating` the offset is left out (the zone is not known). */
const char *wall_rfc3339(struct wall at, int32_t offset_s, bool floating, char out[WALL_TEXT_MAX]);

#endif
