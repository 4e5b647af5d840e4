#include "watch/years.h"

#include <stdlib.h>

#include "proto/logline.h"
#include "proto/stamp_hint.h"

#include "base/ban.h"

enum {
    SAMPLE_BYTES = 4096,
    SAMPLE_YEAR = 2000, /* stands for "no year"; a leap year, so that each date exists */
};

/* A queue file is rarely older than this when a line is about it. */
#define HINT_MS (10 * DAY_MS)

/* A stamp that steps back by more than this has passed a New Year. */
#define WRAP_MS (30 * DAY_MS)

struct samples {
    struct wall last; /* in SAMPLE_YEAR; 0 before the first */
    int last_year;    /* that the file's date gives to it */
    int wraps;
};

static int year_of(const struct stamp_clock *clock)
{
    return wall_to_civil(clock->at, clock->offset_s).year;
}

/* Take the first, or the last, line in `text` that has a stamp without a year. */
static void take_sample(struct samples *samples, struct slice text, bool take_last,
                        const struct stamp_clock *fresh)
{
    struct wall found = { 0 };
    struct slice line;
    struct logline frame;

    while ((take_last || found.ms == 0) && slice_cut(&text, '\n', &line)) {
        struct stamp_clock probe = { .first_year = SAMPLE_YEAR }, dated = *fresh;

        if (logline_parse(&probe, line, &frame) != LOGLINE_OK || year_of(&probe) != SAMPLE_YEAR ||
            logline_parse(&dated, line, &frame) != LOGLINE_OK)
            continue;
        found = probe.at;
        samples->last_year = year_of(&dated);
    }
    if (found.ms == 0)
        return;
    samples->wraps += samples->last.ms != 0 && found.ms < samples->last.ms - WRAP_MS;
    samples->last = found;
}

int years_first(const struct bytes *bytes, const struct stamp_clock *fresh)
{
    struct samples samples = { 0 };
    char room[SAMPLE_BYTES];
    int64_t tail = bytes->size > SAMPLE_BYTES ? bytes->size - SAMPLE_BYTES : 0;

    for (int64_t i = 0; i <= YEARS_SAMPLES; i++) {
        int64_t offset = tail / YEARS_SAMPLES * i + tail % YEARS_SAMPLES * i / YEARS_SAMPLES;
        struct slice text = { room, bytes_peek(bytes, offset, room, sizeof room) }, cut;

        if (offset > 0 && !slice_cut(&text, '\n', &cut))
            continue;
        take_sample(&samples, text, i == YEARS_SAMPLES, fresh);
    }
    return samples.last.ms != 0 ? samples.last_year - samples.wraps : 0;
}

/* The year of `stamp`, of which all but the year is known, that comes closest to `hint`; 0 when
 * none comes close. */
static int year_near(struct wall stamp, struct wall hint)
{
    struct civil c = wall_to_civil(stamp, 0);
    int year = wall_to_civil(hint, 0).year;

    for (c.year = year - 1; c.year <= year + 1; c.year++)
        if (civil_valid(&c) && llabs(civil_to_wall(&c, 0).ms - hint.ms) < HINT_MS)
            return c.year;
    return 0;
}

int years_told(struct slice front)
{
    struct wall first = { 0 }, hint;
    struct slice line;
    struct logline frame;

    while (slice_cut(&front, '\n', &line)) {
        struct stamp_clock probe = { .first_year = SAMPLE_YEAR };
        int year;

        if (logline_parse(&probe, line, &frame) != LOGLINE_OK || year_of(&probe) != SAMPLE_YEAR)
            continue;
        if (first.ms == 0)
            first = probe.at;
        if (stamp_hint(frame.text, &hint) && (year = year_near(probe.at, hint)) != 0)
            return probe.at.ms < first.ms - WRAP_MS ? year - 1 : year;
    }
    return 0;
}
