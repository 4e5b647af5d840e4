/* state_test.c - what was learnt survives as bytes, and is used as if it had never been away. */
#include "detect/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "base/memory.h"
#include "detect/fuse.h"
#include "detect/state_bytes.h"

#include "base/ban.h"

enum {
    NINE = 9 * 60,
    NIGHT = 2 * 60,
    LATER = 29, /* four weeks: what happened lately has faded */
    ROWS = 5,
};

#define ALICE "alice@example.test"
#define BOB "bob@example.test"
#define OFFICE(who, from)                                                                          \
    {                                                                                              \
        SCENE_MAIL, 1, 5, NINE, who, from, 0, 9, 3000, 1, 20, 0, 0, 1, 7                           \
    }

static const struct state_case {
    const char *name;
    struct scene_row past[ROWS], then[ROWS];
} cases[] = {
    { "nobody yet", { { 0 } }, { OFFICE(ALICE, "192.0.2.7") } },
    { "two at the office",
      { OFFICE(ALICE, "192.0.2.7"), OFFICE(BOB, "2001:db8::7") },
      { { SCENE_MAIL, LATER, 3, NINE, BOB, "192.0.2.7", 0, 9, 3000, 1, 30, 0, 0, 2, 7 },
        { SCENE_MAIL, LATER, 3, NINE, ALICE, "192.0.2.7", 0, 9, 3000, 1, 30, 0, 0, 1, 7 } } },
    { "a thief from a botnet",
      { OFFICE(ALICE, "192.0.2.7"), OFFICE(BOB, "192.0.2.7") },
      { { SCENE_FAILURES, LATER, 1, NIGHT, ALICE, "203.*.113.5", 8, 40, 10 },
        { SCENE_MAIL, LATER, 1, NIGHT + 20, ALICE, "203.*.113.5", 8, 200, 10, 1, 0, 20, 5, 2 } } },
    { "a thief who writes to those it knows",
      { { SCENE_MAIL, 1, 5, NINE, ALICE, "192.0.2.7", 0, 400, 60, 1, 600, 2, 0, 1, 7 } },
      { { SCENE_MAIL, LATER, 1, NIGHT, ALICE, "203.0.113.5", 0, 300, 2, 1, 600, 0, 0, 2, 8 } } },
    { "a traveller with many networks",
      { OFFICE(ALICE, "192.0.2.7"),
        { SCENE_LOGINS, 1, 12, 600, ALICE, "198.*.100.20", 20, 20, 600, 0, 0, 0, 0, 0, 9 } },
      { { SCENE_MAIL, LATER, 2, NINE, ALICE, "198.*.100.20", 30, 60, 60, 1, 40, 5, 0, 1, 9 } } },
    { "an office of which everybody else knows the network",
      { OFFICE("a1", "192.0.2.7"), OFFICE("b2", "192.0.2.7"), OFFICE("c3", "192.0.2.7"),
        OFFICE("d4", "192.0.2.7") },
      { { SCENE_MAIL, LATER, 1, NINE, "e5", "192.0.2.7", 0, 60, 30, 1, 0, 5, 0, 1, 7 } } },
    { "correspondents who wrote first",
      { OFFICE(ALICE, "192.0.2.7"), { SCENE_RECEIVED, 5, 1, 600, ALICE, "", 0, 40, 10, 0, 40 } },
      { { SCENE_MAIL, LATER, 1, NIGHT, ALICE, "203.0.113.5", 0, 60, 30, 1, 60, 0, 0, 1, 7 } } },
    { "a host of the LAN",
      { { SCENE_LAN, 1, 5, NINE, "10.0.0.7", "10.0.0.7", 0, 5, 600, 2 } },
      { { SCENE_LAN, LATER, 1, NINE, "10.0.0.7", "10.0.0.7", 0, 400, 2, 200 } } },
    { "somebody who was locked",
      { OFFICE(BOB, "192.0.2.7"),
        OFFICE(ALICE, "192.0.2.7"),
        { SCENE_MAIL, 8, 1, NIGHT, ALICE, "203.*.113.5", 8, 200, 10, 1, 0, 20, 5, 2 } },
      { { 0 } } },
};

static void the_bytes_give_the_same_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct rehearsal *one = played(cases[i].past), *two;
        struct bytes first = save(rehearsal_detect(one)), second;

        two = loaded(&first);
        second = save(rehearsal_detect(two));
        assert_int_equal(detect_count(rehearsal_detect(one)), detect_count(rehearsal_detect(two)));
        if (first.n != second.n || memcmp(first.p, second.p, first.n) != 0)
            fail_msg("%s: other bytes", cases[i].name);
        rehearsal_free(one);
        rehearsal_free(two);
        free(first.p);
        free(second.p);
    }
}

/* To save changes nothing, and to begin again later is as good as to go on. */
static void verdicts_are_those_of_who_went_on(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct rehearsal *one = played(cases[i].past), *two;
        struct bytes b = save(rehearsal_detect(one));
        struct scene_end went_on, began;

        two = loaded(&b);
        went_on = scene_play(one, cases[i].then, &(struct scene_clock){ 0 });
        began = scene_play(two, cases[i].then, &(struct scene_clock){ 0 });
        if (went_on.digest != began.digest)
            fail_msg("%s: went on to stage %d, highest %.3f; loaded: stage %d, highest %.3f",
                     cases[i].name, (int)went_on.stage, went_on.highest, (int)began.stage,
                     began.highest);
        rehearsal_free(one);
        rehearsal_free(two);
        free(b.p);
    }
}

