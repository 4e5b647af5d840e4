/* bounds_test.c - whatever comes, state stays within its bounds. */
#include "detect/scene_at_once.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <malloc.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "detect/fuse.h"

#include "base/ban.h"

/* Play it; the holds that ended, and what was lost. */
static struct rehearsal *played(const struct scene_row *rows)
{
    struct rehearsal *r = rehearsal_new(&never_locks);

    (void)scene_play(r, rows, &(struct scene_clock){ 0 });
    return r;
}

static void ten_thousand_messages_are_held(void **state)
{
    struct rehearsal *r = played((struct scene_row[]){ AROUND, AT_ONCE(10000, 1, 3600), { 0 } });
    const struct rehearsed_hold *hold;
    uint64_t messages, recipients;
    size_t n;

    (void)state;
    hold = rehearsal_holds(r, &n);
    assert_int_equal(n, 1);
    assert_in_range(hold->messages, 9980, 9995); /* all are counted, whether kept or not */
    assert_int_equal(hold->recipients, hold->messages);
    assert_in_range(hold->longest_ms, 7 * MINUTE_MS, 9 * MINUTE_MS);
    rehearsal_held(r, 0, &messages, &recipients);
    assert_int_equal(messages, 0);
    rehearsal_free(r);
}

static void a_message_to_ten_thousand_is_held(void **state)
{
    struct rehearsal *r =
        played((struct scene_row[]){ AROUND,
                                     AT_ONCE(14, 1, 7200),
                                     { SCENE_MAIL, MONDAY, 1, NIGHT + 1, ALICE, "203.0.113.5", 0, 1,
                                       1, 10000, 0, 0, 0, 2, 0, 30 },
                                     { 0 } });
    const struct rehearsed_hold *hold;
    size_t n;

    (void)state;
    hold = rehearsal_holds(r, &n);
    assert_int_equal(n, 1);
    assert_in_range(hold->recipients, 10001, 10010);
    assert_in_range(rehearsal_lost(r), 1, 2000); /* what found no room is counted */
    rehearsal_free(r);
}

/* As a milter may leave them. */
static void messages_without_recipients_are_held(void **state)
{
    struct rehearsal *r =
        played((struct scene_row[]){ AROUND, AT_ONCE(10, 1, 60), AT_ONCE(30, 0, 60), { 0 } });
    const struct rehearsed_hold *hold;
    size_t n;

    (void)state;
    hold = rehearsal_holds(r, &n);
    assert_int_equal(n, 1);
    assert_in_range(hold->messages, 1, 40);
    assert_in_range(hold->longest_ms, 1, 10 * MINUTE_MS);
    rehearsal_free(r);
}

static void ten_thousand_wait_when_it_is_locked(void **state)
{
    struct rehearsal *r = rehearsal_new(&(struct detect_options){ .hold_score = 4 });
    uint64_t messages, recipients;
    struct scene_end end;

    (void)state;
    end = scene_play(r,
                     (struct scene_row[]){ AROUND,
                                           { SCENE_MAIL, MONDAY, 1, NIGHT, ALICE, "203.*.113.5", 3,
                                             10000, 0, 3, 0, 30, 0, 2, 0, 60 },
                                           { 0 } },
                     &(struct scene_clock){ 0 });
    assert_int_equal(end.stage, STAGE_LOCK);
    rehearsal_held(r, 0, &messages, &recipients);
    assert_in_range(messages, 4000, 10000);
    assert_int_equal(recipients, 3 * messages);
    rehearsal_free(r);
}

/* Names of attempts to log in are invented by strangers. */
static void invented_names_leave_no_trace(void **state)
{
    enum { NAMES = 1000000 };
    struct detect *d = detect_new(&(struct detect_options){ 0 });
    struct event e = { .type = EVENT_LOGIN_FAILURE, .count = 1, .at = scene_day(1) };
    size_t before = mallinfo2().uordblks;
    char name[40];

    (void)state;
    (void)ip_parse(SLICE("203.0.113.5"), &e.client);
    for (int i = 0; i < NAMES; i++) {
        int n = snprintf(name, sizeof name, "invented%d@example.test", i);

        e.subject = subject_make(SUBJECT_ACCOUNT, (struct slice){ name, (size_t)n });
        e.at.ms += 10;
        e.type = i % 3 == 0 ? EVENT_RECEIVED : i % 3 == 1 ? EVENT_REJECT : EVENT_LOGIN_FAILURE;
        assert_int_equal(detect_event(d, &e).fuse, UINT32_MAX);
    }
    assert_int_equal(detect_count(d), 0);
    assert_int_equal(mallinfo2().uordblks, before);
    detect_free(d);
}

/* Nor do they push out the guesses at an account that there is. */
static void invented_names_hide_no_guesses(void **state)
{
    struct rehearsal *r = rehearsal_new(&(struct detect_options){ 0 });
    struct detect *d = rehearsal_detect(r);
    struct event e = { .type = EVENT_LOGIN_FAILURE, .count = 1, .at = scene_day(MONDAY) };
    const struct doubts *doubts;
    char name[40];

    (void)state;
    (void)scene_play(r, (struct scene_row[]){ AROUND, { 0 } }, &(struct scene_clock){ 0 });
    (void)scene_play(
        r,
        (struct scene_row[]){
            { SCENE_FAILURES, MONDAY, 1, NIGHT + 300, ALICE, "203.0.113.5", 0, 30, 1 }, { 0 } },
        &(struct scene_clock){ 0 });
    e.at.ms += 8 * HOUR_MS;
    for (int i = 0; i < 200000; i++) {
        int n = snprintf(name, sizeof name, "invented%d@example.test", i);

        e.subject = subject_make(SUBJECT_ACCOUNT, (struct slice){ name, (size_t)n });
        (void)detect_event(d, &e);
    }
    (void)scene_play(r,
                     (struct scene_row[]){ { SCENE_MAIL, MONDAY, 1, NIGHT + 400, ALICE,
                                             "203.0.113.5", 0, 3, 1, 1, 0, 0, 0, 2 },
                                           { 0 } },
                     &(struct scene_clock){ 0 });
    doubts = fuse_doubts(d, fuse_at(d, 0));
    assert_non_null(doubts);
    assert_in_range(doubts->now[SIGNAL_WAY_IN].observed, 28, 31);
    rehearsal_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_thousand_messages_are_held),
        cmocka_unit_test(a_message_to_ten_thousand_is_held),
        cmocka_unit_test(messages_without_recipients_are_held),
        cmocka_unit_test(ten_thousand_wait_when_it_is_locked),
        cmocka_unit_test(invented_names_leave_no_trace),
        cmocka_unit_test(invented_names_hide_no_guesses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
