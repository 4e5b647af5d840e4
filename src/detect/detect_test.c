/* detect_test.c - the ladder, incidents, limits and the single signals that need a story. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "base/memory.h"
#include "detect/fuse.h"
#include "detect/scene.h"

#include "base/ban.h"

enum { NINE = 9 * 60, NOON = 12 * 60, NIGHT = 2 * 60, MONDAY = 8 };

#define ALICE "alice@example.test"
#define OFFICE                                                                                     \
    {                                                                                              \
        SCENE_MAIL, 1, 5, NINE, ALICE, "192.0.2.7", 0, 9, 3000, 1, 20                              \
    }
#define ABROAD(n)                                                                                  \
    {                                                                                              \
        SCENE_MAIL, MONDAY, 1, NIGHT, ALICE, "203.0.113.5", 0, n, 10, 1, 20, 0, 0                  \
    }
#define BOTNET                                                                                     \
    {                                                                                              \
        SCENE_MAIL, MONDAY, 1, NIGHT, ALICE, "203.*.113.5", 10, 200, 10, 1, 0, 20, 5               \
    }

static int setup(void **state)
{
    *state = rehearsal_new(&(struct detect_options){ 0 });
    return 0;
}

static int teardown(void **state)
{
    rehearsal_free(*state);
    return 0;
}

static struct scene_end play(struct rehearsal *r, const struct scene_row *rows)
{
    return scene_play(r, rows, &(struct scene_clock){ 0 });
}

static struct evidence evidence_of(const struct rehearsal *r, enum signal s)
{
    const struct detect *d = rehearsal_detect(r);
    const struct doubts *doubts;
    struct subject subject = subject_make(SUBJECT_ACCOUNT, SLICE(ALICE));
    uint32_t i = detect_find(d, &subject);

    assert_int_not_equal(i, UINT32_MAX);
    doubts = fuse_doubts(d, fuse_at(d, i));
    return doubts != NULL ? doubts->now[s] : (struct evidence){ 0 };
}

static double weight_of(const struct rehearsal *r, enum signal s)
{
    return (double)evidence_of(r, s).weight;
}

static void a_new_network_is_evidence(void **state)
{
    play(*state, (struct scene_row[]){ OFFICE, ABROAD(1), { 0 } });
    assert_true(weight_of(*state, SIGNAL_NEW_NETWORK) > 1.5);
    assert_true(weight_of(*state, SIGNAL_WAY_IN) == 0);
}

static void failures_before_the_first_success_are_the_way_in(void **state)
{
    play(*state, (struct scene_row[]){
                     OFFICE,
                     { SCENE_FAILURES, MONDAY, 1, 60, ALICE, "203.0.113.5", 0, 30, 60, 0, 0, 0, 0 },
                     ABROAD(1),
                     { 0 } });
    assert_true(weight_of(*state, SIGNAL_WAY_IN) > 1.5);
    assert_in_range(evidence_of(*state, SIGNAL_WAY_IN).observed, 28, 31);
}

/* The old password in a telephone at home. */
static void failures_at_home_are_no_way_in(void **state)
{
    play(*state, (struct scene_row[]){
                     OFFICE,
                     { SCENE_FAILURES, MONDAY, 1, 60, ALICE, "192.0.2.99", 0, 30, 60, 0, 0, 0, 0 },
                     ABROAD(1),
                     { 0 } });
    assert_true(weight_of(*state, SIGNAL_WAY_IN) == 0);
}

static void a_webmail_host_that_many_use_is_no_news(void **state)
{
    play(*state,
         (struct scene_row[]){
             OFFICE,
             { SCENE_LOGINS, 1, 5, NINE, "a@example.test", "203.0.113.5", 0, 3, 60, 0, 0, 0, 0 },
             { SCENE_LOGINS, 1, 5, NINE, "b@example.test", "203.0.113.5", 0, 3, 60, 0, 0, 0, 0 },
             { SCENE_LOGINS, 1, 5, NINE, "c@example.test", "203.0.113.5", 0, 3, 60, 0, 0, 0, 0 },
             { SCENE_LOGINS, 1, 5, NINE, "d@example.test", "203.0.113.5", 0, 3, 60, 0, 0, 0, 0 },
             { SCENE_LOGINS, 1, 5, NINE, "e@example.test", "203.0.113.5", 0, 3, 60, 0, 0, 0, 0 },
             { SCENE_LOGINS, 1, 5, NINE, "f@example.test", "203.0.113.5", 0, 3, 60, 0, 0, 0, 0 },
             ABROAD(5),
             { 0 } });
    assert_true(weight_of(*state, SIGNAL_NEW_NETWORK) < 0.1);
}

