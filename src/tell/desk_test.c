/* desk_test.c - who is told what, when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "tell/desk_scene.h"

#include "base/ban.h"

static const struct conf_way night[] = {
    { .kind = CONF_WAY_MAIL,
      .name = "a@x.test",
      .id = "mail a@x.test",
      .least = ALERT_INFO,
      .quiet_from = 22 * 60,
      .quiet_to = 6 * 60 },
};

static void test_once_for_each_state(void **state)
{
    struct conf_alerts conf = scene_settings(scene_ways, 3);
    struct scene s;

    (void)state;
    scene_begin(&s, &conf);
    assert_true(scene_tell(&s, ALERT_INCIDENT_HELD, "incident 1", "held"));
    assert_false(scene_tell(&s, ALERT_INCIDENT_HELD, "incident 1", "held"));
    scene_pass(&s, 2 * SECOND_MS);
    scene_expect(&s, "");
    scene_pass(&s, 10 * SECOND_MS);
    scene_expect(&s, "mail a@x.test: held incident 1\nmail d@example.test: held incident 1\n");
    assert_true(scene_tell(&s, ALERT_INCIDENT_LOCKED, "incident 1", "locked"));
    scene_pass(&s, 10 * SECOND_MS);
    scene_expect(&s, "mail a@x.test: locked incident 1\nwebhook chat: locked incident 1\n"
                     "mail d@example.test: locked incident 1\n");
    assert_true(scene_tell(&s, ALERT_INCIDENT_CLOSED, "incident 1", "closed"));
    assert_false(scene_tell(&s, ALERT_INCIDENT_CLOSED, "incident 1", "closed"));
    scene_pass(&s, 10 * SECOND_MS);
    scene_expect(&s, "mail a@x.test: closed incident 1\nwebhook chat: closed incident 1\n"
                     "mail d@example.test: closed incident 1\n");
    assert_null(desk_state(s.desk, SLICE("incident 1")));
    scene_end(&s);
}

static void test_an_end_is_for_those_who_know(void **state)
{
    struct conf_alerts conf = scene_settings(scene_ways, 3);
    struct scene s;

    (void)state;
    scene_begin(&s, &conf);
    assert_false(scene_tell(&s, ALERT_QUEUE_NORMAL, "queue", "normal"));
    assert_true(scene_tell(&s, ALERT_QUEUE_GROWS, "queue", "grows"));
    scene_pass(&s, 10 * SECOND_MS);
    buf_clear(&s.sent);
    assert_true(scene_tell(&s, ALERT_QUEUE_NORMAL, "queue", "normal"));
    scene_pass(&s, 10 * SECOND_MS);
    scene_expect(&s, "mail a@x.test: normal queue\nmail d@example.test: normal queue\n");
    scene_end(&s);
}

static void test_what_happens_is_told_again_after_a_day(void **state)
{
    struct conf_alerts conf = scene_settings(scene_ways, 1);
    struct scene s;

    (void)state;
    scene_begin(&s, &conf);
    assert_true(scene_tell(&s, ALERT_COMPLAINT, "complaint a", "complaint"));
    s.now.ms += 23 * HOUR_MS;
    assert_false(scene_tell(&s, ALERT_COMPLAINT, "complaint a", "complaint"));
    s.now.ms += 2 * HOUR_MS;
    assert_true(scene_tell(&s, ALERT_COMPLAINT, "complaint a", "complaint"));
    s.now.ms += 25 * HOUR_MS;
    scene_pass(&s, SECOND_MS);
    assert_null(desk_state(s.desk, SLICE("complaint a")));
    scene_end(&s);
}

static void test_a_newer_state_takes_the_place(void **state)
{
    struct conf_alerts conf = scene_settings(scene_ways, 1);
    struct scene s;

    (void)state;
    scene_begin(&s, &conf);
    scene_tell(&s, ALERT_INCIDENT_HELD, "incident 1", "held");
    s.now.ms += SECOND_MS;
    scene_tell(&s, ALERT_INCIDENT_LOCKED, "incident 1", "locked");
    scene_pass(&s, 10 * SECOND_MS);
    scene_expect(&s, "mail a@x.test: locked incident 1\n");
    scene_end(&s);
}

static void test_quiet_hours(void **state)
{
    struct conf_alerts conf = scene_settings(night, 1);
    struct scene s;

    (void)state;
    scene_begin(&s, &conf);
    s.now.ms += 12 * HOUR_MS; /* 23:06:40 */
    scene_tell(&s, ALERT_INCIDENT_HELD, "incident 1", "held");
    scene_pass(&s, MINUTE_MS);
    scene_expect(&s, "");
    scene_tell(&s, ALERT_INCIDENT_LOCKED, "incident 2", "locked");
    scene_pass(&s, MINUTE_MS);
    scene_expect(&s, "mail a@x.test: locked incident 2\n");
    scene_pass(&s, 7 * HOUR_MS);
    scene_expect(&s, "mail a@x.test: held incident 1\n");
    scene_end(&s);
}

