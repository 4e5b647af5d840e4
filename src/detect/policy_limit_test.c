/* policy_limit_test.c - the limits that an administrator set: nothing goes beyond them, and nothing
 * waits for longer than they say. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "detect/fuse.h"
#include "detect/live.h"
#include "detect/policy_scene.h"
#include "detect/state_fuse.h"

#include "base/ban.h"

enum { ROWS = 3 };

static const struct limit_case {
    const char *name;
    struct detect_policy policy;
    struct scene_row rows[ROWS];
    unsigned held; /* of the last row */
} limits[] = {
    { "none", { 0 }, { OFFICE, LETTERS(90, 30, 1) }, 0 },
    { "messages an hour", { .messages_hour = LIMIT }, { OFFICE, LETTERS(25, 30, 1) }, 5 },
    { "as many as are admitted", { .messages_hour = LIMIT }, { OFFICE, LETTERS(LIMIT, 30, 1) }, 0 },
    { "as many in each of two hours",
      { .messages_hour = LIMIT },
      { OFFICE, LETTERS(2 * LIMIT, 180, 1) },
      0 },
    { "messages a day", { .messages_day = LIMIT }, { OFFICE, LETTERS(25, 1200, 1) }, 5 },
    { "recipients an hour", { .recipients_hour = LIMIT }, { OFFICE, LETTERS(8, 60, 4) }, 3 },
    { "recipients a day", { .recipients_day = LIMIT }, { OFFICE, LETTERS(8, 4000, 4) }, 3 },
    { "of somebody without a past", { .messages_hour = LIMIT }, { LETTERS(25, 30, 1) }, 5 },
};

static void limits_hold(void **state)
{
    unsigned wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(limits); i++) {
        struct scene_end end = played(&limits[i].policy, limits[i].rows);

        if (end.held == limits[i].held && (end.stage == STAGE_HOLD) == (limits[i].held > 0))
            continue;
        print_error("%s: %u held, want %u, stage %d\n", limits[i].name, end.held, limits[i].held,
                    (int)end.stage);
        wrong++;
    }
    assert_int_equal(wrong, 0);
}

static void a_limit_may_lock(void **state)
{
    unsigned wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(limits); i++) {
        struct detect_policy policy = limits[i].policy;
        struct scene_end end;

        policy.lock_at_limit = true;
        end = played(&policy, limits[i].rows);
        if (end.held == limits[i].held && (end.stage == STAGE_LOCK) == (limits[i].held > 0))
            continue;
        print_error("%s: %u refused, want %u, stage %d, score %.6f\n", limits[i].name, end.held,
                    limits[i].held, (int)end.stage, end.score);
        wrong++;
    }
    assert_int_equal(wrong, 0);
}

/* A limit is a limit, however sensitive the rest is. */
static void limits_do_not_depend_on_the_sensitivity(void **state)
{
    struct wish wish = { { .messages_hour = LIMIT }, 0 };
    unsigned wrong = 0;

    (void)state;
    for (int tenths = 5; tenths <= 20; tenths++)
        for (int at_limit = 0; at_limit <= 1; at_limit++) {
            struct rehearsal *r = begin(&wish, tenths / 10.0);
            struct scene_end end;

            wish.alice.lock_at_limit = at_limit == 1;
            end = play(r, (struct scene_row[]){ OFFICE, LETTERS(25, 30, 1), { 0 } });
            if (end.held != 5 || end.stage != (at_limit == 1 ? STAGE_LOCK : STAGE_HOLD)) {
                print_error("sensitivity %.1f: %u held, stage %d, score %.7f\n", tenths / 10.0,
                            end.held, (int)end.stage, end.score);
                wrong++;
            }
            rehearsal_free(r);
        }
    assert_int_equal(wrong, 0);
}

static void a_small_limit_lets_no_more_go(void **state)
{
    struct scene_end end = played(&(struct detect_policy){ .messages_hour = 3 },
                                  (struct scene_row[]){ OFFICE, LETTERS(20, 30, 1), { 0 } });

    (void)state;
    must_be(end.held == 17, "ten recipients may go to see what comes back");
}

/* The fourth letter follows the third result. */
static void a_limit_of_recipients_that_do_not_exist(void **state)
{
    struct scene_row rows[] = {
        OFFICE, { SCENE_MAIL, 8, 1, NINE, ALICE, "192.0.2.7", 0, 5, 60, 1, 0, 100, 0, 1, 7 }, { 0 }
    };

    (void)state;
    assert_int_equal(
        played(&(struct detect_policy){ .unknown_day = 2, .lock_at_limit = true }, rows).held, 2);
    must_be(played(&(struct detect_policy){ .unknown_day = 2 }, rows).held == 2,
            "ten recipients may go to see what comes back");
}

