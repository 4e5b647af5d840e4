/* fixture_fuses.h - the fuses of the invented company, to be copied before use. */
#ifndef REPORT_FIXTURE_FUSES_H
#define REPORT_FIXTURE_FUSES_H

#include "report/report.h"

/* The time of a day in November 2026, in CET. */
#define FIXTURE_AT(day, hour, minute, second)                                                      \
    {                                                                                              \
        1793487600000 + 1000LL * ((((day)-1) * 24LL + (hour)) * 3600 + (minute)*60LL + (second))   \
    }

/* The slice of a literal, in the table of constants. */
#define FIXTURE_TEXT(literal)                                                                      \
    {                                                                                              \
        "" literal, sizeof(literal) - 1                                                            \
    }

extern struct report_fuse fixture_fuses[];
extern const size_t fixture_fuses_n;
extern struct report_fuse fixture_watch[];
extern const size_t fixture_watch_n;

#endif