static void test_quiet_hours_end_with_one_letter(void **state)
{
    struct conf_alerts conf = scene_settings(night, 1);
    struct scene s;

    (void)state;
    scene_begin(&s, &conf);
    s.now.ms += 12 * HOUR_MS; /* 23:06:40 */
    scene_flood(&s, 2, 1);
    scene_tell(&s, ALERT_QUEUE_GROWS, "queue", "grows");
    scene_pass(&s, HOUR_MS);
    scene_tell(&s, ALERT_QUEUE_NORMAL, "queue", "normal");
    scene_tell(&s, ALERT_INCIDENT_LOCKED, "incident 2",
               "locked"); /* and no more that it was held */
    scene_pass(&s, MINUTE_MS);
    scene_expect(&s, "mail a@x.test: locked incident 2\n");
    scene_tell(&s, ALERT_INCIDENT_WAITING, "incident 2", "waiting");
    scene_pass(&s, 6 * HOUR_MS);
    scene_expect(&s, "mail a@x.test: digest of 4\n");
    scene_flood(&s, 2, 3); /* few: nothing of a flood */
    scene_pass(&s, 10 * SECOND_MS);
    scene_expect(&s, "mail a@x.test: held incident 3\nmail a@x.test: held incident 4\n");
    scene_end(&s);
}

static void test_a_flood_of_the_night_goes_on_in_digests(void **state)
{
    struct conf_alerts conf = scene_settings(night, 1);
    struct scene s;

    (void)state;
    scene_begin(&s, &conf);
    s.now.ms += 18 * HOUR_MS; /* 05:06:40 */
    scene_flood(&s, 100, 1);
    scene_pass(&s, HOUR_MS);
    scene_expect(&s, "mail a@x.test: digest of 100\n"); /* at 06:00 */
    scene_flood(&s, 20, 200);
    scene_tell(&s, ALERT_QUEUE_GROWS, "queue", "grows"); /* another group, and day */
    scene_pass(&s, MINUTE_MS);
    scene_expect(&s, "mail a@x.test: grows queue\n");
    scene_pass(&s, 52 * MINUTE_MS);
    scene_expect(&s, "");
    scene_pass(&s, MINUTE_MS);
    scene_expect(&s, "mail a@x.test: digest of 20\n");
    scene_end(&s);
}

static void test_worse_is_not_kept_back_by_better(void **state)
{
    struct conf_alerts conf = scene_settings(scene_ways, 1);
    struct scene s;

    (void)state;
    scene_begin(&s, &conf);
    scene_flood(&s, 3, 1); /* as many as may go singly */
    scene_tell(&s, ALERT_INCIDENT_LOCKED, "incident 4", "locked");
    scene_tell(&s, ALERT_INCIDENT_HELD, "incident 5", "held");
    scene_pass(&s, 10 * SECOND_MS);
    scene_tell(&s, ALERT_INCIDENT_HELD, "incident 4", "held");
    scene_tell(&s, ALERT_INCIDENT_LOCKED, "incident 5", "locked");
    buf_clear(&s.sent);
    scene_pass(&s, 3 * MINUTE_MS);
    scene_expect(&s, "mail a@x.test: digest of 3\n"); /* 4 twice, 5 once */
    scene_end(&s);
}

static void test_digest(void **state)
{
    struct conf_alerts conf = scene_settings(scene_ways, 1);
    struct scene s;

    (void)state;
    scene_begin(&s, &conf);
    scene_flood(&s, 100, 1);
    scene_pass(&s, 10 * SECOND_MS);
    scene_expect(&s, "mail a@x.test: held incident 1\nmail a@x.test: held incident 2\n"
                     "mail a@x.test: held incident 3\n");
    scene_tell(&s, ALERT_QUEUE_GROWS, "queue", "grows"); /* another group */
    scene_pass(&s, 10 * SECOND_MS);
    scene_expect(&s, "mail a@x.test: grows queue\n");
    scene_pass(&s, 3 * MINUTE_MS);
    scene_expect(&s, "mail a@x.test: digest of 97\n");
    scene_flood(&s, 50, 200);
    scene_pass(&s, 50 * MINUTE_MS);
    scene_expect(&s, "");
    scene_pass(&s, 11 * MINUTE_MS);
    scene_expect(&s, "mail a@x.test: digest of 50\n");
    scene_pass(&s, 61 * MINUTE_MS);
    scene_flood(&s, 1, 300); /* all is quiet again */
    scene_pass(&s, MINUTE_MS);
    scene_expect(&s, "mail a@x.test: held incident 300\n");
    assert_int_equal(s.lost, 0);
    scene_end(&s);
}

