#include "watch/years.h"

#include "proto/logline.h"

#include "base/ban.h"

enum {
    SAMPLE_BYTES = 4096,
    SAMPLE_YEAR = 2000, /* stands for "no year"; a leap year, so that each date exists */
};

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
