/* desk_failures_test.c - ways that fail, restarts, and too much of everything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "tell/desk_scene.h"

#include "base/ban.h"

static void test_a_way_that_fails_for_a_day(void **state)
{
    struct conf_alerts conf = scene_settings(scene_ways, 1);
    struct scene s;

    (void)state;
    scene_begin(&s, &conf);
    s.fails = true;
    for (unsigned hour = 0; hour < 24; hour++) {
        scene_flood(&s, 1, 1 + hour);
        scene_pass(&s, HOUR_MS);
    }
    assert_true(desk_way_at(s.desk, 0)->failures >= 24);
    assert_int_equal(desk_waiting(s.desk, CONF_WAY_MAIL), 24);
    s.fails = false;
    scene_pass(&s, 2 * HOUR_MS);
    scene_expect(&s, "mail a@x.test: held incident 1\nmail a@x.test: held incident 2\n"
                     "mail a@x.test: held incident 3\nmail a@x.test: held incident 4\n"
                     "mail a@x.test: digest of 20\n"); /* the first was begun a day ago */
    assert_int_equal(s.lost, 0);
    assert_int_equal(desk_waiting(s.desk, CONF_WAY_MAIL), 0);
    scene_end(&s);
}

static void test_patience_ends(void **state)
{
    struct conf_alerts conf = scene_settings(scene_ways, 1);
    struct scene s;

    (void)state;
    scene_begin(&s, &conf);
    s.fails = true;
    scene_flood(&s, 1, 1);
    scene_pass(&s, 71 * HOUR_MS);
    assert_int_equal(s.lost, 0);
    scene_pass(&s, 3 * HOUR_MS);
    assert_int_equal(s.lost, 1);
    assert_int_equal(desk_waiting(s.desk, CONF_WAY_MAIL), 0);
    s.fails = false;
    assert_true(
        scene_tell(&s, ALERT_INCIDENT_CLOSED, "incident 1", "closed")); /* nobody knows of it */
    scene_pass(&s, HOUR_MS);
    scene_expect(&s, "");
    assert_string_equal(desk_entry_at(s.desk, 0)->why, "no");
    scene_end(&s);
}

static void test_pauses(void **state)
{
    struct conf_alerts conf = scene_settings(scene_ways, 1);
    struct desk_letter letter;
    struct scene s;
    static const int64_t minutes[] = { 1, 5, 15, 60, 60 };

    (void)state;
    scene_begin(&s, &conf);
    scene_flood(&s, 1, 1);
    s.now.ms += 10 * SECOND_MS;
    for (size_t i = 0; i < COUNT(minutes); i++) {
        assert_true(desk_next(s.desk, s.now, 0, UINT64_MAX, &letter));
        assert_false(desk_next(s.desk, s.now, 0, UINT64_MAX, &letter)); /* it is busy */
        desk_done(s.desk, letter.number, DESK_LATER, 0, SLICE("later"), s.now);
        s.now.ms += minutes[i] * MINUTE_MS - 1;
        assert_false(desk_next(s.desk, s.now, 0, UINT64_MAX, &letter));
        s.now.ms += 1;
    }
    assert_true(desk_next(s.desk, s.now, 0, UINT64_MAX, &letter));
    desk_done(s.desk, letter.number, DESK_LATER, 7200, SLICE("later"), s.now);
    assert_int_equal(desk_way_at(s.desk, 0)->next.ms, s.now.ms + 2 * HOUR_MS);
    desk_clock_set(s.desk, 5 * HOUR_MS);
    assert_int_equal(desk_way_at(s.desk, 0)->next.ms, s.now.ms + 7 * HOUR_MS);
    s.now.ms += 7 * HOUR_MS;
    assert_true(desk_next(s.desk, s.now, 0, UINT64_MAX, &letter));
    desk_done(s.desk, letter.number, DESK_REFUSED, 0, SLICE("550 no"), s.now);
    assert_int_equal(s.lost, 1);
    desk_done(s.desk, letter.number, DESK_DELIVERED, 0, SLICE(""), s.now); /* nobody knows it */
    scene_end(&s);
}

static void test_first_on_disk(void **state)
{
    struct conf_alerts conf = scene_settings(scene_ways, 1);
    struct desk_letter letter;
    struct scene s;

    (void)state;
    scene_begin(&s, &conf);
    s.marks = 7;
    scene_flood(&s, 1, 1);
    s.now.ms += 10 * SECOND_MS;
    assert_false(desk_next(s.desk, s.now, 0, 6, &letter));
    assert_true(desk_next(s.desk, s.now, 0, 7, &letter));
    scene_end(&s);
}

