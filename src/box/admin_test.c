/* admin_test.c - what people decide, in every state; and mail that they let go or delete. */
#include "box/scene.h"

#include <stdio.h>

#include "base/ban.h"

enum decision { HOLD, LOCK, UNLOCK, FORCE };

/* One bit for each step that is asked for. */
#define ASKED(step) (1U << (step))

enum {
    LOCKING = ASKED(BOX_LOCK_FILES) | ASKED(BOX_KICK) | ASKED(BOX_FLUSH) | ASKED(BOX_HOLD_QUEUE),
    UNLOCKING = ASKED(BOX_LOCK_FILES) | ASKED(BOX_FLUSH),
    NO_INCIDENT = BOX_STATES,
};

static const struct decision_case {
    int from; /* enum box_state, or NO_INCIDENT */
    enum decision decision;
    enum box_said said;
    int to;
    unsigned asked;
} decision_cases[] = {
    { NO_INCIDENT, HOLD, BOX_OK, BOX_HELD, ASKED(BOX_HOLD_QUEUE) },
    { NO_INCIDENT, LOCK, BOX_OK, BOX_LOCKED, LOCKING },
    { NO_INCIDENT, UNLOCK, BOX_NO_SUCH, NO_INCIDENT, 0 },
    { NO_INCIDENT, FORCE, BOX_NO_SUCH, NO_INCIDENT, 0 },
    { BOX_WATCHED, HOLD, BOX_OK, BOX_HELD, ASKED(BOX_HOLD_QUEUE) },
    { BOX_WATCHED, LOCK, BOX_OK, BOX_LOCKED, LOCKING },
    { BOX_WATCHED, UNLOCK, BOX_NO_SUCH, BOX_WATCHED, 0 },
    { BOX_WATCHED, FORCE, BOX_NO_SUCH, BOX_WATCHED, 0 },
    { BOX_OBSERVED, HOLD, BOX_OK, BOX_HELD, ASKED(BOX_HOLD_QUEUE) },
    { BOX_OBSERVED, LOCK, BOX_OK, BOX_LOCKED, LOCKING },
    { BOX_OBSERVED, UNLOCK, BOX_OK, BOX_CLOSED, 0 },
    { BOX_OBSERVED, FORCE, BOX_OK, BOX_CLOSED, 0 },
    { BOX_HELD, HOLD, BOX_OK, BOX_HELD, ASKED(BOX_HOLD_QUEUE) },
    { BOX_HELD, LOCK, BOX_OK, BOX_LOCKED, LOCKING },
    { BOX_HELD, UNLOCK, BOX_OK, BOX_CLOSED, 0 },
    { BOX_HELD, FORCE, BOX_OK, BOX_CLOSED, 0 },
    { BOX_LOCKED, HOLD, BOX_ALREADY, BOX_LOCKED, 0 },
    { BOX_LOCKED, LOCK, BOX_ALREADY, BOX_LOCKED, 0 },
    { BOX_LOCKED, UNLOCK, BOX_OK, BOX_WAITING, UNLOCKING },
    { BOX_LOCKED, FORCE, BOX_OK, BOX_CLOSED, UNLOCKING },
    { BOX_WAITING, HOLD, BOX_ALREADY, BOX_WAITING, 0 },
    { BOX_WAITING, LOCK, BOX_OK, BOX_LOCKED, LOCKING },
    { BOX_WAITING, UNLOCK, BOX_ALREADY, BOX_WAITING, 0 },
    { BOX_WAITING, FORCE, BOX_OK, BOX_CLOSED, UNLOCKING },
};

static enum box_said decide(struct box_scene *s, enum decision decision, uint32_t *number)
{
    struct subject alice = scene_account(ALICE);
    struct box_decision by = scene_by(s);

    switch (decision) {
    case HOLD:
        return box_hold(s->b, &alice, &by, number);
    case LOCK:
        return box_lock(s->b, &alice, &by, number);
    case UNLOCK:
    case FORCE:
        break;
    }
    return box_unlock(s->b, &alice, decision == FORCE, &by, number);
}

