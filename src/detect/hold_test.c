/* hold_test.c - in doubt a little mail goes out, and its results decide: let all go, or lock. */
#include "detect/scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attributes.h"

#include "base/ban.h"

enum { NINE = 9 * 60, NIGHT = 2 * 60, MONDAY = 8, ROWS = 7 };

/* A score that is never reached: nothing is locked, whatever the evidence. */
static const double never = 1e6;

#define ALICE "alice@example.test"
/* A working week; then others log in every ten seconds for two hours, so that time passes, and
 * she reads her mail. */
#define AROUND                                                                                     \
    { SCENE_MAIL, 1, 5, NINE, ALICE, "192.0.2.7", 0, 9, 3000, 1, 20, 0, 0, 1 },                    \
        { SCENE_LOGINS, MONDAY, 1, NIGHT, "bob@example.test", "192.0.2.9", 0, 720, 10 },           \
    {                                                                                              \
        SCENE_LOGINS, MONDAY, 1, NIGHT + 120, ALICE, "192.0.2.7", 0, 1, 1                          \
    }
/* A program that nobody knows sends from eight networks. */
#define SENDS(n, every_s, recipients, unknown, after_s)                                            \
    {                                                                                              \
        SCENE_MAIL, MONDAY, 1, NIGHT, ALICE, "203.*.113.5", 8, n, every_s, recipients, 0, unknown, \
            0, 2, 0, after_s                                                                       \
    }
#define NO_RESULTS(n, every_s, recipients)                                                         \
    {                                                                                              \
        SCENE_MAIL, MONDAY, 1, NIGHT, ALICE, "203.*.113.5", 8, n, every_s, recipients, 0, 0, 0, 2, \
            0, 0, true                                                                             \
    }

static const struct hold_case {
    const char *name;
    double lock_score;
    struct scene_row rows[ROWS];
    enum stage want;
    unsigned holds;                     /* that end by themselves; the first of them: */
    unsigned out_least, out_most;       /* recipients that left before it; when locked, in all */
    double minutes_least, minutes_most; /* until all may go */
} hold_cases[] = {
    { "no result at all: ten go out, the rest after eight minutes",
      never,
      { AROUND, NO_RESULTS(45, 10, 1) },
      STAGE_OBSERVE,
      1,
      9,
      11,
      7.5,
      8.5 },
    { "no result at all, everything at once",
      never,
      { AROUND, NO_RESULTS(60, 0, 1) },
      STAGE_OBSERVE,
      1,
      9,
      11,
      7.5,
      8.5 },
    { "no result at all, messages to three",
      never,
      { AROUND, NO_RESULTS(60, 1, 3) },
      STAGE_OBSERVE,
      1,
      9,
      15,
      7.5,
      8.5 },
    { "a letter to thirty from a new network by a new program: it goes after three minutes",
      never,
      { AROUND,
        { SCENE_MAIL, MONDAY, 1, NIGHT, ALICE, "203.0.113.5", 0, 1, 1, 30, 0, 0, 0, 2, 0, 60 } },
      STAGE_OBSERVE,
      1,
      0,
      0,
      3,
      5 },
    { "good results after a minute: all may go as soon as they tell enough",
      never,
      { AROUND, SENDS(100, 1, 1, 0, 60) },
      STAGE_OBSERVE,
      1,
      9,
      11,
      1,
      6 },
    { "good results after a minute, of two thousand messages",
      never,
      { AROUND, SENDS(2000, 0, 1, 0, 60) },
      STAGE_OBSERVE,
      1,
      9,
      11,
      1,
      8 },
    { "good results at once: nothing has to wait",
      never,
      { AROUND, SENDS(100, 10, 1, 0, 2) },
      STAGE_OBSERVE,
      0,
      0,
      0,
      0,
      0 },
    { "bad results after a minute",
      0,
      { AROUND, SENDS(1000, 1, 1, 25, 60) },
      STAGE_LOCK,
      0,
      9,
      40,
      0,
      0 },
    { "bad results after a minute, messages to ten",
      0,
      { AROUND, SENDS(100, 1, 10, 25, 60) },
      STAGE_LOCK,
      0,
      10,
      60,
      0,
      0 },
    { "bad results after six minutes: still in time",
      0,
      { AROUND, SENDS(1000, 1, 1, 25, 360) },
      STAGE_LOCK,
      0,
      9,
      40,
      0,
      0 },
};

static struct scene_end played(const struct hold_case *c, const struct scene_clock *clock,
                               struct rehearsed_hold *first)
{
    struct rehearsal *r =
        rehearsal_new(&(struct detect_options){ .hold_score = 4, .lock_score = c->lock_score });
    struct scene_end end = scene_play(r, c->rows, clock);
    const struct rehearsed_hold *holds = rehearsal_holds(r, &end.holds);

    *first = end.holds > 0 ? holds[0] : (struct rehearsed_hold){ 0 };
    rehearsal_free(r);
    return end;
}

/* Recipients of the run that left before the first hold, or the lock. */
static unsigned recipients_out(const struct hold_case *c, const struct scene_end *end,
                               const struct rehearsed_hold *first)
{
    const struct scene_row *run = c->rows;
    unsigned all;

    while (run[1].kind != SCENE_END)
        run++;
    all = run->n * run->recipients;
    if (end->stage == STAGE_LOCK)
        return end->left * run->recipients;
    return all - first->recipients;
}

