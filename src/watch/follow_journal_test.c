/* The journal followed: entries that are added meanwhile, the position over restarts, and what was
 * read before. Journal files are made by systemd-journal-remote, which adds to them, too. */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "watch/follow_scene.h"

#include "base/ban.h"

enum { WAIT_MS = 10000 };

static const char *const no_path[] = { NULL };

/* The scene of a folder with a journal of `n` entries; skips the test where there can be none. */
static struct scene *journal_scene(unsigned n)
{
    struct scene *s = scene_new(no_path, 0);

    s->options.journal_folder = s->files.folder;
    if (!fixture_journal(&s->files, "a.journal", 0, n)) {
        scene_free(s);
        skip();
    }
    return s;
}

static void want(const struct buf *got, const char *text)
{
    if (!slice_eq(buf_slice(got), slice_of(text)))
        fail_msg("got \"%.*s\", want \"%s\"", SLICE_ARG(buf_slice(got)), text);
}

static void save(const struct scene *s, char out[FOLLOW_TEXT_MAX])
{
    const char *name;

    assert_true(follow_position(s->follow, 0, &name, out));
    assert_string_equal(name, "the journal");
    assert_false(follow_position(s->follow, 1, &name, (char[FOLLOW_TEXT_MAX]){ 0 }));
}

static void test_added(void **state)
{
    struct scene *s = journal_scene(2);
    struct pollfd fds = { .events = POLLIN };
    int fd[FOLLOW_FDS] = { -1, -1 };

    (void)state;
    scene_start(s);
    want(&s->got, "");
    assert_int_equal(follow_fds(s->follow, fd), 2);
    fixture_journal(&s->files, "a.journal", 2, 2);
    fds.fd = fd[1];
    assert_int_equal(poll(&fds, 1, WAIT_MS), 1);
    scene_step(s);
    want(&s->got, "message 2 message 3 ");
    fixture_journal(&s->files, "b.journal", 4, 1); /* rotated */
    scene_wait(s, 1000);
    want(&s->got, "message 2 message 3 message 4 ");
    assert_true(follow_caught_up(s->follow));
    want(&s->troubles, "");
    scene_free(s);
}

static void test_position(void **state)
{
    struct scene *s = journal_scene(3);
    char position[FOLLOW_TEXT_MAX];

    (void)state;
    scene_start(s);
    save(s, position);
    scene_stop(s);
    fixture_journal(&s->files, "a.journal", 3, 2);
    s->options.journal_position = position;
    for (unsigned i = 0; i < 2; i++) { /* the second time there is nothing new */
        scene_start(s);
        want(&s->got, "message 3 message 4 ");
        save(s, position);
        scene_stop(s);
    }
    s->options.replay_bytes = 2 * 1024;
    fixture_journal(&s->files, "a.journal", 5, 1);
    scene_start(s);
    want(&s->old, "message 3 message 4 ");
    want(&s->got, "message 3 message 4 message 5 ");
    scene_stop(s);
    buf_clear(&s->old);
    s->options.replay_bytes = 1 << 20; /* more than there is */
    scene_start(s);
    want(&s->old, "message 0 message 1 message 2 message 3 message 4 ");
    want(&s->got, "message 3 message 4 message 5 message 5 ");
    scene_free(s);
}

/* The entry of the position is gone: what comes after it is new. */
static void test_vacuumed(void **state)
{
    struct scene *s = journal_scene(3);
    char position[FOLLOW_TEXT_MAX];

    (void)state;
    scene_start(s);
    save(s, position);
    scene_stop(s);
    scene_remove(s, "a.journal");
    fixture_journal(&s->files, "b.journal", 10, 2);
    s->options.journal_position = position;
    scene_start(s);
    want(&s->got, "message 10 message 11 ");
    scene_free(s);
}

static void test_merged_with_a_file(void **state)
{
    const char *name = "mail.log";
    struct scene *s = scene_new(&name, 1);
    char position[FOLLOW_TEXT_MAX];

    (void)state;
    s->options.journal_folder = s->files.folder;
    s->options.from_start = true;
    if (!fixture_journal(&s->files, "a.journal", 0, 1)) {
        scene_free(s);
        skip();
    }
    scene_start(s);
    assert_true(follow_position(s->follow, 1, &name, position));
    s->options.journal_position = position;
    scene_stop(s);
    fixture_journal(&s->files, "a.journal", 1, 3);
    s->now.ms += SECOND_MS;
    scene_add(s, "mail.log", "a"); /* at the time of message 2 */
    scene_start(s);
    want(&s->got, "message 1 message 2 a message 3 ");
    scene_free(s);
}

static void test_no_journal(void **state)
{
    struct scene *s = scene_new(no_path, 0);

    (void)state;
    s->options.journal_folder = "/nowhere/at/all";
    scene_start(s);
    scene_wait(s, 1000);
    want(&s->troubles, "the journal: cannot be opened: No such file or directory\n");
    assert_true(follow_caught_up(s->follow));
    scene_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_added),      cmocka_unit_test(test_position),
        cmocka_unit_test(test_vacuumed),   cmocka_unit_test(test_merged_with_a_file),
        cmocka_unit_test(test_no_journal),
    };

    return cmocka_run_group_tests_name("watch-follow-journal", tests, NULL, NULL);
}
