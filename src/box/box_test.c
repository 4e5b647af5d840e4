/* box_test.c - the way of an incident: watched, held, locked, ended; by itself and by hand. */
#include "box/scene.h"

#include <stdio.h>

#include "base/ban.h"

static void held_mail_of_the_innocent_leaves(void **state)
{
    struct box_scene *s = scene_new();
    struct box_incident *i;
    uint32_t number;

    (void)state;
    scene_stage(s, ALICE, STAGE_OBSERVE);
    i = scene_open(s, ALICE);
    assert_non_null(i);
    assert_int_equal(i->state, BOX_WATCHED);
    assert_int_equal(s->kept.incidents_n, 0);
    assert_false(scene_mail(s, ALICE, 2, true));
    scene_stage(s, ALICE, STAGE_HOLD);
    assert_int_equal(i->state, BOX_HELD);
    assert_int_equal(i->number, 1);
    assert_true(scene_noted(s, "mailfuse hold " ALICE));
    while (!scene_mail(s, ALICE, 10, true))
        ; /* a little goes out */
    scene_check(s);
    number = i->number;
    detect_reset(s->d, i->fuse);
    scene_pass(s, SECOND_MS);
    assert_int_equal(i->state, BOX_CLEARED);
    assert_null(scene_open(s, ALICE));
    assert_true(scene_noted(s, "mailfuse closed " ALICE ": nothing was wrong"));
    assert_int_equal(i->held.messages, 1);
    assert_int_equal(i->tasks[BOX_RELEASE].progress, BOX_PENDING);
    assert_int_equal(i->tasks[BOX_HOLD_QUEUE].progress, BOX_NOTHING); /* no longer wanted */
    scene_check(s);
    assert_int_equal(scene_work(s, ""), 1);
    assert_int_equal(i->held.messages, 0);
    assert_int_equal(i->released.messages, 1);
    assert_int_equal(i->released.recipients, 10);
    assert_int_equal(s->kept.messages_n, 0);
    assert_int_equal(s->kept.incidents[0].released.messages, 1); /* kept with it */
    assert_ptr_equal(scene_find(s, number), i);
    scene_check(s);
    scene_free(s);
}

static void a_suspicion_that_comes_to_nothing_leaves_no_trace(void **state)
{
    struct box_scene *s = scene_new();

    (void)state;
    scene_stage(s, ALICE, STAGE_OBSERVE);
    scene_stage(s, BOB, STAGE_OBSERVE);
    assert_int_equal(box_count(s->b).watched, 2);
    detect_reset(s->d, scene_fuse(s, ALICE));
    scene_pass(s, SECOND_MS);
    assert_int_equal(box_count(s->b).watched, 1);
    assert_null(scene_open(s, ALICE));
    assert_non_null(scene_open(s, BOB));
    assert_true(scene_noted(s, NULL));
    assert_int_equal(s->keeping, 0);
    scene_check(s);
    scene_free(s);
}

static void what_was_held_stays_when_it_is_locked(void **state)
{
    struct box_scene *s = scene_new();
    struct box_incident *i;
    uint32_t number = 0;

    (void)state;
    scene_stage(s, ALICE, STAGE_HOLD);
    i = scene_open(s, ALICE);
    while (!scene_mail(s, ALICE, 10, true))
        ;
    s->now.ms += MINUTE_MS;
    scene_stage(s, ALICE, STAGE_LOCK);
    assert_int_equal(i->state, BOX_LOCKED);
    assert_true(box_is_locked(s->b, i->fuse, &number));
    assert_int_equal(number, i->number);
    assert_int_equal(i->locked.ms, s->now.ms);
    assert_int_equal(i->held_from.ms, s->now.ms - MINUTE_MS);
    assert_int_equal(i->held.messages, 1);
    assert_true(scene_mail(s, ALICE, 3, true));
    assert_true(scene_mail(s, ALICE, 3, false)); /* it came past us */
    assert_int_equal(i->held.messages, 3);
    assert_int_equal(i->tasks[BOX_HOLD_MAIL].progress, BOX_PENDING);
    box_refused(s->b, i->fuse);
    assert_int_equal(scene_work(s, ""), 5);
    assert_int_equal(box_count(s->b).pending, 0);
    assert_int_equal(i->own.in[BOX_IS_HELD].messages, 3);
    scene_pass(s, SECOND_MS);
    assert_int_equal(s->kept.incidents[0].refused, 1);
    assert_int_equal(i->state, BOX_LOCKED);
    scene_check(s);
    scene_free(s);
}

