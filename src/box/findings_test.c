/* findings_test.c - whose a finding is, under which number it is told of, and when it is over. */
#include "box/findings.h"

#include <stdlib.h>

#include "base/memory.h"
#include "box/scene.h"

#include "base/ban.h"

#define ADDRESS SLICE("203.0.113.5")

struct world {
    struct box_scene *s;
    struct trail *trail;
    struct findings *f;
    uint32_t kept, gone, tied;
};

static void count_kept(void *ctx, const struct finding *f, bool gone)
{
    struct world *w = ctx;

    (void)f;
    w->kept += !gone;
    w->gone += gone;
}

static void count_tied(void *ctx, const struct finding *f)
{
    struct world *w = ctx;

    assert_int_not_equal(f->explained, 0);
    w->tied++;
}

static struct world *world_new(void)
{
    struct world *w = memory_new(1, sizeof *w);
    struct findings_keeper keeper = { count_kept, count_tied, w };

    w->s = scene_new();
    w->trail = trail_new();
    w->f = findings_new(w->s->b, w->trail, &keeper);
    return w;
}

static void world_free(struct world *w)
{
    findings_free(w->f);
    trail_free(w->trail);
    scene_free(w->s);
    free(w);
}

/* It sent so much now, all of it to strangers, a third of it refused. */
static uint32_t spams(struct world *w, const char *name, uint32_t n)
{
    uint32_t fuse = scene_fuse(w->s, name);

    for (uint32_t i = 0; i < n; i++) {
        struct event e = { .type = EVENT_DELIVERY,
                           .at = w->s->now,
                           .status = i % 3 == 0 ? DELIVERY_BOUNCED : DELIVERY_SENT,
                           .reply = REPLY_SPAM };

        trail_count(w->trail, fuse, &e, true);
    }
    return fuse;
}

static const struct finding *see(struct world *w, enum finding_kind kind, struct slice subject,
                                 struct slice by, uint32_t fuse)
{
    struct finding_news news = { kind, subject, by, SLICE("words"), fuse };
    const struct finding *f = findings_see(w->f, &news, w->s->now, NULL);

    assert_non_null(f);
    return f;
}

static const struct finding *listed(struct world *w, const char *zone)
{
    return see(w, FINDING_LISTING, ADDRESS, slice_of(zone), FINDING_NOBODY);
}

static void one_incident_ties_all(void **state)
{
    struct world *w = world_new();
    uint32_t alice, number;

    (void)state;
    alice = spams(w, ALICE, 30);
    scene_stage(w->s, ALICE, STAGE_LOCK);
    number = scene_open(w->s, ALICE)->number;
    scene_pass(w->s, HOUR_MS);
    assert_int_equal(listed(w, "a.test")->explained, number);
    assert_int_equal(finding_incident(listed(w, "b.test")), number);
    assert_int_equal(finding_incident(see(w, FINDING_QUEUE, SLICE("queue"), SLICE(""), alice)),
                     number);
    assert_int_equal(finding_incident(see(w, FINDING_COMPLAINTS, SLICE(ALICE), SLICE(""), alice)),
                     number);
    assert_int_equal(box_take_number(w->s->b), number + 1); /* none was opened */
    assert_int_equal(findings_at(w->f, 0)->culprits[0].fuse, alice);
    assert_int_equal(findings_at(w->f, 0)->culprits[0].recipients, 30);
    assert_int_equal(w->tied, 0); /* that was known at once */
    world_free(w);
}

