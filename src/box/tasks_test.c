/* tasks_test.c - what is to be done is done when it is on disk, once, and until it is done. */
#include "box/scene.h"

#include "base/ban.h"

static uint32_t lock(struct box_scene *s, const char *name)
{
    struct subject who = scene_account(name);
    struct box_decision by = scene_by(s);
    uint32_t number;

    assert_int_equal(box_lock(s->b, &who, &by, &number), BOX_OK);
    return number;
}

static void nothing_is_done_before_it_is_on_disk(void **state)
{
    struct box_scene *s = scene_new();
    struct box_incident *i = scene_find(s, lock(s, ALICE));
    struct box_work w;

    (void)state;
    assert_false(box_next_work(s->b, s->now, &w));
    box_stored(s->b, i->number, i->tasks[BOX_LOCK_FILES].version);
    assert_true(box_next_work(s->b, s->now, &w));
    assert_int_equal(w.step, BOX_LOCK_FILES);
    assert_false(box_next_work(s->b, s->now, &w)); /* the others came later */
    box_stored(s->b, i->number, 1);                /* late news */
    assert_false(box_next_work(s->b, s->now, &w));
    box_stored(s->b, i->number, i->version);
    assert_true(box_next_work(s->b, s->now, &w));
    assert_int_equal(w.step, BOX_KICK);
    scene_check(s);
    scene_free(s);
}

static void what_fails_is_tried_ever_more_seldom(void **state)
{
    static const int64_t waits_s[] = { 1, 2, 4, 8, 16, 32, 60, 60, 60 };
    struct box_scene *s = scene_new();
    struct box_incident *i = scene_find(s, lock(s, ALICE));
    struct box_task *t = &i->tasks[BOX_KICK];

    (void)state;
    for (size_t k = 0; k < COUNT(waits_s); k++) {
        assert_int_equal(scene_work(s, "no doveadm"), 4);
        assert_int_equal(t->tries, k + 1);
        assert_string_equal(t->why, "no doveadm");
        assert_int_equal(t->next.ms - s->now.ms, waits_s[k] * SECOND_MS);
        assert_int_equal(box_work_at(s->b).ms, t->next.ms);
        assert_int_equal(scene_noted(s, "sessions: not yet: no doveadm"), k == 0); /* once */
        assert_int_equal(box_count(s->b).troubled, 4);
        s->now.ms = t->next.ms - 1;
        assert_int_equal(scene_work(s, ""), 0);
        s->now.ms++;
        scene_check(s);
    }
    s->now.ms -= HOUR_MS; /* the clock is set back: not an hour later */
    assert_int_equal(scene_work(s, ""), 4);
    assert_true(scene_noted(s, "sessions: done"));
    assert_string_equal(t->why, "");
    assert_int_equal(t->tries, 0);
    assert_int_equal(box_count(s->b).troubled, 0);
    assert_int_equal(box_work_at(s->b).ms, 0);
    scene_check(s);
    scene_free(s);
}

/* Messages keep coming past the policy service while the step that holds them runs, or fails. */
static void asked_for_again(void **state)
{
    struct box_scene *s = scene_new();
    struct box_incident *i = scene_find(s, lock(s, ALICE));
    struct box_work w;

    (void)state;
    (void)scene_work(s, "");
    assert_true(scene_mail(s, ALICE, 1, false));
    scene_store(s);
    assert_true(box_next_work(s->b, s->now, &w));
    assert_int_equal(w.step, BOX_HOLD_MAIL);
    assert_true(scene_mail(s, ALICE, 1, false));
    assert_false(box_next_work(s->b, s->now, &w)); /* not twice at one time */
    box_work_done(s->b, &w, SLICE(""), s->now);
    assert_int_equal(i->own.in[BOX_IS_HELD].messages, 1); /* not the second one */
    assert_int_equal(i->own.in[BOX_TO_HOLD].messages, 1);
    assert_false(box_next_work(s->b, s->now, &w)); /* it is not on disk */
    assert_int_equal(scene_work(s, "busy"), 1);
    for (int k = 0; k < 50; k++) {
        assert_true(scene_mail(s, ALICE, 1, false));
        assert_int_equal(scene_work(s, "busy"), 0);
    }
    assert_true(scene_noted(s, "not yet: busy"));
    s->now.ms += SECOND_MS;
    assert_int_equal(scene_work(s, ""), 1);
    assert_int_equal(i->own.in[BOX_IS_HELD].messages, 52);
    scene_check(s);
    scene_free(s);
}

