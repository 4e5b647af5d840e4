/* room_test.c - when nothing more is put on hold, and until when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "box/room.h"

#include "base/ban.h"

#define MB ((uint64_t)1000 * 1000)
#define GB (1000 * MB)

static const struct room_marks usual = { .low = 5, .reserve = 2 };

static const struct level_case {
    const char *name;
    struct room_disk disk;
    struct room_marks marks;
    enum room_level was, want;
} level_cases[] = {
    { "half of it", { 100 * GB, 50 * GB, 1000, 500 }, { 5, 2, 0 }, ROOM_ENOUGH, ROOM_ENOUGH },
    { "at the mark", { 100 * GB, 5 * GB, 1000, 500 }, { 5, 2, 0 }, ROOM_ENOUGH, ROOM_ENOUGH },
    { "below it", { 100 * GB, 5 * GB - 1, 1000, 500 }, { 5, 2, 0 }, ROOM_ENOUGH, ROOM_LOW },
    { "files below it", { 100 * GB, 50 * GB, 1000, 49 }, { 5, 2, 0 }, ROOM_ENOUGH, ROOM_LOW },
    { "not a fifth more", { 100 * GB, 6 * GB, 0, 0 }, { 5, 2, 0 }, ROOM_LOW, ROOM_LOW },
    { "a fifth more", { 100 * GB, 6 * GB + 1, 0, 0 }, { 5, 2, 0 }, ROOM_LOW, ROOM_ENOUGH },
    { "the reserve", { 100 * GB, 2 * GB, 0, 0 }, { 5, 2, 0 }, ROOM_LOW, ROOM_LOW },
    { "less than it", { 100 * GB, 2 * GB - 1, 0, 0 }, { 5, 2, 0 }, ROOM_LOW, ROOM_NONE },
    { "of files", { 100 * GB, 50 * GB, 1000, 19 }, { 5, 2, 0 }, ROOM_ENOUGH, ROOM_NONE },
    { "nothing at all", { 100 * GB, 0, 1000, 0 }, { 5, 2, 0 }, ROOM_ENOUGH, ROOM_NONE },
    { "no limit of files", { 100 * GB, 50 * GB, 0, 0 }, { 50, 50, 0 }, ROOM_ENOUGH, ROOM_ENOUGH },
    { "what Postfix wants", { GB, 299 * MB, 0, 0 }, { 5, 2, 150 * MB }, ROOM_ENOUGH, ROOM_NONE },
    { "it has that", { GB, 300 * MB, 0, 0 }, { 5, 2, 150 * MB }, ROOM_ENOUGH, ROOM_ENOUGH },
    { "nobody is told", { 100 * GB, 3 * GB, 0, 0 }, { 0, 2, 0 }, ROOM_ENOUGH, ROOM_ENOUGH },
    { "but none is none", { 100 * GB, GB, 0, 0 }, { 0, 2, 0 }, ROOM_ENOUGH, ROOM_NONE },
    { "no reserve", { 100 * GB, 1, 1000, 0 }, { 5, 0, GB }, ROOM_ENOUGH, ROOM_LOW },
    { "no reserve any more", { 100 * GB, 1, 0, 0 }, { 5, 0, GB }, ROOM_NONE, ROOM_LOW },
    { "neither", { 100 * GB, 1, 1000, 0 }, { 0, 0, GB }, ROOM_ENOUGH, ROOM_ENOUGH },
    { "odd figures", { UINT64_MAX, UINT64_MAX - 1, 0, 0 }, { 50, 50, UINT64_MAX }, 0, ROOM_NONE },
};

static void test_levels(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(level_cases); i++) {
        const struct level_case *c = &level_cases[i];
        struct room r = { .level = c->was, .none_since = { DAY_MS } };

        room_measured(&r, &c->disk, &c->marks, (struct wall){ DAY_MS + 1 });
        if (r.level != c->want)
            fail_msg("%s: got %d, want %d", c->name, (int)r.level, (int)c->want);
    }
}

/* `free` MB of 100 GB, so long after the beginning. */
static enum room_level at(struct room *r, uint64_t free, int64_t ms)
{
    room_measured(r, &(struct room_disk){ .bytes = 100 * GB, .free_bytes = free * MB }, &usual,
                  (struct wall){ DAY_MS + ms });
    return r->level;
}