static void what_nobody_explains_has_a_number_of_its_own(void **state)
{
    struct world *w = world_new();
    const struct finding *a = listed(w, "a.test"), *b, *queue;
    struct finding_case c;
    uint32_t number = a->own;

    (void)state;
    assert_int_equal(a->explained, 0);
    assert_int_not_equal(number, 0);
    scene_pass(w->s, HOUR_MS);
    b = listed(w, "b.test");
    assert_int_equal(b->own, number); /* the same address */
    queue = see(w, FINDING_QUEUE, SLICE("queue"), SLICE(""), FINDING_NOBODY);
    assert_int_not_equal(queue->own, number);
    assert_true(findings_case(w->f, number, &c));
    assert_int_equal(c.findings, 2);
    assert_int_equal(c.since.ms, a->since.ms);
    assert_non_null(findings_over(w->f, FINDING_LISTING, ADDRESS, SLICE("a.test"), w->s->now));
    assert_true(findings_case(w->f, number, &c));
    assert_int_equal(c.open, 1);
    assert_int_equal(c.ended.ms, 0);
    assert_non_null(findings_over(w->f, FINDING_LISTING, ADDRESS, SLICE("b.test"), w->s->now));
    assert_null(findings_over(w->f, FINDING_LISTING, ADDRESS, SLICE("b.test"), w->s->now));
    assert_true(findings_case(w->f, number, &c));
    assert_int_equal(c.ended.ms, w->s->now.ms);
    assert_int_not_equal(listed(w, "a.test")->own, number); /* another time, another incident */
    assert_false(findings_case(w->f, 0, &c));
    assert_false(findings_case(w->f, 999, &c));
    world_free(w);
}

static void it_is_explained_later(void **state)
{
    struct world *w = world_new();
    const struct finding *f;
    uint32_t own, number;

    (void)state;
    (void)spams(w, ALICE, 30);
    f = listed(w, "a.test");
    own = f->own;
    assert_int_equal(f->explained, 0);
    assert_int_equal(f->culprits_n, 1); /* it sent much, but there is no incident */
    scene_pass(w->s, DAY_MS);
    findings_pass_time(w->f, w->s->now);
    assert_int_equal(w->tied, 0);
    scene_stage(w->s, ALICE, STAGE_LOCK);
    number = scene_open(w->s, ALICE)->number;
    findings_pass_time(w->f, w->s->now); /* it has looked just now */
    assert_int_equal(f->explained, 0);
    findings_look_soon(w->f);
    findings_pass_time(w->f, w->s->now);
    assert_int_equal(f->explained, number);
    assert_int_equal(finding_incident(f), own); /* people know it by that one */
    assert_int_equal(w->tied, 1);
    scene_pass(w->s, HOUR_MS);
    findings_pass_time(w->f, w->s->now);
    assert_int_equal(w->tied, 1);
    world_free(w);
}

/* What may be the cause, and what may not. */
static void the_likely_culprit(void **state)
{
    static const struct {
        const char *what;
        uint32_t alice, bob;              /* what they sent to strangers */
        int64_t lock_after, listed_after; /* ms after that */
        bool unlocked, explains;          /* alice's lock */
    } cases[] = {
        { "locked, then listed", 30, 0, 0, HOUR_MS, false, true },
        { "one message to one recipient", 1, 0, 0, HOUR_MS, false, true },
        { "nothing got out", 0, 0, 0, HOUR_MS, false, false },
        { "nothing got out, and another sent", 0, 30, 0, HOUR_MS, false, false },
        { "another sent as much, without evidence", 30, 30, 0, HOUR_MS, false, true },
        { "another sent hundreds of times as much", 2, 2000, 0, HOUR_MS, false, false },
        { "listed a week and more later", 30, 0, 0, 9 * DAY_MS, true, false },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct world *w = world_new();
        struct subject alice = scene_account(ALICE);
        struct box_decision by = scene_by(w->s);
        const struct finding *f;
        uint32_t number;

        (void)spams(w, ALICE, cases[i].alice);
        (void)spams(w, BOB, cases[i].bob);
        scene_pass(w->s, cases[i].lock_after);
        scene_stage(w->s, ALICE, STAGE_LOCK);
        if (cases[i].unlocked)
            assert_int_equal(box_unlock(w->s->b, &alice, true, &by, &number), BOX_OK);
        scene_pass(w->s, cases[i].listed_after);
        f = listed(w, "a.test");
        if ((f->explained != 0) != cases[i].explains)
            fail_msg("%s: explained by %u", cases[i].what, f->explained);
        world_free(w);
    }
}