/* Postfix has a file of hosts, too; only a step of an account means anything to Dovecot. */
static void a_host_is_locked_without_dovecot(void **state)
{
    struct box_scene *s = scene_new();
    struct subject relay = subject_make(SUBJECT_RELAY, SLICE("192.0.2.9"));
    struct box_decision by = scene_by(s);
    const struct box_incident *i;
    uint32_t number;

    (void)state;
    assert_int_equal(box_lock(s->b, &relay, &by, &number), BOX_OK);
    i = scene_find(s, number);
    assert_int_equal(i->tasks[BOX_LOCK_FILES].progress, BOX_PENDING);
    assert_int_equal(i->tasks[BOX_HOLD_QUEUE].progress, BOX_PENDING);
    assert_int_equal(box_count(s->b).pending, 2);
    assert_int_equal(scene_work(s, ""), 2);
    assert_int_equal(box_unlock(s->b, &relay, false, &by, &number), BOX_OK);
    assert_int_equal(scene_find(s, number)->state, BOX_CLOSED);
    assert_int_equal(scene_work(s, ""), 1);
    assert_int_equal(i->tasks[BOX_LOCK_FILES].progress, BOX_DONE);
    assert_int_equal(i->tasks[BOX_FLUSH].at.ms, 0);
    scene_check(s);
    scene_free(s);
}

static void only_observed(void **state)
{
    struct box_scene *s = scene_new();
    struct box_incident *i;

    (void)state;
    box_enforce(s->b, false, s->now);
    scene_stage(s, ALICE, STAGE_HOLD);
    i = scene_open(s, ALICE);
    assert_int_equal(i->state, BOX_OBSERVED);
    assert_false(i->would_lock);
    for (int k = 0; k < 20; k++)
        assert_false(scene_mail(s, ALICE, 10, true));
    scene_stage(s, ALICE, STAGE_LOCK);
    assert_int_equal(i->state, BOX_OBSERVED);
    assert_true(i->would_lock);
    assert_false(scene_mail(s, ALICE, 10, true));
    assert_int_equal(i->out.messages, 21);
    assert_int_equal(box_count(s->b).pending, 0);
    assert_false(box_has(s->b, i->fuse, FLAG_LOCKED));
    scene_check(s);
    detect_reset(s->d, i->fuse);
    scene_pass(s, SECOND_MS);
    assert_int_equal(i->state, BOX_CLEARED);
    scene_check(s);
    scene_free(s);
}

