/* What goes wrong with a followed log: it is missing, denied, no log, full of NULs; its folder is
 * replaced; two names lead to one file. Trouble is told once, and when it is over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/memory.h"
#include "watch/follow_feed.h"
#include "watch/follow_scene.h"

#include "base/ban.h"

#define LOG "mail.log"

static const char *const one_log[] = { LOG };

static void want(const struct buf *got, const char *text)
{
    if (!slice_eq(buf_slice(got), slice_of(text)))
        fail_msg("got \"%.*s\", want \"%s\"", SLICE_ARG(buf_slice(got)), text);
}

static void test_missing(void **state)
{
    struct scene *s = scene_new(one_log, 1);

    (void)state;
    scene_start(s);
    for (unsigned i = 0; i < 5; i++)
        scene_wait(s, 1000);
    want(&s->troubles, LOG ": cannot be opened: No such file or directory; waiting for it\n");
    assert_true(follow_caught_up(s->follow));
    buf_clear(&s->troubles);
    scene_add(s, LOG, "a");
    scene_wait(s, 1000);
    want(&s->got, "a ");
    want(&s->troubles, LOG ": over\n");
    scene_free(s);
}

/* Rotation leaves the path without a file for a moment, which is no trouble; longer is. */
static void test_gone(void **state)
{
    struct scene *s = scene_new(one_log, 1);

    (void)state;
    scene_add(s, LOG, "a");
    scene_start(s);
    scene_move(s, LOG, LOG ".1");
    scene_wait(s, 1000);
    scene_wait(s, 1000);
    want(&s->troubles, "");
    scene_wait(s, 1000);
    scene_wait(s, 1000);
    want(&s->troubles, LOG ": cannot be opened: No such file or directory; waiting for it\n");
    scene_add(s, LOG ".1", "b");
    scene_add(s, LOG, "c");
    scene_wait(s, 1000);
    want(&s->got, "b c ");
    scene_free(s);
}

/* What may not be opened at first is read as if it had been: from its end, or from the position. */
static void test_denied(void **state)
{
    struct scene *s = scene_new(one_log, 1);

    (void)state;
    scene_add(s, LOG, "a");
    s->deny = true;
    scene_start(s);
    scene_wait(s, 1000);
    want(&s->troubles, LOG ": cannot be opened: Permission denied; waiting for it\n");
    s->deny = false;
    scene_wait(s, 1000);
    scene_add(s, LOG, "b");
    scene_wait(s, 1000);
    want(&s->got, "b ");
    scene_stop(s);
    scene_add(s, LOG, "c");
    s->deny = true;
    scene_start(s);
    s->deny = false;
    scene_wait(s, 1000);
    want(&s->got, "b c ");
    buf_clear(&s->troubles);
    s->deny = true; /* the new file after a rotation */
    scene_move(s, LOG, LOG ".1");
    scene_add(s, LOG ".1", "d");
    scene_add(s, LOG, "e");
    for (unsigned i = 0; i < 4; i++)
        scene_wait(s, 1000);
    want(&s->got, "b c d ");
    want(&s->troubles, LOG ": cannot be opened: Permission denied; waiting for it\n");
    s->deny = false;
    scene_wait(s, 1000);
    want(&s->got, "b c d e ");
    scene_free(s);
}

/* Whoever opens it follows no link. */
static void test_link(void **state)
{
    struct scene *s = scene_new(one_log, 1);

    (void)state;
    assert_int_equal(symlink(LOG, scene_path(s, LOG)), 0);
    scene_start(s);
    want(&s->troubles,
         LOG ": cannot be opened: a symbolic link; name the file itself; waiting for it\n");
    scene_remove(s, LOG);
    scene_add(s, LOG, "a");
    scene_wait(s, 1000);
    scene_add(s, LOG, "b");
    scene_wait(s, 1000);
    want(&s->got, "b ");
    scene_free(s);
}

static void test_no_answer(void **state)
{
    struct scene *s = scene_new(one_log, 1);

    (void)state;
    s->options.from_start = true;
    scene_add(s, LOG, "a");
    s->later = true;
    s->follow = follow_new(&s->options);
    follow_step(s->follow, 9, s->now, s->at);
    buf_clear(&s->asked);
    s->at.ms += 5000;
    follow_step(s->follow, 9, s->now, s->at);
    want(&s->troubles, LOG ": cannot be opened: Connection timed out; waiting for it\n");
    scene_wait(s, 1000);
    want(&s->got, "a ");
    scene_free(s);
}

static void test_no_log(void **state)
{
    struct scene *s = scene_new(one_log, 1);

    (void)state;
    assert_int_equal(mkdir(scene_path(s, LOG), 0700), 0);
    scene_start(s);
    want(&s->troubles, LOG ": cannot be opened: Is a directory; waiting for it\n");
    rmdir(scene_path(s, LOG));
    assert_int_equal(mkfifo(scene_path(s, LOG), 0600), 0);
    scene_wait(s, 1000);
    scene_remove(s, LOG);
    scene_add_raw(s, LOG, "LPKSHHRH a journal\n");
    scene_wait(s, 1000);
    want(&s->got, "");
    scene_remove(s, LOG);
    scene_wait(s, 1000);
    scene_add(s, LOG, "a");
    scene_wait(s, 1000);
    want(&s->got, "a ");
    scene_free(s);
}

