/* complaints_test.c - one complaint is ordinary, and so are those about a newsletter; three about a
 * person's mail are evidence, but never enough by themselves. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "detect/fuse.h"
#include "detect/live.h"
#include "detect/scene.h"
#include "detect/state_fuse.h"

#include "base/ban.h"

enum { NINE = 9 * 60, NIGHT = 2 * 60, ROWS = 3 };

#define ALICE "alice@example.test"
#define OFFICE                                                                                     \
    {                                                                                              \
        SCENE_MAIL, 1, 5, NINE, ALICE, "192.0.2.7", 0, 9, 3000, 1, 20, 0, 0, 1, 7                  \
    }
#define MAILING                                                                                    \
    {                                                                                              \
        SCENE_MAIL, 1, 7, NINE, ALICE, "192.0.2.7", 0, 1000, 5, 1, 1000, 0, 0, 1, 7                \
    }
#define THIEF                                                                                      \
    {                                                                                              \
        SCENE_MAIL, 8, 1, NIGHT, ALICE, "203.0.113.5", 0, 30, 60, 1, 0, 0, 0, 2, 8                 \
    }

static const struct complaint_case {
    const char *name;
    struct scene_row rows[ROWS];
    unsigned complaints;
    double least, most; /* weight of the signal */
} complaint_cases[] = {
    { "one about a person", { OFFICE }, 1, 0, 0.6 },
    { "two about a person", { OFFICE }, 2, 1.2, 2.5 },
    { "three about a person", { OFFICE }, 3, 2.5, 3 },
    { "a hundred", { OFFICE }, 100, 3, 3 },
    { "three about a mailing", { MAILING }, 3, 0, 0 },
    { "ten about a mailing", { MAILING }, 10, 0, 0 },
    { "forty about a mailing", { MAILING }, 40, 3, 3 },
};

static struct event complaint(struct wall at, uint32_t n)
{
    return (struct event){ .type = EVENT_COMPLAINT,
                           .at = at,
                           .count = n,
                           .subject = subject_make(SUBJECT_ACCOUNT, SLICE(ALICE)) };
}

static struct verdict complain(struct detect *d, int day, unsigned n)
{
    struct verdict v = { 0 };

    for (unsigned i = 0; i < n; i++) {
        struct event e = complaint((struct wall){ scene_day(day).ms + 12 * HOUR_MS }, 1);

        v = detect_event(d, &e);
    }
    return v;
}

static double weight_of(const struct detect *d, uint32_t fuse)
{
    const struct evidence *all = detect_evidence(d, fuse);

    return all != NULL ? (double)all[SIGNAL_COMPLAINTS].weight : 0;
}

static void weights(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(complaint_cases); i++) {
        const struct complaint_case *c = &complaint_cases[i];
        struct rehearsal *r = rehearsal_new(&(struct detect_options){ 0 });
        struct verdict v;
        double weight;

        (void)scene_play(r, c->rows, &(struct scene_clock){ 0 });
        v = complain(rehearsal_detect(r), 8, c->complaints);
        weight = weight_of(rehearsal_detect(r), v.fuse);
        if (weight < c->least || weight > c->most)
            fail_msg("%s: got %.2f, want %.2f to %.2f", c->name, weight, c->least, c->most);
        if (v.stage != STAGE_OBSERVE || v.suspicion_began)
            fail_msg("%s: complaints alone raised suspicion", c->name);
        rehearsal_free(r);
    }
}

static void they_are_added_to_other_evidence(void **state)
{
    struct rehearsal *r = rehearsal_new(&(struct detect_options){ 0 });
    struct verdict v;
    double before;

    (void)state;
    (void)scene_play(r, (struct scene_row[]){ OFFICE, THIEF, { 0 } }, &(struct scene_clock){ 0 });
    v = complain(rehearsal_detect(r), 8, 0);
    before = detect_score(rehearsal_detect(r), 0);
    v = complain(rehearsal_detect(r), 8, 3);
    assert_true(v.score > before);
    assert_true(weight_of(rehearsal_detect(r), v.fuse) > 2.5);
    rehearsal_free(r);
}

