/* logins_test.c - an account that was unlocked stays locked until its password is another one. */
#include "box/scene.h"

#include "base/ban.h"

enum { OLD = 11, NEW = 13, GUESS = 15 };

static uint32_t lock(struct box_scene *s)
{
    struct subject who = scene_account(ALICE);
    struct box_decision by = scene_by(s);
    uint32_t number;

    assert_int_equal(box_lock(s->b, &who, &by, &number), BOX_OK);
    return number;
}

static enum box_said unlock(struct box_scene *s, bool force)
{
    struct subject who = scene_account(ALICE);
    struct box_decision by = scene_by(s);
    uint32_t number;

    return box_unlock(s->b, &who, force, &by, &number);
}

static void keys(void **state)
{
    (void)state;
    assert_int_equal(box_password_key(SLICE("")), 0);
    assert_int_not_equal(box_password_key(SLICE("0f4")), 0);
    assert_int_equal(box_password_key(SLICE("0f4")), box_password_key(SLICE("0f4")));
    assert_int_not_equal(box_password_key(SLICE("0f4")), box_password_key(SLICE("0f5")));
}

/* Else the next lock after a restart does not know the one that is stolen. */
static void a_new_password_is_kept(void **state)
{
    struct box_scene *s = scene_new();
    uint32_t touched;

    (void)state;
    (void)scene_fuse(s, ALICE);
    for (uint16_t key = OLD; key <= NEW; key += NEW - OLD) {
        touched = s->touched;
        assert_true(scene_login(s, ALICE, key, true));
        assert_int_not_equal(s->touched, touched);
    }
    touched = s->touched;
    assert_true(scene_login(s, ALICE, NEW, true));
    assert_int_equal(s->touched, touched);
    scene_free(s);
}

static void a_new_password_ends_the_lock(void **state)
{
    struct box_scene *s = scene_new();
    struct box_incident *i;

    (void)state;
    (void)scene_fuse(s, ALICE);
    assert_true(scene_login(s, ALICE, OLD, true));
    i = scene_find(s, lock(s));
    assert_int_equal(i->passwords[0], OLD);
    assert_false(scene_login(s, ALICE, OLD, true));
    assert_true(scene_noted(s, "old-password " ALICE ": 203.0.113.9"));
    assert_false(scene_login(s, ALICE, NEW, true)); /* locked is locked */
    assert_int_equal(unlock(s, false), BOX_OK);
    assert_int_equal(i->state, BOX_WAITING);
    assert_false(scene_login(s, ALICE, OLD, true));
    assert_false(scene_login(s, ALICE, 0, true)); /* it may be the old one */
    assert_int_equal(i->state, BOX_WAITING);
    assert_true(scene_login(s, ALICE, GUESS, false)); /* admitted, and wrong */
    assert_int_equal(i->state, BOX_WAITING);
    scene_forget_notes(s);
    assert_true(scene_login(s, ALICE, NEW, true));
    assert_int_equal(i->state, BOX_CLOSED);
    assert_true(scene_noted(s, "it logged in with another password"));
    (void)scene_work(s, "");
    scene_forget_notes(s);
    assert_true(scene_login(s, ALICE, OLD, false));
    assert_true(scene_noted(s, NULL)); /* once an hour */
    s->now.ms += HOUR_MS;
    assert_true(scene_login(s, ALICE, OLD, false));
    assert_true(scene_noted(s, "old-password"));
    assert_true(scene_login(s, ALICE, GUESS, false));
    assert_true(scene_noted(s, NULL));
    scene_check(s);
    scene_free(s);
}

static void without_a_known_password(void **state)
{
    struct box_scene *s = scene_new();
    uint32_t number = lock(s);

    (void)state;
    assert_int_equal(unlock(s, false), BOX_CANNOT);
    assert_int_equal(scene_find(s, number)->state, BOX_LOCKED);
    assert_int_equal(unlock(s, true), BOX_OK);
    assert_true(scene_login(s, ALICE, 0, true)); /* not known: nothing to remember */
    number = lock(s);
    assert_int_equal(unlock(s, false), BOX_CANNOT);
    scene_check(s);
    scene_free(s);
}

/* Unlocked all the same: the password is in use, and no thief's. */
static void a_password_that_was_kept(void **state)
{
    struct box_scene *s = scene_new();

    (void)state;
    (void)scene_fuse(s, ALICE);
    assert_true(scene_login(s, ALICE, OLD, true));
    (void)lock(s);
    assert_int_equal(unlock(s, true), BOX_OK);
    scene_forget_notes(s);
    assert_true(scene_login(s, ALICE, OLD, true));
    assert_true(scene_login(s, ALICE, OLD, false)); /* refused for another reason */
    assert_true(scene_noted(s, NULL));
    scene_free(s);
}

/* Four of them, the last one first; and they survive a restart that forgets who logged in. */
static void several_passwords(void **state)
{
    struct box_scene *s = scene_new();
    struct picture_book book = scene_pictures(s);
    uint16_t known[BOX_PASSWORDS];
    struct kept kept;
    uint32_t number;

    (void)state;
    (void)scene_fuse(s, ALICE);
    for (uint16_t key = 1; key <= 6; key++)
        assert_true(scene_login(s, ALICE, key, true));
    assert_true(scene_login(s, ALICE, 5, true));
    box_passwords(s->b, scene_fuse(s, ALICE), known);
    assert_memory_equal(known, ((uint16_t[]){ 5, 6, 4, 3 }), sizeof known);
    number = lock(s);
    assert_int_equal(unlock(s, false), BOX_OK);
    kept = kept_copy(&s->kept);
    scene_restart(s, &kept, &book, true);
    assert_int_equal(scene_find(s, number)->state, BOX_WAITING);
    assert_int_equal(lock(s), number);
    assert_memory_equal(scene_find(s, number)->passwords, known, sizeof known);
    assert_int_equal(unlock(s, false), BOX_OK);
    assert_false(scene_login(s, ALICE, 3, true));
    assert_true(scene_login(s, ALICE, 2, true)); /* too long ago to be known */
    assert_int_equal(scene_find(s, number)->state, BOX_CLOSED);
    scene_check(s);
    kept_done(&kept);
    pictures_done(&book);
    scene_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys),
        cmocka_unit_test(a_new_password_is_kept),
        cmocka_unit_test(a_new_password_ends_the_lock),
        cmocka_unit_test(without_a_known_password),
        cmocka_unit_test(a_password_that_was_kept),
        cmocka_unit_test(several_passwords),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