/* What is kept, loaded into another desk, goes on from there. */
static void test_restart(void **state)
{
    struct conf_alerts conf = scene_settings(scene_ways, 1);
    struct desk_letter letter;
    struct scene s, t;
    const struct desk_entry *e;

    (void)state;
    scene_begin(&s, &conf);
    scene_flood(&s, 20, 1);
    scene_pass(&s, 10 * SECOND_MS);
    buf_clear(&s.sent);
    scene_begin(&t, &conf);
    for (uint32_t i = 0; (e = desk_entry_at(s.desk, i)) != NULL; i++)
        assert_true(desk_load_entry(t.desk, e));
    assert_true(desk_load_way(t.desk, desk_way_at(s.desk, 0)));
    assert_true(desk_load_state(t.desk, desk_state(s.desk, SLICE("incident 1"))));
    t.now = s.now;
    assert_false(scene_tell(&t, ALERT_INCIDENT_HELD, "incident 1", "held"));
    scene_pass(&t, 10 * SECOND_MS);
    scene_expect(&t, "");
    t.now.ms += HOUR_MS;
    assert_true(desk_next(t.desk, t.now, 0, UINT64_MAX, &letter));
    assert_int_equal(letter.n, 17);
    desk_done(t.desk, letter.number, DESK_DELIVERED, 0, SLICE(""), t.now);
    assert_true(scene_tell(&t, ALERT_QUEUE_GROWS, "queue", "grows"));
    assert_true(desk_entry_at(t.desk, 0)->number > 20);
    scene_end(&s);
    scene_end(&t);
}

static void test_ways_that_are_gone(void **state)
{
    struct conf_alerts conf = scene_settings(scene_ways, 3), less = scene_settings(scene_ways, 1);
    struct scene s;

    (void)state;
    scene_begin(&s, &conf);
    scene_tell(&s, ALERT_INCIDENT_LOCKED, "incident 1", "locked");
    desk_configure(s.desk, &less, s.now);
    assert_int_equal(s.lost, 2);
    scene_pass(&s, 10 * SECOND_MS);
    scene_expect(&s, "mail a@x.test: locked incident 1\n");
    scene_end(&s);
}

static void test_too_many(void **state)
{
    struct conf_alerts conf = scene_settings(scene_ways, 1);
    struct scene s;

    (void)state;
    scene_begin(&s, &conf);
    scene_flood(&s, DESK_WAITING_MAX + 10, 1);
    assert_int_equal(desk_waiting(s.desk, CONF_WAY_MAIL), DESK_WAITING_MAX);
    assert_int_equal(s.lost, 10);
    scene_flood(&s, DESK_STATES_MAX - DESK_WAITING_MAX, 10000);
    assert_null(desk_state(s.desk, SLICE("incident 1")));
    scene_end(&s);
}

/* The clock of this test runs on second by second, through a random day. Nothing is told twice or
 * lost, and a way is never told more than its measure. */
static void test_random(void **state)
{
    struct conf_alerts conf = scene_settings(scene_ways, 3);
    uint32_t random = 12345;
    struct scene s;

    (void)state;
    scene_begin(&s, &conf);
    for (int i = 0; i < 3000; i++) {
        static const enum alert_kind kinds[] = { ALERT_INCIDENT_HELD, ALERT_INCIDENT_LOCKED,
                                                 ALERT_INCIDENT_CLOSED, ALERT_COMPLAINT };
        char key[32];
        enum alert_kind kind;

        random = random * 1664525 + 1013904223;
        kind = kinds[random >> 16 & 3];
        snprintf(key, sizeof key, "incident %u", random >> 20 & 63);
        (void)scene_tell(&s, kind, key, alert_kind_row(kind)->name);
        s.fails = (random >> 8 & 15) == 0;
        scene_pass(&s, (random >> 10 & 31) * SECOND_MS);
    }
    s.fails = false;
    scene_pass(&s, 3 * HOUR_MS);
    assert_int_equal(desk_waiting(s.desk, CONF_WAY_MAIL) + desk_waiting(s.desk, CONF_WAY_WEBHOOK),
                     0);
    assert_int_equal(s.lost, 0);
    scene_end(&s);
}

static void test_again_is_no_failure(void **state)
{
    struct conf_alerts conf = scene_settings(scene_ways, 1);
    struct desk_letter letter;
    struct scene s;
    uint64_t number = 0;

    (void)state;
    scene_begin(&s, &conf);
    scene_flood(&s, 1, 1);
    s.now.ms += 10 * SECOND_MS;
    for (int i = 0; i < 3; i++) {
        assert_true(desk_next(s.desk, s.now, 0, UINT64_MAX, &letter));
        assert_true(number == 0 || number == letter.number);
        number = letter.number;
        desk_done(s.desk, number, DESK_AGAIN, 0, SLICE("not from there"), s.now);
        assert_int_equal(desk_way_at(s.desk, 0)->failures, 0);
    }
    scene_pass(&s, SECOND_MS);
    scene_expect(&s, "mail a@x.test: held incident 1\n");
    scene_end(&s);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_again_is_no_failure),
        cmocka_unit_test(test_a_way_that_fails_for_a_day),
        cmocka_unit_test(test_patience_ends),
        cmocka_unit_test(test_pauses),
        cmocka_unit_test(test_first_on_disk),
        cmocka_unit_test(test_restart),
        cmocka_unit_test(test_ways_that_are_gone),
        cmocka_unit_test(test_too_many),
        cmocka_unit_test(test_random),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