/* What becomes of each state when it begins to act, or ceases to. */
static void the_mode_is_switched(void **state)
{
    static const struct mode_case {
        const char *name;
        bool enforce, by_hand; /* before */
        enum stage stage;
        enum box_state before, after, then; /* `then`: when it is switched back */
    } cases[] = {
        { "watched", false, false, STAGE_OBSERVE, BOX_WATCHED, BOX_WATCHED, BOX_WATCHED },
        { "would hold", false, false, STAGE_HOLD, BOX_OBSERVED, BOX_CLOSED, BOX_CLOSED },
        { "would lock", false, false, STAGE_LOCK, BOX_OBSERVED, BOX_CLOSED, BOX_CLOSED },
        { "held by hand", false, true, STAGE_HOLD, BOX_HELD, BOX_HELD, BOX_HELD },
        { "locked by hand", false, true, STAGE_LOCK, BOX_LOCKED, BOX_LOCKED, BOX_LOCKED },
        { "watched", true, false, STAGE_OBSERVE, BOX_WATCHED, BOX_WATCHED, BOX_WATCHED },
        { "held", true, false, STAGE_HOLD, BOX_HELD, BOX_HELD, BOX_HELD },
        { "locked", true, false, STAGE_LOCK, BOX_LOCKED, BOX_LOCKED, BOX_LOCKED },
    };

    (void)state;
    for (size_t k = 0; k < COUNT(cases); k++) {
        const struct mode_case *c = &cases[k];
        struct box_scene *s = scene_new();
        struct subject alice = scene_account(ALICE);
        struct box_decision by = scene_by(s);
        struct box_incident *i;
        uint32_t number;

        box_enforce(s->b, c->enforce, s->now);
        if (!c->by_hand)
            scene_stage(s, ALICE, c->stage);
        else if (c->stage == STAGE_HOLD)
            assert_int_equal(box_hold(s->b, &alice, &by, &number), BOX_OK);
        else
            assert_int_equal(box_lock(s->b, &alice, &by, &number), BOX_OK);
        i = scene_open(s, ALICE);
        if (i->state != c->before)
            fail_msg("%s: got %s", c->name, box_state_name(i->state));
        box_enforce(s->b, !c->enforce, s->now);
        scene_check(s);
        if (i->state != c->after)
            fail_msg("%s, switched: got %s", c->name, box_state_name(i->state));
        if (c->after == BOX_CLOSED)
            assert_int_equal(detect_stage(s->d, i->fuse), STAGE_OBSERVE);
        box_enforce(s->b, c->enforce, s->now);
        if (i->state != c->then)
            fail_msg("%s, switched back: got %s", c->name, box_state_name(i->state));
        scene_check(s);
        scene_free(s);
    }
}

/* Held while it acted, then it only observes: nothing more is held or locked, and what is held
 * leaves when nothing was wrong. */
static void a_hold_outlives_the_mode(void **state)
{
    struct box_scene *s = scene_new();
    struct box_incident *i;

    (void)state;
    scene_stage(s, ALICE, STAGE_HOLD);
    i = scene_open(s, ALICE);
    while (!scene_mail(s, ALICE, 10, true))
        ;
    box_enforce(s->b, false, s->now);
    assert_false(scene_mail(s, ALICE, 10, true));
    scene_stage(s, ALICE, STAGE_LOCK);
    assert_int_equal(i->state, BOX_HELD);
    box_enforce(s->b, true, s->now);
    scene_pass(s, SECOND_MS);
    assert_int_equal(i->state, BOX_LOCKED);
    scene_check(s);
    scene_free(s);

    s = scene_new();
    scene_stage(s, ALICE, STAGE_HOLD);
    i = scene_open(s, ALICE);
    while (!scene_mail(s, ALICE, 10, true))
        ;
    box_enforce(s->b, false, s->now);
    scene_stage(s, ALICE, STAGE_LOCK);
    detect_reset(s->d, i->fuse);
    scene_pass(s, SECOND_MS);
    assert_int_equal(i->state, BOX_CLEARED);
    (void)scene_work(s, "");
    assert_int_equal(i->released.messages, 1);
    scene_check(s);
    scene_free(s);
}

/* A thief comes from hundreds of addresses: the first ones are kept, the others counted. */
static void addresses_are_counted_once(void **state)
{
    struct box_scene *s = scene_new();
    struct event e = {
        .type = EVENT_SUBMISSION, .at = s->now, .recipients = 1, .subject = scene_account(ALICE)
    };
    struct verdict v = { .fuse = scene_fuse(s, ALICE), .stage = STAGE_LOCK };
    struct box_incident *i;

    (void)state;
    scene_stage(s, ALICE, STAGE_LOCK);
    i = scene_open(s, ALICE);
    for (int k = 0; k < 1000; k++) {
        char text[32];

        snprintf(text, sizeof text, "203.0.%d.9", k % 200);
        assert_true(ip_parse(slice_of(text), &e.client));
        snprintf(text, sizeof text, "N%d", k);
        e.queue_id = slice_of(text);
        assert_true(box_verdict(s->b, &e, &v, true));
    }
    assert_int_equal(i->addresses_n, BOX_ADDRESSES);
    assert_int_equal(i->addresses[3].messages, 5);
    assert_in_range(i->addresses_more, 170, 200 - BOX_ADDRESSES);
    scene_free(s);
}