/* A writer that does not append goes on behind a hole. */
static void test_hole(void **state)
{
    struct scene *s = scene_new(one_log, 1);
    const uint64_t holes[] = { 1, 4095, 70000, 300000, 5000000 };

    (void)state;
    scene_add(s, LOG, "a");
    scene_start(s);
    for (size_t i = 0; i < COUNT(holes); i++) {
        buf_clear(&s->got);
        scene_add(s, LOG, "a");
        scene_step(s);
        scene_empty(s, LOG);
        assert_int_equal(truncate(scene_path(s, LOG), (off_t)holes[i]), 0);
        scene_add(s, LOG, "b");
        scene_step(s);
        scene_add(s, LOG, "c");
        scene_step(s);
        want(&s->got, "a b c ");
        assert_int_equal(follow_stats(s->follow)->nul, i + 1);
    }
    scene_stop(s);
    scene_add(s, LOG, "d");
    buf_clear(&s->got);
    scene_start(s);
    want(&s->got, "d ");
    scene_free(s);
}

/* A line of megabytes is cut, its rest passed over, also when a restart comes in between. */
static void test_long_line(void **state)
{
    enum { PIECE = 100000, PIECES = 8 };
    char *piece = memory_new(PIECE + 1, 1);

    (void)state;
    memset(piece, 'x', PIECE);
    for (unsigned stop = 0; stop < PIECES; stop++) {
        struct scene *s = scene_new(one_log, 1);

        scene_add(s, LOG, "a");
        scene_start(s);
        scene_add_raw(s, LOG, "2026-11-22T03:04:06Z h p: ");
        for (unsigned i = 0; i < PIECES; i++) {
            scene_add_raw(s, LOG, piece);
            scene_step(s);
            if (i == stop) {
                scene_stop(s);
                scene_start(s);
            }
        }
        scene_add_raw(s, LOG, "\n");
        scene_add(s, LOG, "b");
        scene_step(s);
        assert_true(s->got.n > LOGS_LINE_MAX - 100 && s->got.n < LOGS_LINE_MAX + 10);
        assert_true(slice_starts(buf_slice(&s->got), SLICE("xxx")));
        assert_true(slice_ends(buf_slice(&s->got), SLICE("xxx b ")));
        scene_free(s);
    }
    free(piece);
}

static void test_symlink(void **state)
{
    struct scene *s = scene_new(one_log, 1);

    (void)state;
    scene_add(s, "one", "a");
    assert_int_equal(symlink("one", scene_path(s, LOG)), 0);
    scene_start(s);
    scene_add(s, "one", "b");
    scene_step(s);
    scene_add(s, "two", "c");
    assert_int_equal(symlink("two", scene_path(s, "link")), 0);
    scene_move(s, "link", LOG);
    scene_add(s, "one", "late");
    scene_wait(s, 1000);
    scene_add(s, "two", "d");
    scene_step(s);
    want(&s->got, "b late c d ");
    scene_free(s);
}

static void test_folder_replaced(void **state)
{
    static const char *const names[] = { "folder/mail.log" };
    struct scene *s = scene_new(names, 1);

    (void)state;
    scene_start(s); /* not there at all */
    assert_int_equal(mkdir(scene_path(s, "folder"), 0700), 0);
    scene_add(s, "folder/mail.log", "a");
    scene_wait(s, 1000);
    scene_move(s, "folder", "away");
    assert_int_equal(mkdir(scene_path(s, "folder"), 0700), 0);
    scene_add(s, "away/mail.log", "b");
    scene_add(s, "folder/mail.log", "c");
    scene_wait(s, 1000);
    scene_add(s, "folder/mail.log", "d");
    scene_step(s);
    want(&s->got, "a b c d ");
    scene_remove(s, "folder/mail.log");
    scene_remove(s, "away/mail.log");
    rmdir(scene_path(s, "folder"));
    rmdir(scene_path(s, "away"));
    scene_free(s);
}

static void test_twins(void **state)
{
    static const char *const names[] = { LOG, "maillog" };
    struct scene *s = scene_new(names, 2);

    (void)state;
    scene_add(s, LOG, "a");
    assert_int_equal(symlink(LOG, scene_path(s, "maillog")), 0);
    scene_start(s);
    scene_add(s, LOG, "b");
    scene_wait(s, 1000);
    want(&s->got, "b ");
    want(&s->troubles, "maillog: is the same file as another; read once\n");
    assert_true(follow_caught_up(s->follow));
    scene_free(s);
}

/* The file of the position is nowhere: what is there now is read, and that lines may be missing is
 * told. A position that is none is told, too. */
static void test_position_lost(void **state)
{
    struct scene *s = scene_new(one_log, 1);

    (void)state;
    scene_add(s, LOG, "a");
    scene_start(s);
    scene_stop(s);
    scene_remove(s, LOG);
    scene_add(s, LOG, "b");
    scene_start(s);
    want(&s->troubles, ""); /* it may have another name in a moment */
    scene_wait(s, FOLLOW_LOOK_MS);
    scene_wait(s, FOLLOW_LOOK_MS);
    want(&s->got, "b ");
    want(&s->troubles, LOG ": the file that was read last is gone; lines may be missing\n");
    scene_stop(s);
    buf_clear(&s->troubles);
    snprintf(s->positions[0], sizeof s->positions[0], "follow-9 1 2 3");
    scene_start(s);
    want(&s->troubles, LOG ": has a position of another version; not used\n");
    want(&s->got, "b ");
    scene_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_missing),   cmocka_unit_test(test_gone),
        cmocka_unit_test(test_denied),    cmocka_unit_test(test_link),
        cmocka_unit_test(test_no_answer), cmocka_unit_test(test_no_log),
        cmocka_unit_test(test_hole),      cmocka_unit_test(test_long_line),
        cmocka_unit_test(test_symlink),   cmocka_unit_test(test_folder_replaced),
        cmocka_unit_test(test_twins),     cmocka_unit_test(test_position_lost),
    };

    return cmocka_run_group_tests_name("watch-follow-trouble", tests, NULL, NULL);
}
