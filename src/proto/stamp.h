/* stamp.h - time stamps of log lines, and the year that classic syslog leaves out.
 * Pure: what must be known of the world (the file's date, the zone) is put into the clock. */
#ifndef PROTO_STAMP_H
#define PROTO_STAMP_H

#include "base/wall.h"

/* Seconds east of UTC of a local time in the zone of the log; `ctx` is the caller's. */
typedef int32_t stamp_zone(void *ctx, const struct civil *local);

enum { STAMP_FRONT = 96 }; /* of a line: room for stamp and host */

/* The clock of one file: turns the stamps of its lines, in the order of the file, into times. */
struct stamp_clock {
    /* given by the caller */
    stamp_zone *zone; /* for stamps without an offset; NULL is UTC */
    void *zone_ctx;   /* the zone is asked once an hour of the log */
    struct wall
        newest;     /* the file's date: no stamp is later than a day after it; 0 is "not known" */
    int first_year; /* the year of the first line; 0 is "from `newest`" */

    /* of the last stamp */
    struct wall at;     /* 0 before the first */
    int32_t offset_s;   /* of the last stamp, seconds east of UTC */
    bool offset_known;  /* the last stamp carried its offset */
    uint64_t backwards; /* stamps more than `STAMP_SLACK_MS` before the one in front of them */
    uint64_t future;    /* stamps more than a day after `newest` */

    /* the last stamp up to the colon after the hour, and what it meant: nearly all lines repeat it
     */
    char text[16];
    size_t text_n;
    int64_t text_local_ms; /* since 1970-01-01 on the clock of the zone it was written in */
    bool text_offset;      /* a form with which an offset may stand */
    bool zone_asked;       /* ... about this hour */
    int32_t zone_s;        /* and its answer */
    bool is_future;        /* the last stamp counts among `future` */

    /* logline.c: the front of the last line, up to its program, and where the host is in it */
    char front[STAMP_FRONT];
    size_t front_n; /* 0: there is none */
    size_t host_at, host_n;
};

enum { STAMP_SLACK_MS = 5 * MINUTE_MS };

enum stamp_got {
    STAMP_OK,
    STAMP_NONE, /* no stamp at the front of the text */
    STAMP_BAD,  /* a stamp of no existing time */
};

/* Read the stamp at the front of `*rest` and move past it and the blank after it; without STAMP_OK
 * nothing moves, and the clock stays where it was.
 * Classic: "Nov  2 03:04:05", "Nov 02 ...", "Nov 2 ..."; with a year ("Nov 2 2026 ...") or fraction
 * too. RFC 3339, with "T" or a blank, with or without fraction and offset. Seconds since 1970
 * ("1795316645.123"). NCSA: "22/Nov/2026:03:04:05 +0100".
 * The year of a classic stamp: the first in which the time is not more than 30 days before the last
 * line's; the one before that when it would be more than a day after `newest`. The year of the
 * first line: `first_year`; else the last that does not go beyond `newest`; else (nothing is known)
 * 2000. February 29 looks at leap years only; where those two years are none it is STAMP_BAD. */
NODISCARD enum stamp_got stamp_parse(struct stamp_clock *clock, struct slice *rest,
                                     struct wall *out);

#endif