/* Everything that led there is done. */
static void lead_to(struct box_scene *s, int state)
{
    uint32_t number = 0;

    (void)scene_login(s, ALICE, 11, true);
    if (state == BOX_WATCHED)
        scene_stage(s, ALICE, STAGE_OBSERVE);
    if (state == BOX_OBSERVED) {
        box_enforce(s->b, false, s->now);
        scene_stage(s, ALICE, STAGE_LOCK);
    }
    if (state == BOX_HELD)
        scene_stage(s, ALICE, STAGE_HOLD);
    if (state == BOX_LOCKED || state == BOX_WAITING)
        scene_stage(s, ALICE, STAGE_LOCK);
    if (state == BOX_WAITING)
        assert_int_equal(decide(s, UNLOCK, &number), BOX_OK);
    (void)scene_work(s, "");
    if (state != NO_INCIDENT)
        assert_int_equal(scene_open(s, ALICE)->state, state);
    s->now.ms += MINUTE_MS;
}

static void every_decision_in_every_state(void **state)
{
    (void)state;
    for (size_t k = 0; k < COUNT(decision_cases); k++) {
        const struct decision_case *c = &decision_cases[k];
        struct box_scene *s = scene_new();
        const struct box_incident *i, *last;
        enum box_said said;
        uint32_t number = 0;
        unsigned asked = 0;

        (void)scene_fuse(s, ALICE);
        lead_to(s, c->from);
        scene_forget_notes(s);
        said = decide(s, c->decision, &number);
        i = box_find(s->b, number);
        last = i != NULL ? i : scene_open(s, ALICE);
        for (int t = 0; last != NULL && t < BOX_STEPS; t++)
            asked |= last->tasks[t].progress == BOX_PENDING ? ASKED(t) : 0;
        if (said != c->said || asked != c->asked ||
            (last != NULL ? (int)last->state : NO_INCIDENT) != c->to)
            fail_msg("row %zu: said %d, want %d; asked %x, want %x; state %d, want %d", k, said,
                     c->said, asked, c->asked, last != NULL ? (int)last->state : NO_INCIDENT,
                     c->to);
        if (said == BOX_OK)
            assert_true(scene_noted(s, "root ")); /* who, and why */
        else
            assert_true(scene_noted(s, NULL));
        scene_check(s);
        (void)scene_work(s, "");
        assert_int_equal(box_count(s->b).pending, 0);
        scene_check(s);
        scene_free(s);
    }
}

/* The engine neither ends nor softens what was decided by hand. */
static void by_hand_is_by_hand(void **state)
{
    struct box_scene *s = scene_new();
    struct box_incident *i;
    uint32_t number;

    (void)state;
    scene_stage(s, ALICE, STAGE_HOLD);
    assert_int_equal(decide(s, HOLD, &number), BOX_OK);
    i = scene_find(s, number);
    for (int k = 0; k < 5; k++)
        assert_true(scene_mail(s, ALICE, 1, true));
    detect_reset(s->d, i->fuse);
    scene_pass(s, 2 * HOUR_MS);
    assert_int_equal(i->state, BOX_HELD);
    assert_int_equal(i->held.messages, 5);
    assert_int_equal(decide(s, HOLD, &number), BOX_ALREADY);
    assert_int_equal(decide(s, UNLOCK, &number), BOX_OK);
    assert_int_equal(i->state, BOX_CLOSED);
    assert_int_equal(i->held.messages, 5); /* until somebody lets it go */
    scene_check(s);
    scene_free(s);
}

