/* once_wrong_test.c - what the engine did wrong once, and does no more. */
#include "detect/scene_at_once.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "detect/fuse.h"

#include "base/ban.h"

static void must_be(bool well, const char *otherwise)
{
    if (!well)
        fail_msg("%s", otherwise);
}

/* After a release of ten thousand messages, the results of new mail count as ever. */
static void results_count_after_a_large_hold(void **state)
{
    static const unsigned sizes[] = { 60, 10000 };
    double score[COUNT(sizes)];

    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct rehearsal *r = rehearsal_new(&never_locks);

        (void)scene_play(r,
                         (struct scene_row[]){ AROUND,
                                               AT_ONCE(sizes[i], 1, 36000),
                                               { SCENE_MAIL, MONDAY, 1, NIGHT + 40, ALICE,
                                                 "203.*.113.5", 8, 200, 2, 1, 0, 90, 0, 2 },
                                               { 0 } },
                         &(struct scene_clock){ 0 });
        score[i] = detect_incident(rehearsal_detect(r), 0)->score;
        rehearsal_free(r);
    }
    print_message("score %.2f after a hold of 60, %.2f after one of 10000\n", score[0], score[1]);
    must_be(score[1] > score[0] - 3, "results of what never waited are withheld");
}

/* Nor does the next hold end in 1970. */
static void a_hold_after_a_large_one_has_an_end(void **state)
{
    struct rehearsal *r = rehearsal_new(&never_locks);
    const struct rehearsed_hold *holds;
    bool well = true;
    size_t n;

    (void)state;
    (void)scene_play(r,
                     (struct scene_row[]){ AROUND,
                                           AT_ONCE(10000, 1, 36000),
                                           { SCENE_MAIL, MONDAY, 1, NIGHT + 40, ALICE,
                                             "203.*.113.5", 8, 200, 2, 1, 0, 90, 0, 2 },
                                           { 0 } },
                     &(struct scene_clock){ 0 });
    holds = rehearsal_holds(r, &n);
    for (size_t i = 0; i < n; i++)
        well &= holds[i].until.ms >= holds[i].from.ms;
    rehearsal_free(r);
    must_be(well, "of a hold none of whose messages found room the end is not noted");
}

/* On a server where nothing else happens it is let go at the same time. */
static void a_quiet_server_delays_nothing(void **state)
{
    struct rehearsal *r = rehearsal_new(&never_locks);
    const struct rehearsed_hold *hold;
    int64_t late_ms;
    size_t n;

    (void)state;
    (void)scene_play(r,
                     (struct scene_row[]){
                         { SCENE_MAIL, 1, 5, NINE, ALICE, "192.0.2.7", 0, 9, 3000, 1, 20, 0, 0, 1 },
                         { SCENE_MAIL, MONDAY, 1, NIGHT, ALICE, "203.*.113.5", 8, 60, 0, 1, 0, 0, 0,
                           2, 0, 0, true },
                         { SCENE_LOGINS, MONDAY, 1, NINE, ALICE, "192.0.2.7", 0, 1, 1 },
                         { 0 } },
                     &(struct scene_clock){ 0 });
    hold = rehearsal_holds(r, &n);
    assert_int_equal(n, 1);
    late_ms = hold->longest_ms;
    rehearsal_free(r);
    print_message("%.1f minutes late\n", (double)late_ms / MINUTE_MS);
    must_be(late_ms < 10 * MINUTE_MS, "time passes only when something is logged");
}

/* What was first seen "tomorrow" is forgotten as if it had come with the thief. */
static void a_clock_that_steps_back_forgets_no_home(void **state)
{
    struct scene_clock clock = { .back_from_day = MONDAY, .back_ms = 365 * DAY_MS };
    struct rehearsal *r = rehearsal_new(&(struct detect_options){ 0 });
    const struct doubts *doubts;
    double new_network;

    (void)state;
    (void)scene_play(
        r,
        (struct scene_row[]){
            { SCENE_MAIL, 1, 5, NINE, ALICE, "192.0.2.7", 0, 9, 3000, 1, 20, 0, 0, 1, 7 },
            { SCENE_MAIL, MONDAY, 1, NINE, ALICE, "192.0.2.7", 0, 60, 30, 1, 0, 25, 0, 1, 7 },
            { 0 } },
        &clock);
    doubts = fuse_doubts(rehearsal_detect(r), fuse_at(rehearsal_detect(r), 0));
    assert_non_null(doubts);
    new_network = (double)doubts->now[SIGNAL_NEW_NETWORK].weight;
    rehearsal_free(r);
    print_message("at home: new-network %.2f\n", new_network);
    must_be(new_network == 0, "the office counts as a new network when the clock steps");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_count_after_a_large_hold),
        cmocka_unit_test(a_hold_after_a_large_one_has_an_end),
        cmocka_unit_test(a_clock_that_steps_back_forgets_no_home),
        cmocka_unit_test(a_quiet_server_delays_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