static void answers_are_not_to_strangers(void **state)
{
    play(*state,
         (struct scene_row[]){
             { SCENE_RECEIVED, 1, 1, NINE, ALICE, "198.51.100.1", 0, 50, 60, 0, 50, 0, 0 },
             { SCENE_MAIL, 1, 1, NOON, ALICE, "192.0.2.7", 0, 3, 60, 1, 50, 0, 0 },
             { SCENE_RECEIVED, 1, 1, 13 * 60, ALICE, "198.51.100.1", 0, 50, 60, 0, 50, 0, 0 },
             { SCENE_MAIL, 1, 1, 15 * 60, ALICE, "192.0.2.7", 0, 47, 60, 1, 50, 0, 0 },
             { 0 } });
    assert_true(weight_of(*state, SIGNAL_STRANGERS) < 0.5);
}

/* An own program that sends from a cloud, to people who exist. */
#define CLOUD(day, networks)                                                                       \
    {                                                                                              \
        SCENE_MAIL, day, 1, NIGHT, ALICE, "203.*.113.5", networks, 60, 10, 1, 0, 0, 0, 2           \
    }
#define WORK(day, days)                                                                            \
    {                                                                                              \
        SCENE_MAIL, day, days, NINE, ALICE, "192.0.2.7", 0, 9, 3000, 1, 20, 0, 0, 1                \
    }

static void a_suspicion_that_comes_to_nothing_is_released(void **state)
{
    struct scene_end end = play(
        *state, (struct scene_row[]){ WORK(1, 5), CLOUD(MONDAY, 5), WORK(MONDAY + 1, 4), { 0 } });
    const struct incident *i = detect_incident(rehearsal_detect(*state), 0);

    assert_int_equal(end.began, 1);
    assert_int_equal(end.ended, 1);
    assert_int_equal(end.stage, STAGE_OBSERVE);
    assert_non_null(i);
    assert_true(i->locked.ms == 0 && i->score >= 4);
    assert_in_range(i->since.ms, scene_day(MONDAY).ms, scene_day(MONDAY + 1).ms);
}

/* A later, lighter suspicion does not hide an earlier one. */
static void the_worst_incident_is_kept(void **state)
{
    struct rehearsal *r = rehearsal_new(&(struct detect_options){ .lock_score = 1e6 });
    struct scene_end end = play(r, (struct scene_row[]){ WORK(1, 5),
                                                         CLOUD(MONDAY, 9),
                                                         WORK(MONDAY + 1, 9),
                                                         CLOUD(MONDAY + 10, 4),
                                                         WORK(MONDAY + 11, 4),
                                                         { 0 } });
    const struct incident *i = detect_incident(rehearsal_detect(r), 0);

    (void)state;
    assert_int_equal(end.began, 2);
    assert_int_equal(end.ended, 2);
    assert_true(i->score >= end.highest - 0.001);
    assert_true(i->since.ms < scene_day(MONDAY + 1).ms);
    rehearsal_free(r);
}

static void a_lock_stays(void **state)
{
    struct scene_end end =
        play(*state, (struct scene_row[]){ OFFICE,
                                           BOTNET,
                                           { SCENE_MAIL, MONDAY + 1, 60, NINE, ALICE, "192.0.2.7",
                                             0, 9, 3000, 1, 20, 0, 0 },
                                           { 0 } });
    const struct incident *i = detect_incident(rehearsal_detect(*state), 0);

    assert_int_equal(end.stage, STAGE_LOCK);
    assert_true(end.score < 1);
    assert_true(i->score >= rehearsal_detect(*state)->options.lock_score);
    assert_true(i->since.ms <= i->held_from.ms && i->held_from.ms <= i->locked.ms);
    assert_true(i->locked.ms < scene_day(MONDAY + 1).ms);
}