static void without_room_mail_is_put_off(void **state)
{
    struct box_scene *s = scene_new();
    struct box_incident *i;
    uint32_t number = 0, before;

    (void)state;
    scene_stage(s, ALICE, STAGE_HOLD);
    i = scene_open(s, ALICE);
    while (!scene_mail(s, ALICE, 10, true))
        ;
    assert_true(box_has_room(s->b));
    assert_int_equal(i->held.messages, 1);
    before = (uint32_t)i->out.messages;
    box_set_room(s->b, false);
    assert_true(scene_mail(s, ALICE, 7, true));
    assert_true(scene_mail(s, ALICE, 3, true));
    assert_int_equal(i->held.messages, 1);
    assert_int_equal(i->out.messages, before);
    assert_int_equal(i->refused, 10);
    assert_int_equal(s->kept.messages_n, 1);
    assert_true(scene_mail(s, ALICE, 5, false)); /* it is in the queue already: */
    assert_int_equal(i->held.messages, 2);       /* it takes no more room on hold */
    assert_false(scene_mail(s, BOB, 5, true));   /* who is not held is not concerned */
    assert_true(box_is_held(s->b, i->fuse, &number));
    assert_int_equal(number, i->number);
    assert_false(box_is_held(s->b, scene_fuse(s, BOB), &number));
    scene_check(s);
    detect_reset(s->d, i->fuse);
    scene_pass(s, SECOND_MS); /* what is held is let go all the same */
    assert_int_equal(i->state, BOX_CLEARED);
    (void)scene_work(s, "");
    assert_int_equal(i->released.messages, 2);
    assert_false(box_is_held(s->b, i->fuse, &number));
    scene_stage(s, BOB, STAGE_LOCK);
    i = scene_open(s, BOB);
    assert_true(scene_mail(s, BOB, 1, true)); /* it was under way */
    assert_int_equal(i->held.messages, 0);
    box_set_room(s->b, true);
    assert_true(scene_mail(s, BOB, 1, true));
    assert_int_equal(i->held.messages, 1);
    scene_check(s);
    scene_free(s);
}

static void who_is_held(void **state)
{
    struct box_scene *s = scene_new();
    struct subject alice = scene_account(ALICE);
    struct box_decision by = scene_by(s);
    uint32_t number = 0;

    (void)state;
    scene_stage(s, ALICE, STAGE_HOLD);
    assert_true(box_is_held(s->b, scene_fuse(s, ALICE), &number));
    box_enforce(s->b, false, s->now); /* the engine's holds are let alone */
    assert_false(box_is_held(s->b, scene_fuse(s, ALICE), &number));
    assert_int_equal(box_hold(s->b, &alice, &by, &number), BOX_OK); /* a person's are not */
    assert_true(box_is_held(s->b, scene_fuse(s, ALICE), &number));
    assert_false(box_is_held(s->b, UINT32_MAX, &number));
    scene_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(held_mail_of_the_innocent_leaves),
        cmocka_unit_test(a_suspicion_that_comes_to_nothing_leaves_no_trace),
        cmocka_unit_test(what_was_held_stays_when_it_is_locked),
        cmocka_unit_test(a_host_is_locked_without_dovecot),
        cmocka_unit_test(only_observed),
        cmocka_unit_test(the_mode_is_switched),
        cmocka_unit_test(a_hold_outlives_the_mode),
        cmocka_unit_test(addresses_are_counted_once),
        cmocka_unit_test(without_room_mail_is_put_off),
        cmocka_unit_test(who_is_held),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