static void complaints_without_an_incident_open_none(void **state)
{
    struct world *w = world_new();
    uint32_t alice = scene_fuse(w->s, ALICE);
    const struct finding *f = see(w, FINDING_COMPLAINTS, SLICE(ALICE), SLICE(""), alice);

    (void)state;
    assert_int_equal(finding_incident(f), 0);
    for (int i = 0; i < 3; i++) {
        scene_pass(w->s, 3 * DAY_MS);
        assert_ptr_equal(see(w, FINDING_COMPLAINTS, SLICE(ALICE), SLICE(""), alice), f);
        findings_pass_time(w->f, w->s->now);
    }
    assert_int_equal(f->count, 4);
    assert_int_equal(f->ended.ms, 0);
    scene_pass(w->s, 8 * DAY_MS); /* none for a week */
    findings_pass_time(w->f, w->s->now);
    assert_int_equal(f->ended.ms, w->s->now.ms);
    world_free(w);
}

static void complaints_of_another_time_belong_to_another_incident(void **state)
{
    struct world *w = world_new();
    struct subject alice = scene_account(ALICE);
    const struct finding *f, *later;
    struct box_decision by;
    uint32_t fuse = scene_fuse(w->s, ALICE), number;

    (void)state;
    scene_stage(w->s, ALICE, STAGE_LOCK);
    f = see(w, FINDING_COMPLAINTS, SLICE(ALICE), SLICE(""), fuse);
    by = scene_by(w->s);
    assert_int_equal(box_unlock(w->s->b, &alice, true, &by, &number), BOX_OK);
    assert_int_equal(f->explained, number);
    scene_pass(w->s, DAY_MS);
    assert_ptr_equal(see(w, FINDING_COMPLAINTS, SLICE(ALICE), SLICE(""), fuse), f); /* late ones */
    scene_stage(w->s, ALICE, STAGE_LOCK);
    later = see(w, FINDING_COMPLAINTS, SLICE(ALICE), SLICE(""), fuse);
    assert_int_equal(f->ended.ms, w->s->now.ms);
    assert_int_equal(later->explained, scene_open(w->s, ALICE)->number);
    assert_int_not_equal(later->explained, number);
    assert_int_equal(later->count, 1);
    world_free(w);
}

static void what_is_told_of_again_and_again_spares_the_disk(void **state)
{
    struct world *w = world_new();

    (void)state;
    for (int i = 0; i < 1000; i++)
        (void)listed(w, "a.test");
    assert_int_equal(w->kept, 1);
    scene_pass(w->s, MINUTE_MS);
    assert_int_equal(listed(w, "a.test")->count, 1001);
    assert_int_equal(w->kept, 2);
    world_free(w);
}

static void the_oldest_that_ended_are_forgotten(void **state)
{
    struct world *w = world_new();
    uint32_t highest = 0;

    (void)state;
    for (int i = 0; i < FINDINGS_ENDED + 10; i++) {
        const struct finding *f = listed(w, "a.test");

        highest = f->own;
        (void)findings_over(w->f, FINDING_LISTING, ADDRESS, SLICE("a.test"), w->s->now);
    }
    scene_pass(w->s, HOUR_MS);
    findings_pass_time(w->f, w->s->now);
    assert_int_equal(w->gone, 10);
    assert_int_equal(findings_at(w->f, 0)->own, highest - FINDINGS_ENDED + 1);
    world_free(w);
}

static void after_a_restart_it_goes_on(void **state)
{
    struct world *w = world_new(), *other = world_new();
    const struct finding *f = listed(w, "a.test"), *same;

    (void)state;
    findings_load(other->f, f);
    assert_int_equal(box_take_number(other->s->b), f->own + 1); /* no number is given twice */
    same = listed(other, "a.test");
    assert_int_equal(same->id, f->id);
    assert_int_equal(same->count, 2);
    assert_true(slice_eq(same->words, f->words));
    assert_int_equal(listed(other, "b.test")->id, f->id + 1);
    world_free(w);
    world_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_incident_ties_all),
        cmocka_unit_test(what_nobody_explains_has_a_number_of_its_own),
        cmocka_unit_test(it_is_explained_later),
        cmocka_unit_test(the_likely_culprit),
        cmocka_unit_test(complaints_without_an_incident_open_none),
        cmocka_unit_test(complaints_of_another_time_belong_to_another_incident),
        cmocka_unit_test(what_is_told_of_again_and_again_spares_the_disk),
        cmocka_unit_test(the_oldest_that_ended_are_forgotten),
        cmocka_unit_test(after_a_restart_it_goes_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