static void thresholds_are_options(void **state)
{
    struct rehearsal *r =
        rehearsal_new(&(struct detect_options){ .hold_score = 1, .lock_score = 1e6 });
    struct scene_end end;

    (void)state;
    end = play(r, (struct scene_row[]){ OFFICE, BOTNET, { 0 } });
    assert_int_equal(end.stage, STAGE_HOLD);
    rehearsal_free(r);
}

/* Once there was more against it, without bad results; then it is locked for less. */
static unsigned hidden_after(unsigned networks, unsigned *locks)
{
    struct rehearsal *r = rehearsal_new(&(struct detect_options){ 0 });
    struct scene_end end = scene_play(
        r,
        (struct scene_row[]){
            { SCENE_MAIL, 1, 5, NINE, ALICE, "192.0.2.7", 0, 9, 3000, 1, 20 },
            { SCENE_MAIL, MONDAY, 1, NIGHT, ALICE, "203.*.113.5", networks, 60, 10, 1 },
            { SCENE_MAIL, MONDAY + 1, 9, NINE, ALICE, "192.0.2.7", 0, 9, 3000, 1, 20 },
            { SCENE_MAIL, MONDAY + 10, 1, NIGHT, ALICE, "198.18.7.5", 0, 60, 10, 1, 0, 15, 5 },
            { 0 } },
        &(struct scene_clock){ 0 });

    *locks += end.stage == STAGE_LOCK;
    rehearsal_free(r);
    return end.hidden;
}

static void a_lock_is_reported_whatever_was_before(void **state)
{
    unsigned hidden = 0, locks = 0;

    (void)state;
    for (unsigned networks = 1; networks < 16; networks++)
        hidden += hidden_after(networks, &locks);
    assert_true(locks > 5);
    assert_int_equal(hidden, 0);
}

/* Eight accounts are abused from one host at once. */
#define ABUSED(who)                                                                                \
    { SCENE_MAIL, 1, 5, NINE, who, "192.0.2.7", 0, 9, 3000, 1, 20, 0, 0, 1 },                      \
    {                                                                                              \
        SCENE_MAIL, MONDAY, 1, NIGHT, who, "203.0.113.5", 0, 200, 20, 1, 0, 20, 5, 2               \
    }

static void thieves_do_not_make_a_network_usual(void **state)
{
    struct rehearsal *r = rehearsal_new(&(struct detect_options){ 0 });
    unsigned few, many;

    (void)state;
    few = scene_play(r, (struct scene_row[]){ ABUSED("h@example.test"), { 0 } },
                     &(struct scene_clock){ 0 })
              .left;
    rehearsal_free(r);
    r = rehearsal_new(&(struct detect_options){ 0 });
    many = scene_play(r,
                      (struct scene_row[]){ ABUSED("a@example.test"),
                                            ABUSED("b@example.test"),
                                            ABUSED("c@example.test"),
                                            ABUSED("d@example.test"),
                                            ABUSED("e@example.test"),
                                            ABUSED("f@example.test"),
                                            ABUSED("g@example.test"),
                                            ABUSED("h@example.test"),
                                            { 0 } },
                      &(struct scene_clock){ 0 })
               .left;
    rehearsal_free(r);
    assert_in_range(many, 1, few + 8);
}

/* Events of several processes are not quite in order, around midnight, too. */
static void midnight_passes_once(void **state)
{
    struct rehearsal *r = rehearsal_new(&(struct detect_options){ 0 });
    struct scene_clock clock = { .jitter_ms = 2 * SECOND_MS };
    unsigned days;

    (void)state;
    (void)scene_play(r,
                     (struct scene_row[]){ { SCENE_MAIL, 1, 1, 23 * 60 + 59, ALICE, "192.0.2.7", 0,
                                             120, 1, 1, 20, 0, 0, 1, 7 },
                                           { 0 } },
                     &clock);
    days = fuse_at(rehearsal_detect(r), 0)->picture.active_days;
    rehearsal_free(r);
    assert_int_equal(days, 2);
}