/* What is sent after an unlock is not held by what was asked for before. */
static void an_unlock_ends_what_was_to_be_held(void **state)
{
    struct box_scene *s = scene_new();
    struct box_incident *i;
    struct box_work w;
    uint32_t number;

    (void)state;
    assert_int_equal(decide(s, LOCK, &number), BOX_OK);
    i = scene_find(s, number);
    (void)scene_work(s, "the helper is away");
    assert_int_equal(i->tasks[BOX_HOLD_QUEUE].progress, BOX_PENDING);
    assert_int_equal(decide(s, FORCE, &number), BOX_OK);
    assert_int_equal(i->tasks[BOX_HOLD_QUEUE].progress, BOX_NOTHING);
    assert_int_equal(i->tasks[BOX_KICK].progress, BOX_PENDING); /* who was in is to be out */
    s->now.ms += 10 * SECOND_MS;
    scene_store(s);
    while (box_next_work(s->b, s->now, &w))
        assert_int_not_equal(w.step, BOX_HOLD_QUEUE);
    assert_false(box_may_hold(s->b, number, SLICE("Q1")));
    scene_check(s);
    scene_free(s);
}

static bool stop_at_first(void *ctx, const struct box_message *m)
{
    *(struct wall *)ctx = m->at;
    return false;
}

static void mail_is_let_go_the_oldest_first(void **state)
{
    struct box_scene *s = scene_new();
    struct box_incident *i;
    struct wall oldest = { 0 }, begun = s->now;
    uint32_t fuse, number;

    (void)state;
    scene_stage(s, ALICE, STAGE_HOLD);
    fuse = scene_fuse(s, ALICE);
    while (!scene_mail(s, ALICE, 10, true))
        ;
    i = scene_open(s, ALICE);
    number = i->number;
    for (int k = 1; k < 200; k++) { /* each older than the one before */
        char id[16];

        snprintf(id, sizeof id, "F%d", k);
        box_found_queued(s->b, number, slice_of(id), (struct wall){ begun.ms - k }, 1, 1, SLICE(""),
                         s->now);
        box_was_held(s->b, slice_of(id), 1);
    }
    (void)scene_work(s, "");
    assert_int_equal(i->held.messages, 200);
    oldest = box_release(s->b, fuse, 50, s->now);
    assert_int_equal(oldest.ms, begun.ms - 149);
    assert_int_equal(i->own.in[BOX_TO_RELEASE].messages, 50);
    box_messages(s->b, number, stop_at_first, &oldest);
    assert_int_equal(oldest.ms, begun.ms - 199);
    assert_int_equal(scene_work(s, ""), 1);
    assert_int_equal(i->held.messages, 150);
    assert_int_equal(i->released.messages, 50);
    assert_false(box_may_hold(s->b, number, SLICE("F199"))); /* it leaves */
    assert_true(box_may_hold(s->b, number, SLICE("F149")));
    assert_int_equal(box_release(s->b, fuse, 150, s->now).ms, 0);
    scene_check(s);
    scene_free(s);
}

static void messages_by_hand(void **state)
{
    struct box_scene *s = scene_new();
    struct box_decision by = scene_by(s);
    struct box_incident *i;
    uint32_t number, n = 7;

    (void)state;
    assert_int_equal(decide(s, LOCK, &number), BOX_OK);
    i = scene_find(s, number);
    for (int k = 1; k <= 6; k++)
        assert_true(scene_mail(s, ALICE, 2, k % 2 == 0));
    assert_int_equal(box_release_one(s->b, number, SLICE("NONE"), &by), BOX_NO_SUCH);
    assert_int_equal(box_release_one(s->b, number, SLICE("Q3"), &by), BOX_OK);
    assert_true(scene_noted(s, "root release Q3: because"));
    assert_int_equal(box_release_one(s->b, number, SLICE("Q3"), &by), BOX_ALREADY);
    (void)scene_work(s, "");
    assert_int_equal(box_release_one(s->b, number, SLICE("Q3"), &by), BOX_NO_SUCH);
    assert_false(box_may_hold(s->b, number, SLICE("Q3"))); /* an administrator knows */
    assert_int_equal(i->held.messages, 5);
    assert_int_equal(box_purge(s->b, number, &by, &n), BOX_OK);
    assert_int_equal(n, 5);
    assert_int_equal(box_purge(s->b, number, &by, &n), BOX_ALREADY);
    assert_int_equal(box_release_all(s->b, number, &by, &n), BOX_ALREADY);
    assert_int_equal(n, 0);
    (void)scene_work(s, "");
    assert_int_equal(i->purged.recipients, 10);
    assert_int_equal(i->released.recipients, 2);
    assert_int_equal(s->kept.messages_n, 0);
    assert_int_equal(box_release_all(s->b, 99, &by, &n), BOX_NO_SUCH);
    assert_int_equal(box_purge(s->b, 99, &by, &n), BOX_NO_SUCH);
    assert_true(scene_mail(s, ALICE, 2, true));
    box_message_gone(s->b, SLICE("Q7"), s->now);
    assert_true(scene_noted(s, "somebody else's hand"));
    assert_int_equal(i->released.messages, 2);
    scene_check(s);
    scene_free(s);
}