static void they_fade(void **state)
{
    struct rehearsal *r = rehearsal_new(&(struct detect_options){ 0 });
    struct detect *d = rehearsal_detect(r);
    struct verdict v;

    (void)state;
    (void)scene_play(r, (struct scene_row[]){ OFFICE, { 0 } }, &(struct scene_clock){ 0 });
    v = complain(d, 8, 2);
    assert_true(weight_of(d, v.fuse) > 1);
    (void)complain(d, 28, 1);
    assert_true(weight_of(d, v.fuse) < 0.6);
    rehearsal_free(r);
}

static void a_stranger_gets_no_fuse(void **state)
{
    struct rehearsal *r = rehearsal_new(&(struct detect_options){ 0 });

    (void)state;
    assert_int_equal(complain(rehearsal_detect(r), 8, 5).fuse, UINT32_MAX);
    assert_int_equal(detect_count(rehearsal_detect(r)), 0);
    rehearsal_free(r);
}

static struct buf saved(struct detect *d)
{
    struct buf bytes = buf_make(1 << 20);

    state_fuse_save(d, 0, &bytes);
    return bytes;
}

static void they_survive(void **state)
{
    struct rehearsal *one = rehearsal_new(&(struct detect_options){ 0 });
    struct rehearsal *two = rehearsal_new(&(struct detect_options){ 0 });
    struct buf bytes;

    (void)state;
    (void)scene_play(one, (struct scene_row[]){ OFFICE, { 0 } }, &(struct scene_clock){ 0 });
    (void)complain(rehearsal_detect(one), 8, 2);
    bytes = saved(rehearsal_detect(one));
    assert_int_equal(state_fuse_load(rehearsal_detect(two), buf_slice(&bytes)), 0);
    assert_true(fabs(weight_of(rehearsal_detect(one), 0) - weight_of(rehearsal_detect(two), 0)) <
                0.01);
    (void)complain(rehearsal_detect(two), 8, 1);
    assert_true(weight_of(rehearsal_detect(two), 0) > 2.5);
    buf_done(&bytes);
    rehearsal_free(one);
    rehearsal_free(two);
}

/* The first version had neither the number of signals nor the complaints behind everything. */
static void bytes_of_the_first_version_are_read(void **state)
{
    struct rehearsal *one = rehearsal_new(&(struct detect_options){ 0 });
    struct rehearsal *two = rehearsal_new(&(struct detect_options){ 0 });
    struct buf bytes, old = buf_make(1 << 20);

    (void)state;
    (void)scene_play(one, (struct scene_row[]){ OFFICE, { 0 } }, &(struct scene_clock){ 0 });
    assert_null(detect_evidence(rehearsal_detect(one), 0));
    bytes = saved(rehearsal_detect(one));
    buf_add_char(&old, 1);
    buf_add(&old, slice_head(slice_from(buf_slice(&bytes), 2), bytes.n - 2 - 4));
    assert_int_equal(state_fuse_load(rehearsal_detect(two), buf_slice(&old)), 0);
    buf_done(&old);
    old = saved(rehearsal_detect(two));
    assert_true(slice_eq(buf_slice(&old), buf_slice(&bytes)));
    buf_done(&old);
    buf_done(&bytes);
    rehearsal_free(one);
    rehearsal_free(two);
}

static void more_signals_than_there_are_are_refused(void **state)
{
    struct rehearsal *r = rehearsal_new(&(struct detect_options){ 0 });
    struct buf bytes;

    (void)state;
    (void)scene_play(r, (struct scene_row[]){ OFFICE, { 0 } }, &(struct scene_clock){ 0 });
    bytes = saved(rehearsal_detect(r));
    bytes.p[1]++;
    assert_int_equal(state_fuse_load(rehearsal_detect(r), buf_slice(&bytes)), UINT32_MAX);
    buf_done(&bytes);
    rehearsal_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights),
        cmocka_unit_test(they_are_added_to_other_evidence),
        cmocka_unit_test(they_fade),
        cmocka_unit_test(a_stranger_gets_no_fuse),
        cmocka_unit_test(they_survive),
        cmocka_unit_test(bytes_of_the_first_version_are_read),
        cmocka_unit_test(more_signals_than_there_are_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