/* When the hour is over, what waited goes: others are active, so that time passes. */
static void a_hold_ends_with_the_hour(void **state)
{
    struct wish wish = { { .messages_hour = LIMIT }, 0 };
    struct rehearsal *r = begin(&wish, 0);
    const struct rehearsed_hold *holds;
    uint64_t messages, recipients;
    bool well;
    size_t n;

    (void)state;
    (void)play(r, (struct scene_row[]){ OFFICE,
                                        { SCENE_LOGINS, 8, 1, NINE, BOB, "192.0.2.9", 0, 400, 60 },
                                        LETTERS(25, 30, 1),
                                        { 0 } });
    rehearsal_held(r, 0, &messages, &recipients);
    holds = rehearsal_holds(r, &n);
    well = messages == 0 && n == 1 && holds[0].messages == 5 && holds[0].longest_ms <= 2 * HOUR_MS;
    rehearsal_free(r);
    must_be(well, "a limit holds on until the account sends again");
}

/* Nobody sends anything after the restart: only the clock goes on. */
static void a_restart_does_not_end_a_limit(void **state)
{
    struct wish wish = { { .messages_hour = LIMIT }, 0 };
    struct rehearsal *r = begin(&wish, 0);
    struct buf saved = buf_make(1 << 20);
    struct wall ten = { scene_day(8).ms + (NINE + 60) * MINUTE_MS };
    struct detect *d = detect_new(&(struct detect_options){ .policy = ask, .policy_ctx = &wish });
    uint32_t fuse;

    (void)state;
    (void)play(r, (struct scene_row[]){ OFFICE, LETTERS(25, 30, 1), { 0 } });
    state_fuse_save(rehearsal_detect(r), 0, &saved);
    fuse = state_fuse_load(d, buf_slice(&saved));
    assert_int_equal(fuse, 0);
    detect_pass_time(d, (struct wall){ ten.ms - MINUTE_MS });
    assert_int_equal(detect_stage(d, fuse), STAGE_HOLD);
    detect_pass_time(d, ten);
    assert_int_equal(detect_stage(d, fuse), STAGE_OBSERVE);
    buf_done(&saved);
    detect_free(d);
    rehearsal_free(r);
}

/* A thief is locked although the limit holds his mail first, and not let go with the hour. */
static void evidence_locks_whom_a_limit_holds(void **state)
{
    struct detect_policy limited = { .messages_hour = 3 };
    struct scene_row alone[] = { OFFICE, THIEF, { 0 } };
    struct scene_row others[] = {
        OFFICE, { SCENE_LOGINS, 8, 1, NIGHT, BOB, "192.0.2.9", 0, 400, 60 }, THIEF, { 0 }
    };

    (void)state;
    assert_int_equal(played(&(struct detect_policy){ 0 }, alone).stage, STAGE_LOCK);
    assert_int_equal(played(&limited, alone).stage, STAGE_LOCK);
    assert_int_equal(played(&limited, others).stage, STAGE_LOCK);
}

/* What a limit held was let go; that it was tolerated does not help a thief of the next day. */
static void evidence_holds_again_who_was_released(void **state)
{
    struct detect_policy limited = { .messages_hour = LIMIT };
    struct scene_row thief = THIEF;
    struct scene_row rows[] = { OFFICE,
                                { SCENE_LOGINS, 8, 1, NINE, BOB, "192.0.2.9", 0, 400, 60 },
                                LETTERS(25, 30, 1),
                                { 0 },
                                { 0 } };

    struct wish wish = { limited, 0 };
    struct rehearsal *r = begin(&wish, 0);
    uint64_t messages, recipients;
    size_t holds;

    (void)state;
    (void)play(r, rows);
    rehearsal_held(r, 0, &messages, &recipients);
    (void)rehearsal_holds(r, &holds);
    rehearsal_free(r);
    must_be(messages == 0 && holds == 1, "nothing was held, or it was not released");
    thief.day = 9;
    rows[3] = thief;
    must_be(played(&limited, rows).stage == STAGE_LOCK, "the thief was tolerated");
}

static void the_next_hour_begins_anew(void **state)
{
    struct wish wish = { { .messages_hour = LIMIT }, 0 };
    struct rehearsal *r = begin(&wish, 0);
    struct scene_end end;

    (void)state;
    end = play(r, (struct scene_row[]){ OFFICE,
                                        LETTERS(25, 30, 1),
                                        { SCENE_MAIL, 8, 1, NINE + 60, ALICE, "192.0.2.7", 0, 10,
                                          60, 1, 20, 0, 0, 1, 7 },
                                        { 0 } });
    assert_int_equal(end.held, 0);
    assert_int_equal(end.stage, STAGE_OBSERVE);
    assert_int_equal(end.holds, 1);
    rehearsal_free(r);
}

static void limits_are_those_of_one_account(void **state)
{
    struct scene_row rows[] = { OFFICE, LETTERS(25, 30, 1), { 0 } };
    struct scene_end end;

    (void)state;
    rows[0].who = rows[1].who = BOB;
    end = played(&(struct detect_policy){ .messages_hour = 3 }, rows);
    assert_int_equal(end.held, 0);
    assert_int_equal(end.stage, STAGE_OBSERVE);
}