static bool ends_well(const struct hold_case *c)
{
    struct rehearsed_hold first;
    struct scene_end got = played(c, &(struct scene_clock){ 0 }, &first);
    unsigned out = recipients_out(c, &got, &first);
    double minutes = (double)first.longest_ms / MINUTE_MS;
    bool counted = got.holds > 0 || c->want == STAGE_LOCK;
    bool well = got.stage == c->want && got.holds == c->holds &&
                (!counted || (out >= c->out_least && out <= c->out_most)) &&
                (got.holds == 0 || (minutes >= c->minutes_least && minutes <= c->minutes_most &&
                                    first.until.ms >= first.from.ms + first.longest_ms));

    if (!well)
        print_error("%s: got stage %d, %zu holds, %u recipients out, %.2f minutes late;"
                    " want stage %d, %u holds, %u to %u, %.1f to %.1f\n",
                    c->name, (int)got.stage, got.holds, out, minutes, (int)c->want, c->holds,
                    c->out_least, c->out_most, c->minutes_least, c->minutes_most);
    return well;
}

static void a_little_goes_out_and_decides(void **state)
{
    bool well = true;

    (void)state;
    for (size_t i = 0; i < COUNT(hold_cases); i++)
        well &= ends_well(&hold_cases[i]);
    assert_true(well);
}

/* Whatever the clock does, a lock is found and a hold ends. */
static void events_out_of_order(void **state)
{
    static const struct scene_clock clocks[] = {
        { .jitter_ms = 5 * SECOND_MS },
        { .jitter_ms = 3 * MINUTE_MS },
        { .back_from_day = MONDAY, .back_ms = 40 * DAY_MS },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(hold_cases); i++)
        for (size_t k = 0; k < COUNT(clocks); k++) {
            struct rehearsed_hold first;
            struct scene_end got = played(&hold_cases[i], &clocks[k], &first);

            if (got.stage != hold_cases[i].want)
                fail_msg("%s, clock %zu: got stage %d, want %d", hold_cases[i].name, k,
                         (int)got.stage, (int)hold_cases[i].want);
        }
}

/* What goes out in doubt is little, also when the first message is not. */
static void no_message_to_thousands_goes_out_in_doubt(void **state)
{
    struct rehearsal *r = rehearsal_new(&(struct detect_options){ 0 });
    struct scene_end end =
        scene_play(r, (struct scene_row[]){ AROUND, SENDS(1, 1, 10000, 0, 30), { 0 } },
                   &(struct scene_clock){ 0 });

    (void)state;
    rehearsal_free(r);
    assert_true(end.highest > 5);
    assert_int_equal(end.held, 1);
}

/* A clock that steps back does not make mail wait for as long. */
static void a_clock_that_steps_back_delays_nothing(void **state)
{
    struct scene_clock clock = { .back_from_day = MONDAY + 1, .back_ms = 26 * HOUR_MS };
    struct rehearsal *r =
        rehearsal_new(&(struct detect_options){ .hold_score = 4, .lock_score = never });
    size_t n;

    (void)state;
    (void)scene_play(
        r,
        (struct scene_row[]){
            { SCENE_MAIL, 1, 5, NINE, ALICE, "192.0.2.7", 0, 9, 3000, 1, 20, 0, 0, 1 },
            { SCENE_LOGINS, MONDAY, 1, 23 * 60, "bob@example.test", "192.0.2.9", 0, 1440, 10 },
            { SCENE_MAIL, MONDAY, 1, 23 * 60 + 55, ALICE, "203.*.113.5", 8, 60, 0, 1, 0, 0, 0, 2, 0,
              0, true },
            { 0 } },
        &clock);
    (void)rehearsal_holds(r, &n);
    rehearsal_free(r);
    assert_int_equal(n, 1);
}

/* Of mail that stays held the log knows results, of an account that is locked then. */
static void nobody_knows_results_of_what_stays(void **state)
{
    unsigned locks = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(hold_cases); i++) {
        const struct hold_case *c = &hold_cases[i];
        struct rehearsed_hold hold;
        struct scene_end first = played(c, &(struct scene_clock){ 0 }, &hold);
        struct scene_clock other = { .other_results_from = first.held_from };

        if (first.stage != STAGE_LOCK)
            continue;
        locks++;
        if (played(c, &other, &hold).digest != first.digest)
            fail_msg("%s: got other verdicts with other results of what was held", c->name);
    }
    assert_true(locks > 2);
}

/* What goes out first has results after an hour, the rest after two seconds: they wait with it. */
static const struct hold_case waits = {
    "late results of the first, quick ones of the rest",
    1e6,
    { AROUND,
      SENDS(12, 1, 1, 0, 3600),
      { SCENE_MAIL, MONDAY, 1, NIGHT + 1, ALICE, "203.*.113.5", 8, 100, 1, 1, 0, 0, 0, 2 } },
    STAGE_OBSERVE,
    1,
    0,
    0,
    0,
    0,
};

static void nobody_knows_results_of_what_waits(void **state)
{
    struct rehearsed_hold hold, ignored;
    struct scene_clock clock = { 0 }, other = { 0 };
    uint64_t all;

    (void)state;
    all = played(&waits, &clock, &hold).digest;
    assert_in_range(hold.messages, 100, 103);
    assert_in_range(hold.longest_ms, 7 * MINUTE_MS, 9 * MINUTE_MS);
    other.other_results_from = hold.from;
    assert_true(played(&waits, &other, &ignored).digest != all); /* in the end they do matter */
    clock.digest_until = other.digest_until = hold.until;
    all = played(&waits, &clock, &ignored).digest;
    assert_true(played(&waits, &other, &ignored).digest == all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_little_goes_out_and_decides),
        cmocka_unit_test(no_message_to_thousands_goes_out_in_doubt),
        cmocka_unit_test(a_clock_that_steps_back_delays_nothing),
        cmocka_unit_test(events_out_of_order),
        cmocka_unit_test(nobody_knows_results_of_what_stays),
        cmocka_unit_test(nobody_knows_results_of_what_waits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