static void test_it_does_not_flap(void **state)
{
    struct room r = { 0 };

    (void)state;
    assert_int_equal(at(&r, 10000, 0), ROOM_ENOUGH);
    assert_int_equal(at(&r, 1999, 1000), ROOM_NONE);
    assert_int_equal(at(&r, 10000, 2000), ROOM_NONE); /* a moment later */
    assert_int_equal(at(&r, 1999, 30000), ROOM_NONE);
    assert_int_equal(at(&r, 2400, 31000), ROOM_NONE); /* not a fifth more */
    assert_int_equal(at(&r, 2401, 32000), ROOM_LOW);
    assert_int_equal(at(&r, 5500, 33000), ROOM_LOW);
    assert_int_equal(at(&r, 6001, 34000), ROOM_ENOUGH);
    assert_int_equal(at(&r, 1000, 35000), ROOM_NONE);
    assert_int_equal(at(&r, 10000, -HOUR_MS), ROOM_ENOUGH); /* the clock was set back */
    r = (struct room){ .level = ROOM_NONE };                /* it was so before a restart */
    assert_int_equal(at(&r, 2300, 0), ROOM_NONE);
    assert_int_equal(at(&r, 10000, 1000), ROOM_ENOUGH);
}

static void test_held_mail_takes_it(void **state)
{
    struct room r = { 0 };
    unsigned n = 0;

    (void)state;
    room_taken(&r, GB, (struct wall){ 0 }); /* of what was never asked nothing is known */
    assert_int_equal(r.level, ROOM_ENOUGH);
    assert_int_equal(at(&r, 2100, 0), ROOM_LOW);
    for (; r.level != ROOM_NONE && n < 1000; n++)
        room_taken(&r, 10 * MB, (struct wall){ DAY_MS });
    assert_int_equal(n, 11); /* the eleventh is below the reserve, the others are not */
    assert_int_equal(at(&r, 1990, 1000), ROOM_NONE);
    assert_int_equal(at(&r, 5000, 30000), ROOM_LOW);
    room_taken(&r, UINT64_MAX, (struct wall){ DAY_MS });
    room_taken(&r, UINT64_MAX, (struct wall){ DAY_MS });
    assert_int_equal(r.level, ROOM_NONE);
    r = (struct room){ 0 };
    room_measured(&r, &(struct room_disk){ 100 * GB, 50 * GB, 1000, 22 }, &usual,
                  (struct wall){ DAY_MS });
    for (n = 0; r.level != ROOM_NONE && n < 1000; n++)
        room_taken(&r, 0, (struct wall){ DAY_MS });
    assert_int_equal(n, 3); /* files */
}

static void test_reserve(void **state)
{
    struct room r = { .disk = { .bytes = 10 * GB, .files = 150 }, .marks = { 5, 2, 15 * MB } };

    (void)state;
    assert_int_equal(room_reserve_bytes(&r), 200 * MB);
    assert_int_equal(room_reserve_files(&r), 3);
    r.marks.postfix = 150 * MB;
    assert_int_equal(room_reserve_bytes(&r), 300 * MB);
    r.marks.reserve = 0;
    assert_int_equal(room_reserve_bytes(&r), 0);
    assert_int_equal(room_reserve_files(&r), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_levels),
        cmocka_unit_test(test_it_does_not_flap),
        cmocka_unit_test(test_held_mail_takes_it),
        cmocka_unit_test(test_reserve),
    };

    return cmocka_run_group_tests_name("room", tests, NULL, NULL);
}