static void few_recipients_are_free(void **state)
{
    struct scene_row rows[] = { OFFICE, THIEF, { 0 } };
    struct scene_end end;

    (void)state;
    rows[1].every_s = 400; /* nine an hour */
    end = played(&(struct detect_policy){ .free_hour = 10 }, rows);
    assert_int_equal(end.held, 0);
    assert_int_equal(end.stage, STAGE_OBSERVE);
    assert_true(end.highest > 8.5);
    end = played(&(struct detect_policy){ .free_hour = 9 }, rows);
    assert_true(end.held > 0); /* the ninth is not below nine */
}

/* "The limits above hold all the same." */
static void free_recipients_do_not_lift_a_limit(void **state)
{
    struct scene_end end = played(&(struct detect_policy){ .messages_day = LIMIT, .free_hour = 10 },
                                  (struct scene_row[]){ OFFICE, LETTERS(25, 1200, 1), { 0 } });

    (void)state;
    assert_int_equal(end.held, 5);
}

/* Where the mail server enforces the limit: after so many letters, each to somebody who does not
 * exist. */
static void unknown_recipients_are_refused_where_they_would_be_held(void **state)
{
    static const struct {
        unsigned letters;
        uint32_t have, most;
    } cases[] = { { 1, 0, 0 }, { 2, 0, 0 }, { 3, 3, 2 } };
    struct subject alice = subject_make(SUBJECT_ACCOUNT, SLICE(ALICE));
    struct wall soon = { scene_day(8).ms + (NINE + 10) * MINUTE_MS }, next_day = scene_day(9);

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct wish wish = { { .unknown_day = 2, .refuse_at_limit = true }, 0 };
        struct rehearsal *r = begin(&wish, 0);
        struct detect *d = rehearsal_detect(r);
        struct detect_limit limit;
        uint32_t fuse;

        (void)play(r, (struct scene_row[]){ OFFICE,
                                            { SCENE_MAIL, 8, 1, NINE, ALICE, "192.0.2.7", 0,
                                              cases[i].letters, 60, 1, 0, 100, 0, 1, 7 },
                                            { 0 } });
        fuse = detect_find(d, &alice);
        limit = detect_limit(d, fuse, 1, 1, soon, 0);
        if (limit.have != cases[i].have || limit.most != cases[i].most ||
            limit.unknown != (cases[i].most > 0))
            fail_msg("%u letters: got %u of %u", cases[i].letters, limit.have, limit.most);
        assert_int_equal(detect_limit(d, fuse, 1, 1, next_day, 0).most, 0);
        rehearsal_free(r);
    }
}

static void messages_under_way_take_room(void **state)
{
    static const struct {
        struct detect_policy policy;
        bool hour;
    } cases[] = { { { .messages_hour = 3 }, true }, { { .messages_day = 3 }, false } };
    struct subject alice = subject_make(SUBJECT_ACCOUNT, SLICE(ALICE));
    struct wall soon = { scene_day(8).ms + (NINE + 10) * MINUTE_MS };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct wish wish = { cases[i].policy, 0 };
        struct rehearsal *r = begin(&wish, 0);
        struct detect *d = rehearsal_detect(r);
        struct detect_limit limit;
        uint32_t fuse;

        (void)play(r, (struct scene_row[]){ OFFICE, LETTERS(1, 60, 1), { 0 } });
        fuse = detect_find(d, &alice);
        assert_int_equal(detect_limit(d, fuse, 2, 9, soon, 0).most, 0);
        limit = detect_limit(d, fuse, 3, 9, soon, 0);
        assert_true(limit.have == 1 && limit.most == 3 && limit.messages);
        assert_int_equal(limit.hour, cases[i].hour);
        rehearsal_free(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(a_limit_may_lock),
        cmocka_unit_test(limits_do_not_depend_on_the_sensitivity),
        cmocka_unit_test(a_small_limit_lets_no_more_go),
        cmocka_unit_test(a_limit_of_recipients_that_do_not_exist),
        cmocka_unit_test(a_hold_ends_with_the_hour),
        cmocka_unit_test(a_restart_does_not_end_a_limit),
        cmocka_unit_test(evidence_locks_whom_a_limit_holds),
        cmocka_unit_test(evidence_holds_again_who_was_released),
        cmocka_unit_test(the_next_hour_begins_anew),
        cmocka_unit_test(limits_are_those_of_one_account),
        cmocka_unit_test(few_recipients_are_free),
        cmocka_unit_test(free_recipients_do_not_lift_a_limit),
        cmocka_unit_test(messages_under_way_take_room),
        cmocka_unit_test(unknown_recipients_are_refused_where_they_would_be_held),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
