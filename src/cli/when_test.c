#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/memory.h"
#include "cli/when.h"

#include "base/ban.h"

/* Central Europe by a rule of thumb: summer time from April to October. */
static int32_t zone(void *ctx, const struct civil *local)
{
    (void)ctx;
    return local->month >= 4 && local->month <= 10 ? 7200 : 3600;
}

/* The present is Sunday, 2026-11-22 12:00:00 UTC, 13:00 on the wall. */
static const struct when_case {
    const char *name, *in, *want; /* in UTC; "" when it is no time */
} when_cases[] = {
    { "date", "2026-11-22", "2026-11-21T23:00:00" },
    { "date in summer", "2026-07-01", "2026-06-30T22:00:00" },
    { "date and time", "2026-11-22 10:00", "2026-11-22T09:00:00" },
    { "seconds", "2026-11-22 10:00:30", "2026-11-22T09:00:30" },
    { "with T", "2026-11-22T10:00", "2026-11-22T09:00:00" },
    { "RFC 3339, UTC", "2026-11-22T10:00:00Z", "2026-11-22T10:00:00" },
    { "RFC 3339, offset", "2026-11-22T10:00:00.5-03:30", "2026-11-22T13:30:00" },
    { "RFC 3339, no offset", "2026-11-22T10:00:00", "2026-11-22T09:00:00" },
    { "time of day", "10:00", "2026-11-22T09:00:00" },
    { "now", "now", "2026-11-22T12:00:00" },
    { "today", "today", "2026-11-21T23:00:00" },
    { "yesterday", "yesterday", "2026-11-20T23:00:00" },
    { "tomorrow", "tomorrow", "2026-11-22T23:00:00" },
    { "hours", "2h", "2026-11-22T10:00:00" },
    { "days", "3d", "2026-11-19T12:00:00" },
    { "minutes", "90m", "2026-11-22T10:30:00" },
    { "weeks", "2w", "2026-11-08T12:00:00" },
    { "mixed", "1h30m", "2026-11-22T10:30:00" },
    { "ago", "2h ago", "2026-11-22T10:00:00" },
    { "blanks around", " 2h ", "2026-11-22T10:00:00" },
    { "longer than time", "999999999w", "1970-01-01T00:00:00" },
    { "longer still", "999999999w999999999w999999999w", "1970-01-01T00:00:00" },
    { "empty", "", "" },
    { "blank", " ", "" },
    { "no unit", "2", "" },
    { "no number", "h", "" },
    { "unknown unit", "2y", "" },
    { "number too long", "9999999999h", "" },
    { "only ago", " ago", "" },
    { "no such day", "2026-02-29", "" },
    { "no such time", "2026-11-22 24:01", "" },
    { "month cut", "2026-11", "" },
    { "text behind", "2026-11-22 10:00 x", "" },
    { "year before 1970", "1969-12-31", "" },
    { "word", "soon", "" },
};

static void test_when(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(when_cases); i++) {
        const struct when_case *c = &when_cases[i];
        const struct civil noon = { .year = 2026, .month = 11, .day = 22, .hour = 12 };
        size_t n = strlen(c->in);
        char *in = memory_new(n + 1, 1), got[WALL_TEXT_MAX] = "";
        struct wall at;

        in = memory_resize(in, n > 0 ? n : 1, 1); /* no byte behind it */
        memcpy(in, c->in, n);
        if (when_parse((struct slice){ in, n }, civil_to_wall(&noon, 0), zone, NULL, &at))
            wall_rfc3339(at, 0, true, got);
        if (strcmp(got, c->want) != 0)
            fail_msg("%s: got \"%s\", want \"%s\"", c->name, got, c->want);
        free(in);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_when) };

    return cmocka_run_group_tests_name("cli-when", tests, NULL, NULL);
}
