#include "report/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attributes.h"

#include "base/ban.h"

enum { WINTER = 3600, SUMMER = 7200 };

/* 25 October 2026, 01:00 UTC: clocks in Berlin go back. */
#define CHANGE_MS INT64_C(1792890000000)

static const struct offset_case {
    const char *name;
    size_t offsets_n;
    int64_t at_ms;
    const char *want;
} offset_cases[] = {
    { "no change known", 0, CHANGE_MS - 1000, "2026-10-25T01:59:59+01:00" },
    { "before the change", 2, CHANGE_MS - 1000, "2026-10-25T02:59:59+02:00" },
    { "at the change", 2, CHANGE_MS, "2026-10-25T02:00:00+01:00" },
    { "before the log began", 2, CHANGE_MS - 400 * DAY_MS, "2025-09-20T03:00:00+02:00" },
    { "after it ended", 2, CHANGE_MS + 100 * DAY_MS, "2027-02-02T02:00:00+01:00" },
    { "never", 2, 0, "" },
};

static void offsets(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(offset_cases); i++) {
        const struct offset_case *c = &offset_cases[i];
        struct report r = { .offset_s = WINTER,
                            .offsets = { { { CHANGE_MS - 10 * DAY_MS }, SUMMER },
                                         { { CHANGE_MS }, WINTER } },
                            .offsets_n = c->offsets_n };
        char got[WALL_TEXT_MAX];

        report_time(&r, (struct wall){ c->at_ms }, got);
        if (strcmp(got, c->want) != 0)
            fail_msg("%s: got %s, want %s", c->name, got, c->want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(offsets) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