/* A crash before it is done: the account is locked, and yet the mail leaves for good. */
static void messages_by_hand_after_a_restart(void **state)
{
    struct box_scene *s = scene_new();
    struct box_decision by = scene_by(s);
    struct picture_book book;
    uint32_t number, n;
    struct kept kept;

    (void)state;
    assert_int_equal(decide(s, LOCK, &number), BOX_OK);
    for (int k = 1; k <= 3; k++)
        assert_true(scene_mail(s, ALICE, 2, true));
    (void)scene_work(s, "");
    assert_int_equal(box_release_one(s->b, number, SLICE("Q3"), &by), BOX_OK);
    assert_int_equal(box_release_all(s->b, number, &by, &n), BOX_OK);
    kept = kept_copy(&s->kept);
    book = scene_pictures(s);
    scene_restart(s, &kept, &book, true);
    assert_int_equal(scene_find(s, number)->own.in[BOX_TO_RELEASE].messages, 3);
    assert_int_not_equal(scene_work(s, ""), 0);
    for (int k = 1; k <= 3; k++)
        assert_false(box_may_hold(s->b, number, slice_of((char[]){ 'Q', (char)('0' + k), 0 })));
    assert_int_equal(scene_find(s, number)->tasks[BOX_HOLD_QUEUE].progress, BOX_DONE);
    kept_done(&kept);
    pictures_done(&book);
    scene_check(s);
    scene_free(s);
}

/* Mail of an old incident that is let go says nothing about what is held in the new one. */
static void an_old_incident_is_another_one(void **state)
{
    struct box_scene *s = scene_new();
    struct box_decision by = scene_by(s);
    uint32_t first, number, n;

    (void)state;
    assert_int_equal(decide(s, LOCK, &first), BOX_OK);
    assert_true(scene_mail(s, ALICE, 1, true));
    assert_int_equal(decide(s, FORCE, &number), BOX_OK);
    (void)scene_work(s, "");
    s->now.ms += DAY_MS;
    scene_stage(s, ALICE, STAGE_HOLD);
    while (!scene_mail(s, ALICE, 10, true))
        ;
    assert_int_not_equal(scene_open(s, ALICE)->number, first);
    assert_int_equal(box_release_all(s->b, first, &by, &n), BOX_OK);
    assert_int_equal(n, 1);
    assert_int_equal(scene_open(s, ALICE)->held.messages, 1);
    scene_pass(s, 2 * HOUR_MS); /* the engine lets go what it thinks is held */
    (void)scene_work(s, "");
    assert_null(scene_open(s, ALICE));
    assert_int_equal(s->kept.messages_n, 0);
    scene_check(s);
    scene_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_decision_in_every_state),
        cmocka_unit_test(by_hand_is_by_hand),
        cmocka_unit_test(an_unlock_ends_what_was_to_be_held),
        cmocka_unit_test(mail_is_let_go_the_oldest_first),
        cmocka_unit_test(messages_by_hand),
        cmocka_unit_test(messages_by_hand_after_a_restart),
        cmocka_unit_test(an_old_incident_is_another_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
