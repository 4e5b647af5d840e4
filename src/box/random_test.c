/* random_test.c - thousands of things happen in any order, and the box is left alone at any moment:
 * nothing that was kept is lost, and nothing comes back that was ended. */
#include "box/random_scene.h"

#include "base/ban.h"

enum { STEPS = 1500, CRASH_STEPS = 900, PICTURES_EVERY = 40, CRASH_EVERY = 7 };

static void whatever_happens_it_adds_up(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct random_scene r = { .s = scene_new(), .seed = seed * 0x9E3779B97F4A7C15 };

        for (int k = 0; k < STEPS; k++) {
            random_step(&r);
            scene_check(r.s);
        }
        random_finish(&r);
        scene_check(r.s);
        assert_int_equal(box_count(r.s->b).pending, 0);
        for (uint32_t k = 0; k < r.s->kept.messages_n; k++)
            assert_int_equal(r.s->kept.messages[k].holding, BOX_IS_HELD);
        scene_free(r.s);
    }
}

static void check_kept(struct box_scene *s, const struct kept *k, bool enforce)
{
    for (uint32_t n = 0; n < k->incidents_n; n++) {
        const struct box_incident *was = &k->incidents[n], *i = box_find(s->b, was->number);

        if (i == NULL) {
            assert_true(was->ended.ms != 0);
            continue;
        }
        assert_true(slice_eq(i->subject.name, was->subject.name));
        if (was->state == BOX_OBSERVED && enforce)
            assert_int_equal(i->state, BOX_CLOSED);
        else
            assert_int_equal(i->state, was->state);
        for (int t = 0; t < BOX_STEPS && i->state == was->state; t++)
            if (task_open(&was->tasks[t]) && (t != BOX_HOLD_QUEUE || !incident_ended(i)))
                assert_int_equal(i->tasks[t].progress, BOX_PENDING);
    }
    assert_int_equal(s->kept.messages_n, k->messages_n);
    assert_int_equal(s->b->blocks_n, k->blocks_n);
    assert_int_equal(s->b->trusts_n, k->trusts_n);
}

static void check_agreement(struct box_scene *s)
{
    for (uint32_t f = 0; f < detect_count(s->d); f++) {
        const struct box_incident *i = box_open(s->b, f);
        enum stage stage = detect_stage(s->d, f);

        if (i == NULL || i->state == BOX_WATCHED)
            assert_int_equal(stage, STAGE_OBSERVE);
        else if (!i->by_hand && (i->state == BOX_LOCKED || i->state == BOX_WAITING))
            assert_int_equal(stage, STAGE_LOCK);
        else if (!i->by_hand && i->state == BOX_HELD)
            assert_int_equal(stage, STAGE_HOLD);
    }
}

/* With an engine from before: what was ended is not suspected anew. */
static void check_ended(struct box_scene *s, const struct kept *k)
{
    for (uint32_t f = 0; f < detect_count(s->d); f++) {
        struct subject who = detect_subject(s->d, f);
        const struct box_incident *last = NULL, *i = box_open(s->b, f);

        for (uint32_t n = 0; n < k->incidents_n; n++)
            if (slice_eq(k->incidents[n].subject.name, who.name) &&
                (last == NULL || k->incidents[n].number > last->number))
                last = &k->incidents[n];
        if (last == NULL || last->ended.ms == 0 || i == NULL)
            continue;
        assert_int_equal(i->state, BOX_WATCHED);
        if (last->state == BOX_CLOSED)
            assert_true(i->since.ms > last->ended.ms);
    }
}

/* Another life from these copies, until all is done. */
static void live_on(const struct box_scene *from, const struct kept *k,
                    const struct picture_book *book, bool older)
{
    struct random_scene r = { .s = scene_new(), .seed = from->keeping + 1 };
    bool enforce = box_enforces(from->b);

    r.s->now.ms = from->now.ms + 1;
    r.s->mails = from->mails;
    scene_restart(r.s, k, book, enforce);
    scene_check(r.s);
    check_kept(r.s, k, enforce);
    check_agreement(r.s);
    if (older)
        check_ended(r.s, k);
    for (int n = 0; n < 20; n++) {
        random_step(&r);
        scene_check(r.s);
    }
    random_finish(&r);
    scene_check(r.s);
    assert_int_equal(box_count(r.s->b).pending, 0);
    scene_free(r.s);
}

static void a_crash_at_any_moment_loses_nothing(void **state)
{
    struct random_scene r = { .s = scene_new(), .seed = 77, .steady = true };
    struct picture_book book = scene_pictures(r.s);
    struct kept before = kept_copy(&r.s->kept);

    (void)state;
    for (int k = 0; k < CRASH_STEPS; k++) {
        random_step(&r);
        if (k % CRASH_EVERY == 0)
            live_on(r.s, &r.s->kept, &book, true);
        if (k % PICTURES_EVERY != 0)
            continue;
        pictures_done(&book);
        book = scene_pictures(r.s);
        live_on(r.s, &before, &book, false); /* the engine knows more than was kept */
        kept_done(&before);
        before = kept_copy(&r.s->kept);
    }
    pictures_done(&book);
    kept_done(&before);
    scene_free(r.s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_happens_it_adds_up),
        cmocka_unit_test(a_crash_at_any_moment_loses_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