static void invented_names_make_no_fuses(void **state)
{
    char name[32];

    for (int i = 0; i < 10000; i++) {
        snprintf(name, sizeof name, "guess%d@example.test", i);
        play(*state, (struct scene_row[]){
                         { SCENE_FAILURES, 1, 1, 0, name, "203.0.113.5", 0, 1, 0, 0, 0, 0, 0 },
                         { SCENE_RECEIVED, 1, 1, 0, name, "203.0.113.5", 0, 1, 0, 0, 0, 0, 0 },
                         { 0 } });
    }
    assert_int_equal(detect_count(rehearsal_detect(*state)), 0);
}

static void fuses_are_limited(void **state)
{
    struct rehearsal *r = rehearsal_new(&(struct detect_options){ .max_fuses = 10 });
    char name[32];

    (void)state;
    for (int i = 0; i < 25; i++) {
        snprintf(name, sizeof name, "user%d@example.test", i);
        play(r, (struct scene_row[]){
                    { SCENE_LOGINS, 1, 1, 0, name, "192.0.2.7", 0, 1, 0, 0, 0, 0, 0 }, { 0 } });
    }
    assert_int_equal(detect_count(rehearsal_detect(r)), 10);
    assert_int_equal(detect_forgotten(rehearsal_detect(r)), 15);
    rehearsal_free(r);
}

static void a_name_of_ten_kilobytes(void **state)
{
    enum { LONG = 10240 };
    char *name = memory_new(LONG + 1, 1);
    struct scene_end end;

    memset(name, 'a', LONG);
    end = play(*state, (struct scene_row[]){ { SCENE_MAIL, 1, 1, NIGHT, name, "203.*.113.5", 10,
                                               200, 10, 1, 0, 20, 5 },
                                             { 0 } });
    assert_int_equal(end.stage, STAGE_LOCK);
    assert_int_equal(detect_subject(rehearsal_detect(*state), 0).name.n, LONG);
    free(name);
}

struct steps {
    unsigned n;
    double last; /* score */
};

static void note_step(void *ctx, const struct event *event, enum signal s, const struct evidence *e,
                      double score)
{
    struct steps *steps = ctx;

    assert_true(slice_eq(event->subject.name, SLICE(ALICE)));
    assert_true(s < SIGNALS && e->weight <= signal_cap(s) && e->weight >= signal_floor(s));
    steps->n++;
    steps->last = score;
}

static void one_subject_is_traced(void **state)
{
    struct steps steps = { 0 };
    struct detect_options options = { .traced = subject_make(SUBJECT_ACCOUNT, SLICE(ALICE)),
                                      .trace = note_step,
                                      .trace_ctx = &steps };
    struct rehearsal *r = rehearsal_new(&options);

    (void)state;
    play(r, (struct scene_row[]){ OFFICE,
                                  { SCENE_MAIL, 1, 5, NINE, "bob@example.test", "192.0.2.7", 0, 9,
                                    3000, 1, 0, 20, 0 },
                                  BOTNET,
                                  { 0 } });
    assert_true(steps.n > 5 && steps.last > 0);
    rehearsal_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
        TEST(a_new_network_is_evidence),
        TEST(failures_before_the_first_success_are_the_way_in),
        TEST(failures_at_home_are_no_way_in),
        TEST(a_webmail_host_that_many_use_is_no_news),
        TEST(answers_are_not_to_strangers),
        TEST(a_suspicion_that_comes_to_nothing_is_released),
        TEST(a_lock_stays),
        TEST(invented_names_make_no_fuses),
        TEST(a_name_of_ten_kilobytes),
        cmocka_unit_test(the_worst_incident_is_kept),
        cmocka_unit_test(a_lock_is_reported_whatever_was_before),
        cmocka_unit_test(thieves_do_not_make_a_network_usual),
        cmocka_unit_test(midnight_passes_once),
        cmocka_unit_test(thresholds_are_options),
        cmocka_unit_test(fuses_are_limited),
        cmocka_unit_test(one_subject_is_traced),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