/* What was learnt is used: at home without a past, the office is as new as the thief. */
static void without_the_state_verdicts_differ(void **state)
{
    const struct state_case *c = &cases[2];
    struct rehearsal *one = played(c->past), *fresh = played((struct scene_row[]){ { 0 } }), *two;
    struct bytes b = save(rehearsal_detect(one));
    struct scene_end knew, did_not;

    (void)state;
    two = loaded(&b);
    knew = scene_play(two, c->then, &(struct scene_clock){ 0 });
    did_not = scene_play(fresh, c->then, &(struct scene_clock){ 0 });
    assert_int_equal(knew.stage, STAGE_LOCK);
    assert_true(knew.left < did_not.left);
    rehearsal_free(one);
    rehearsal_free(two);
    rehearsal_free(fresh);
    free(b.p);
}

static void a_lock_is_no_part_of_it(void **state)
{
    struct rehearsal *one = played(cases[COUNT(cases) - 1].past), *two;
    struct bytes b = save(rehearsal_detect(one));
    struct subject alice = subject_make(SUBJECT_ACCOUNT, SLICE(ALICE));
    uint32_t fuse;

    (void)state;
    two = loaded(&b);
    fuse = detect_find(rehearsal_detect(two), &alice);
    assert_int_equal(fuse_at(rehearsal_detect(one), fuse)->stage, STAGE_LOCK);
    assert_int_equal(fuse_at(rehearsal_detect(two), fuse)->stage, STAGE_OBSERVE);
    assert_null(detect_incident(rehearsal_detect(two), fuse));
    rehearsal_free(one);
    rehearsal_free(two);
    free(b.p);
}

/* What a thief did in the last hour does not become usual by saving and loading. */
static void the_hour_of_a_thief_is_not_learnt(void **state)
{
    struct rehearsal *one = played(cases[COUNT(cases) - 1].past), *two;
    struct bytes b = save(rehearsal_detect(one));
    struct subject alice = subject_make(SUBJECT_ACCOUNT, SLICE(ALICE));
    struct scene_row home[] = { { SCENE_MAIL, LATER, 1, NINE, ALICE, "192.0.2.7", 0, 1, 0, 1, 20 },
                                { 0 } };
    float before, after;
    uint32_t fuse;

    (void)state;
    two = loaded(&b);
    fuse = detect_find(rehearsal_detect(two), &alice);
    before = fuse_at(rehearsal_detect(two), fuse)->picture.peak_hour;
    (void)scene_play(two, home, &(struct scene_clock){ 0 });
    after = fuse_at(rehearsal_detect(two), fuse)->picture.peak_hour;
    if (after > before)
        fail_msg("busiest hour %.1f, then %.1f", (double)before, (double)after);
    rehearsal_free(one);
    rehearsal_free(two);
    free(b.p);
}

/* One account with a name of `n` bytes. */
static struct detect *long_name(size_t n)
{
    struct detect *d = detect_new(&(struct detect_options){ 0 });
    char *name = memory_new(n, 1);
    struct event e = { .type = EVENT_LOGIN, .at = scene_day(1) };

    for (size_t i = 0; i < n; i++)
        name[i] = (char)(i * 7 % 256); /* NUL, line feed and all */
    e.subject = subject_make(SUBJECT_ACCOUNT, (struct slice){ name, n });
    (void)detect_event(d, &e);
    free(name);
    return d;
}

static void long_names(void **state)
{
    static const size_t sizes[] = { 1, 1 << 15, (1 << 15) + 1, (1 << 16) + 1, NAME_MOST };

    (void)state;
    for (size_t i = 0; i < COUNT(sizes); i++) {
        struct detect *d = long_name(sizes[i]);
        struct bytes b = save(d);
        struct rehearsal *r = loaded(&b);
        struct slice want = detect_subject(d, 0).name;

        assert_true(slice_eq(detect_subject(rehearsal_detect(r), 0).name, want));
        rehearsal_free(r);
        detect_free(d);
        free(b.p);
    }
}

/* Else nothing could read it again. */
static void too_long_a_name_is_not_written(void **state)
{
    struct detect *d = long_name(NAME_MOST + 1);
    struct bytes b = { 0 };

    (void)state;
    assert_false(state_save(d, take, &b));
    detect_free(d);
    free(b.p);
}

static void a_full_disk(void **state)
{
    struct rehearsal *r = played(cases[1].past);
    struct bytes whole = save(rehearsal_detect(r));
    size_t limits[] = { 0, 1, VERSION_AT, 65535, 65536, FUSES_AT, whole.n - HASH_N, whole.n - 1 };

    (void)state;
    for (size_t i = 0; i < COUNT(limits); i++) {
        struct bytes b = { .limit = limits[i] + 1 };

        assert_false(state_save(rehearsal_detect(r), take, &b));
        assert_int_equal(b.refused, 1); /* and is not asked again */
        free(b.p);
    }
    {
        struct bytes b = { .limit = whole.n + 1 };

        assert_true(state_save(rehearsal_detect(r), take, &b));
        assert_int_equal(b.n, whole.n);
        assert_memory_equal(b.p, whole.p, whole.n);
        free(b.p);
    }
    rehearsal_free(r);
    free(whole.p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bytes_give_the_same_bytes),
        cmocka_unit_test(verdicts_are_those_of_who_went_on),
        cmocka_unit_test(without_the_state_verdicts_differ),
        cmocka_unit_test(a_lock_is_no_part_of_it),
        cmocka_unit_test(the_hour_of_a_thief_is_not_learnt),
        cmocka_unit_test(long_names),
        cmocka_unit_test(too_long_a_name_is_not_written),
        cmocka_unit_test(a_full_disk),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