/* A release does not overtake the hold. */
static void one_step_moves_mail_at_a_time(void **state)
{
    struct box_scene *s = scene_new();
    struct box_incident *i = scene_find(s, lock(s, ALICE));
    struct box_decision by = scene_by(s);
    struct box_work w, other;
    uint32_t n;

    (void)state;
    (void)scene_work(s, "");
    assert_true(scene_mail(s, ALICE, 1, false));
    scene_store(s);
    assert_true(box_next_work(s->b, s->now, &w));
    assert_int_equal(box_release_all(s->b, i->number, &by, &n), BOX_OK);
    scene_store(s);
    assert_false(box_next_work(s->b, s->now, &other));
    box_work_done(s->b, &w, SLICE(""), s->now);
    scene_store(s);
    assert_true(box_next_work(s->b, s->now, &w));
    assert_int_equal(w.step, BOX_RELEASE);
    box_work_done(s->b, &w, SLICE(""), s->now);
    box_work_done(s->b, &w, SLICE(""), s->now); /* told twice */
    assert_int_equal(i->released.messages, 1);
    scene_check(s);
    scene_free(s);
}

/* What the running step put on hold after the engine had let all go leaves, too. */
static void cleared_while_the_queue_is_held(void **state)
{
    struct box_scene *s = scene_new();
    struct box_incident *i;
    struct box_work w;

    (void)state;
    scene_stage(s, ALICE, STAGE_HOLD);
    i = scene_open(s, ALICE);
    scene_store(s);
    assert_true(box_next_work(s->b, s->now, &w));
    assert_int_equal(w.step, BOX_HOLD_QUEUE);
    detect_reset(s->d, i->fuse);
    scene_pass(s, SECOND_MS);
    assert_int_equal(i->state, BOX_CLEARED);
    box_found_queued(s->b, i->number, SLICE("OLD"), (struct wall){ 1 }, 1, 1, SLICE(""), s->now);
    box_work_done(s->b, &w, SLICE("killed"), s->now);
    assert_int_equal(i->tasks[BOX_HOLD_QUEUE].progress, BOX_DONE);
    (void)scene_work(s, "");
    assert_int_equal(i->held.messages, 0);
    assert_int_equal(i->released.messages, 1);
    scene_check(s);
    scene_free(s);
}

/* A message that was to be put on hold was to go before that was done; then came the lock. It may
 * have left, so that Postfix has to be asked. */
static void kept_back_before_it_was_held(void **state)
{
    struct box_scene *s = scene_new();
    struct box_incident *i;
    uint32_t steps = 0;
    struct box_work w;

    (void)state;
    scene_stage(s, ALICE, STAGE_HOLD);
    i = scene_open(s, ALICE);
    assert_false(scene_mail(s, ALICE, 5, false));
    assert_int_equal(i->out.messages, 1);
    box_found_queued(s->b, i->number, SLICE("Q1"), s->now, 5, 1000, slice_of(ALICE), s->now);
    assert_int_equal(i->out.messages, 0);
    assert_int_equal(i->own.in[BOX_TO_HOLD].messages, 1);
    (void)box_release(s->b, i->fuse, 1, s->now);
    assert_int_equal(i->own.in[BOX_TO_RELEASE].messages, 1);
    scene_stage(s, ALICE, STAGE_LOCK);
    assert_int_equal(i->own.in[BOX_TO_HOLD].messages, 1);
    scene_store(s);
    for (; box_next_work(s->b, s->now, &w); steps++) {
        if (w.step == BOX_HOLD_MAIL)
            box_had_left(s->b, SLICE("Q1"));
        box_work_done(s->b, &w, SLICE(""), s->now);
    }
    assert_true(steps > 0);
    assert_int_equal(i->held.messages, 0);
    assert_int_equal(i->out.messages, 1);
    assert_int_equal(i->out.recipients, 5);
    scene_check(s);
    scene_free(s);
}

/* It was under way while it was put on hold: first one of three got it, then all. What is on hold
 * then is an empty envelope, and that is said once. */
static void delivered_while_on_hold(void **state)
{
    struct box_scene *s = scene_new();
    struct box_incident *i;

    (void)state;
    scene_stage(s, ALICE, STAGE_LOCK);
    i = scene_open(s, ALICE);
    box_found_queued(s->b, i->number, SLICE("Q1"), s->now, 3, 1000, slice_of(ALICE), s->now);
    box_was_held(s->b, SLICE("Q1"), 3);
    assert_int_equal(i->own.in[BOX_IS_HELD].recipients, 3);
    assert_false(box_message_left(s->b, SLICE("Q1"), 3));
    assert_false(box_message_left(s->b, SLICE("Q1"), 2));
    assert_int_equal(i->own.in[BOX_IS_HELD].recipients, 2);
    assert_true(box_message_left(s->b, SLICE("Q1"), 0));
    assert_int_equal(i->own.in[BOX_IS_HELD].messages, 0);
    assert_int_equal(i->out.messages, 1);
    assert_int_equal(i->out.recipients, 3);
    assert_false(box_message_left(s->b, SLICE("Q1"), 0));
    scene_check(s);
    scene_free(s);
}