static void test_locked_recipients_are_not_the_only_ones(void **state)
{
    static const struct conf_way two[] = {
        { .kind = CONF_WAY_MAIL, .name = "a@x.test", .id = "mail a@x.test", .least = ALERT_INFO },
        { .kind = CONF_WAY_MAIL,
          .name = "b@x.test",
          .id = "mail b@x.test",
          .least = ALERT_CRITICAL },
    };
    struct conf_alerts conf = scene_settings(two, 2);
    struct scene s;

    (void)state;
    scene_begin(&s, &conf);
    s.locked = "a@x.test";
    scene_flood(&s, 1, 1);
    scene_pass(&s, 10 * SECOND_MS);
    scene_expect(&s, "mail a@x.test: held incident 1\nmail b@x.test: held incident 1\n");
    s.locked = NULL;
    scene_flood(&s, 1, 2);
    scene_pass(&s, 10 * SECOND_MS);
    scene_expect(&s, "mail a@x.test: held incident 2\n");
    scene_end(&s);
}

static void test_owner(void **state)
{
    struct conf_alerts conf = scene_settings(scene_ways, 1);
    struct desk_event e = { .kind = ALERT_INCIDENT_LOCKED,
                            .severity = ALERT_CRITICAL,
                            .key = SLICE_INIT("incident 1"),
                            .state = SLICE_INIT("locked"),
                            .owner = SLICE_INIT("alice@private.test"),
                            .owner_language = SLICE_INIT("fr") };
    struct desk_letter letter;
    struct scene s;

    (void)state;
    scene_begin(&s, &conf);
    assert_true(desk_raise(s.desk, &e, s.now));
    s.now.ms += 10 * SECOND_MS;
    for (int i = 0; i < 2; i++) {
        assert_true(desk_next(s.desk, s.now, 0, UINT64_MAX, &letter));
        if (letter.way == NULL) {
            assert_string_equal(letter.entries[0]->way, "owner alice@private.test");
            assert_string_equal(letter.entries[0]->language, "fr");
            assert_true(letter.entries[0]->owner);
        }
        desk_done(s.desk, letter.number, DESK_DELIVERED, 0, SLICE(""), s.now);
    }
    e.kind = ALERT_INCIDENT_CLOSED;
    assert_true(desk_raise(s.desk, &e, s.now));
    scene_pass(&s, 10 * SECOND_MS);
    scene_expect(&s,
                 "mail a@x.test: locked incident 1\nowner alice@private.test: locked incident 1\n");
    s.locked = "alice@private.test"; /* an account of ours, too, which somebody else may read */
    e.kind = ALERT_INCIDENT_LOCKED;
    assert_true(desk_raise(s.desk, &e, s.now));
    scene_pass(&s, 10 * SECOND_MS);
    scene_expect(&s, "mail a@x.test: locked incident 1\n");
    scene_end(&s);
}

static void test_names(void **state)
{
    (void)state;
    for (unsigned k = 0; k < ALERT_KINDS; k++) {
        const struct alert_kind_row *row = alert_kind_row((enum alert_kind)k);

        assert_int_equal(alert_kind_find(slice_of(row->name)), k);
        assert_int_equal(strlen(row->id), 32);
        assert_true(row->severity != ALERT_DEFAULT);
        for (unsigned n = 0; n < k; n++)
            assert_string_not_equal(row->id, alert_kind_row((enum alert_kind)n)->id);
    }
    assert_int_equal(alert_kind_find(SLICE("nothing")), ALERT_KINDS);
    assert_int_equal(desk_way_kind(SLICE("webhook x")), CONF_WAY_WEBHOOK);
    assert_int_equal(desk_way_kind(SLICE("owner x@y")), CONF_WAY_MAIL);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_once_for_each_state),
        cmocka_unit_test(test_an_end_is_for_those_who_know),
        cmocka_unit_test(test_what_happens_is_told_again_after_a_day),
        cmocka_unit_test(test_a_newer_state_takes_the_place),
        cmocka_unit_test(test_quiet_hours),
        cmocka_unit_test(test_quiet_hours_end_with_one_letter),
        cmocka_unit_test(test_a_flood_of_the_night_goes_on_in_digests),
        cmocka_unit_test(test_worse_is_not_kept_back_by_better),
        cmocka_unit_test(test_digest),
        cmocka_unit_test(test_locked_recipients_are_not_the_only_ones),
        cmocka_unit_test(test_owner),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
