#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/zone.h"

#include "base/ban.h"

static const struct zone_case {
    const char *name;
    bool ok;
    int32_t winter_s, summer_s;
} zone_cases[] = {
    { "+01:00", true, 3600, 3600 },
    { "-0330", true, -12600, -12600 },
    { "+2", true, 7200, 7200 },
    { "UTC", true, 0, 0 },
    { "Z", true, 0, 0 },
    { "Europe/Berlin", true, 3600, 7200 },
    { "America/New_York", true, -18000, -14400 },
    { "Asia/Kathmandu", true, 20700, 20700 },
    { "Europe/Nowhere", false, 0, 0 },
    { "", false, 0, 0 },
    { "+", false, 0, 0 },
    { "+25:00", false, 0, 0 },
    { "+01:60", false, 0, 0 },
    { "+01:0", false, 0, 0 },
    { "../../etc/passwd", false, 0, 0 },
    { "/etc/passwd", false, 0, 0 },
};

static void test_zone(void **state)
{
    const struct civil winter = { .year = 2026, .month = 1, .day = 15, .hour = 12 };
    const struct civil summer = { .year = 2026, .month = 7, .day = 15, .hour = 12 };

    (void)state;
    if (access("/usr/share/zoneinfo/Europe/Berlin", R_OK) != 0) {
        print_message("no tzdata here\n");
        skip();
    }
    for (size_t i = 0; i < COUNT(zone_cases); i++) {
        const struct zone_case *c = &zone_cases[i];
        struct zone zone = { 0 };

        if (zone_choose(c->name, &zone) != c->ok)
            fail_msg("\"%s\": got %d, want %d", c->name, !c->ok, c->ok);
        if (!c->ok)
            continue;
        if (zone_offset(&zone, &winter) != c->winter_s ||
            zone_offset(&zone, &summer) != c->summer_s)
            fail_msg("\"%s\": got %d and %d, want %d and %d", c->name, zone_offset(&zone, &winter),
                     zone_offset(&zone, &summer), c->winter_s, c->summer_s);
    }
}

static void test_machine(void **state)
{
    const struct civil winter = { .year = 2026, .month = 1, .day = 15, .hour = 12 };
    struct zone zone;

    (void)state;
    setenv("TZ", "XYZ-5", 1);
    assert_true(zone_choose(NULL, &zone));
    assert_int_equal(zone_offset(&zone, &winter), 5 * 3600);
}

/* 2:30 exists twice on the day when summer time ends, and not at all when it begins. */
static void test_changes(void **state)
{
    const struct civil twice = { .year = 2026, .month = 10, .day = 25, .hour = 2, .minute = 30 };
    const struct civil never = { .year = 2026, .month = 3, .day = 29, .hour = 2, .minute = 30 };
    struct zone zone;
    int32_t got;

    (void)state;
    if (!zone_choose("Europe/Berlin", &zone))
        skip();
    got = zone_offset(&zone, &twice);
    assert_true(got == 3600 || got == 7200);
    got = zone_offset(&zone, &never);
    assert_true(got == 3600 || got == 7200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zone),
        cmocka_unit_test(test_machine),
        cmocka_unit_test(test_changes),
    };

    return cmocka_run_group_tests_name("cli-zone", tests, NULL, NULL);
}