/* The same, when it was to be deleted or let go meanwhile: it was neither. */
static void delivered_before_it_was_deleted(void **state)
{
    struct box_scene *s = scene_new();
    struct box_decision by = scene_by(s);
    struct box_incident *i;
    uint32_t n;

    (void)state;
    scene_stage(s, ALICE, STAGE_LOCK);
    i = scene_open(s, ALICE);
    for (int release = 0; release <= 1; release++) {
        box_found_queued(s->b, i->number, SLICE("Q1"), s->now, 3, 1000, slice_of(ALICE), s->now);
        box_was_held(s->b, SLICE("Q1"), 3);
        assert_int_equal(release ? box_release_all(s->b, i->number, &by, &n)
                                 : box_purge(s->b, i->number, &by, &n),
                         BOX_OK);
        assert_true(box_message_left(s->b, SLICE("Q1"), 0));
        assert_int_equal(i->purged.messages, 0);
        assert_int_equal(i->released.messages, 0);
        assert_int_equal(i->out.messages, 1);
    }
    box_found_queued(s->b, i->number, SLICE("Q2"), s->now, 3, 1000, slice_of(ALICE), s->now);
    assert_int_equal(box_purge(s->b, i->number, &by, &n), BOX_OK);
    box_had_left(s->b, SLICE("Q2"));
    assert_int_equal(i->purged.messages, 0);
    scene_check(s);
    scene_free(s);
}

struct locks {
    uint32_t n, waiting;
};

static void count_lock(void *ctx, const struct subject *s, uint32_t incident, bool waiting)
{
    struct locks *l = ctx;

    assert_true(s->name.n > 0 && incident > 0);
    l->n++;
    l->waiting += waiting;
}

static void one_writing_is_for_all(void **state)
{
    struct box_scene *s = scene_new();
    struct locks l = { 0 };
    struct box_incident *a, *b;
    struct box_work w;
    uint32_t late;

    (void)state;
    a = scene_find(s, lock(s, ALICE));
    b = scene_find(s, lock(s, BOB));
    box_locks(s->b, count_lock, &l);
    assert_int_equal(l.n, 0); /* not on disk */
    scene_store(s);
    assert_true(box_next_work(s->b, s->now, &w));
    assert_int_equal(w.step, BOX_LOCK_FILES);
    assert_int_equal(a->tasks[BOX_LOCK_FILES].progress, BOX_RUNNING);
    assert_int_equal(b->tasks[BOX_LOCK_FILES].progress, BOX_RUNNING);
    box_locks(s->b, count_lock, &l);
    assert_int_equal(l.n, 2);
    late = lock(s, "carol@example.test"); /* in the same millisecond */
    scene_store(s);
    while (box_next_work(s->b, s->now, &w)) {
        assert_int_not_equal(w.step, BOX_LOCK_FILES);
        box_work_done(s->b, &w, SLICE(""), s->now);
    }
    box_locks_written(s->b, SLICE(""), s->now);
    assert_int_equal(a->tasks[BOX_LOCK_FILES].progress, BOX_DONE);
    assert_int_equal(scene_find(s, late)->tasks[BOX_LOCK_FILES].progress, BOX_PENDING);
    assert_int_equal(scene_work(s, "read-only"), 1);
    assert_string_equal(scene_find(s, late)->tasks[BOX_LOCK_FILES].why, "read-only");
    s->now.ms += SECOND_MS;
    assert_int_equal(scene_work(s, ""), 1);
    assert_int_equal(box_count(s->b).pending, 0);
    scene_check(s);
    scene_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_done_before_it_is_on_disk),
        cmocka_unit_test(what_fails_is_tried_ever_more_seldom),
        cmocka_unit_test(asked_for_again),
        cmocka_unit_test(one_step_moves_mail_at_a_time),
        cmocka_unit_test(cleared_while_the_queue_is_held),
        cmocka_unit_test(kept_back_before_it_was_held),
        cmocka_unit_test(delivered_while_on_hold),
        cmocka_unit_test(delivered_before_it_was_deleted),
        cmocka_unit_test(one_writing_is_for_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
