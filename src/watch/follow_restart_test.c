/* Restarts: at each byte of a log, in mid-line, with a replay of what was read before; several logs
 * with a backlog; the year of stamps that have none. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/memory.h"
#include "watch/follow_feed.h"
#include "watch/follow_scene.h"

#include "base/ban.h"

#define LOG "mail.log"

static const char *const one_log[] = { LOG };

static struct scene *new_scene(const char *const *names, size_t n)
{
    struct scene *s = scene_new(names, n);

    s->options.from_start = true;
    return s;
}

static void want(const struct buf *got, const char *text)
{
    if (!slice_eq(buf_slice(got), slice_of(text)))
        fail_msg("got \"%.*s\", want \"%s\"", SLICE_ARG(buf_slice(got)), text);
}

static const char log_text[] = "2026-11-22T03:04:06Z h p: a\r\n"
                               "\n"
                               "2026-11-22T03:04:07Z h p: b\n"
                               "no frame\n"
                               "2026-11-22T03:04:08Z h p: c\n";

/* The log grows by `size` bytes before a restart, and is whole after it. */
static void split(size_t size, bool rotated, bool packed)
{
    struct scene *s = new_scene(one_log, 1);
    char front[sizeof log_text] = "";

    memcpy(front, log_text, size);
    scene_start(s);
    scene_add_raw(s, LOG, front);
    scene_wait(s, 1000);
    scene_stop(s);
    scene_add_raw(s, LOG, log_text + size);
    if (rotated)
        scene_move(s, LOG, LOG ".1");
    if (rotated)
        scene_add(s, LOG, "d");
    if (packed)
        scene_pack(s, LOG ".1", LOG ".1.gz");
    scene_start(s);
    want(&s->got, rotated ? "a  b no frame c d " : "a  b no frame c ");
    scene_stop(s);
    scene_start(s);
    want(&s->got, rotated ? "a  b no frame c d " : "a  b no frame c ");
    scene_free(s);
}

static void test_every_byte(void **state)
{
    (void)state;
    for (size_t size = 0; size < sizeof log_text; size++) {
        split(size, false, false);
        split(size, true, size % 2 != 0);
    }
}

/* Positions are those of lines that were handed out, also when others were read with them. */
static void test_every_budget(void **state)
{
    (void)state;
    for (size_t stop = 0; stop <= 5; stop++) {
        struct scene *s = new_scene(one_log, 1);

        scene_add_raw(s, LOG, log_text);
        s->budget = 0;
        s->options.from_start = true;
        s->follow = follow_new(&s->options);
        for (size_t i = 0; i <= stop; i++)
            follow_step(s->follow, i > 0, s->now, s->at);
        scene_stop(s);
        s->budget = 100;
        scene_start(s);
        want(&s->got, "a  b no frame c ");
        scene_free(s);
    }
}

static void test_replay(void **state)
{
    static const struct {
        uint64_t replay;
        const char *want_old;
        bool rotated, packed;
    } cases[] = {
        { 0, "", false, false },      { 1, "", false, false },
        { 33, "c ", false, false },   { 40, "c ", false, false },
        { 66, "b c ", false, false }, { 1000, "x a b c ", false, false },
        { 33, "c ", true, false },    { 1000, "x a b c ", true, false },
        { 1000, "", true, true }, /* a packed file is not gone back in */
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct scene *s = new_scene(one_log, 1);

        scene_add(s, LOG, "x");
        scene_move(s, LOG, LOG ".1");
        scene_add(s, LOG, "a");
        scene_add(s, LOG, "b");
        scene_start(s);
        scene_add(s, LOG, "c");
        scene_step(s);
        scene_stop(s);
        want(&s->got, "a b c ");
        scene_add(s, LOG, "d");
        if (cases[i].rotated) {
            scene_move(s, LOG ".1", LOG ".2");
            scene_move(s, LOG, LOG ".1");
            scene_add(s, LOG, "e");
        }
        if (cases[i].packed)
            scene_pack(s, LOG ".1", LOG ".1.gz");
        s->options.replay_bytes = cases[i].replay;
        scene_start(s);
        want(&s->old, cases[i].want_old);
        want(&s->got, cases[i].rotated ? "a b c d e " : "a b c d ");
        scene_stop(s);
        s->options.replay_bytes = 0;
        scene_start(s); /* the position did not go back */
        want(&s->got, cases[i].rotated ? "a b c d e " : "a b c d ");
        scene_free(s);
    }
}

/* Killed while it replays: the position is that of before. */
static void test_replay_broken_off(void **state)
{
    struct scene *s = new_scene(one_log, 1);

    (void)state;
    scene_start(s);
    for (unsigned i = 0; i < 5; i++)
        scene_add(s, LOG, "a");
    scene_step(s);
    scene_stop(s);
    scene_add(s, LOG, "b");
    s->options.replay_bytes = 1000;
    s->budget = 0;
    for (unsigned steps = 0; steps < 4; steps++) {
        const char *positions[] = { s->positions[0] };

        s->options.positions = positions;
        s->follow = follow_new(&s->options);
        for (unsigned i = 0; i < steps; i++)
            follow_step(s->follow, 1, s->now, s->at);
        scene_stop(s);
    }
    s->budget = 100;
    scene_start(s);
    want(&s->got, "a a a a a b ");
    scene_free(s);
}

/* At the first start reading begins at the end: but a line that was begun is read whole. */
static void test_from_the_end(void **state)
{
    struct scene *s = scene_new(one_log, 1);

    (void)state;
    scene_add(s, LOG, "a");
    scene_add_raw(s, LOG, "2026-11-22T03:04:07Z h p: ");
    s->options.replay_bytes = 1000;
    scene_start(s);
    want(&s->got, "");
    want(&s->old, "a ");
    scene_stop(s);
    scene_add_raw(s, LOG, "b\n");
    scene_start(s);
    want(&s->got, "b ");
    scene_free(s);
}

static void test_merged(void **state)
{
    static const char *const names[] = { "a", "b", "c" };
    struct scene *s = new_scene(names, 3);

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        scene_add(s, "a", "a");
        scene_add(s, "b", "b");
        scene_add(s, "c", "c");
        scene_add(s, "a", "A");
    }
    s->budget = 1;
    scene_start(s);
    want(&s->got, "a b c A a b c A a b c A ");
    scene_add(s, "c", "c"); /* live ones come as they come */
    scene_step(s);
    scene_add(s, "b", "b");
    scene_step(s);
    want(&s->got, "a b c A a b c A a b c A c b ");
    scene_free(s);
}

/* What is being opened keeps the others waiting, a second at most. */
static void test_merged_with_a_late_one(void **state)
{
    static const char *const names[] = { "a", "b" };
    struct scene *s = new_scene(names, 2);
    const char *b;

    (void)state;
    scene_add(s, "b", "b");
    scene_add(s, "a", "a");
    b = scene_path(s, "b");
    s->later = true;
    s->follow = follow_new(&s->options);
    follow_step(s->follow, 100, s->now, s->at);
    assert_int_equal(s->asked.n > 0, true);
    follow_opened(s->follow, scene_path(s, "a"), -EACCES);
    follow_opened(s->follow, scene_path(s, "a"), -EACCES); /* nobody waits for that any more */
    s->at.ms += 900;
    follow_step(s->follow, 100, s->now, s->at);
    assert_false(follow_caught_up(s->follow));
    buf_clear(&s->asked);
    buf_printf(&s->asked, "%s\n%s\n", b, scene_path(s, "a"));
    s->at.ms += 100;
    follow_step(s->follow, 100, s->now, s->at); /* asks for a again */
    scene_step(s);
    want(&s->got, "b a ");
    scene_free(s);
}

/* What logrotate does while the folder has been read and nothing in it is open yet. */
static void go_on_rotating(struct scene *s)
{
    scene_move(s, LOG, LOG ".1");
    scene_add(s, LOG, "c");
}

/* The file that was read last has one name when the folder is read, and another when it is to be
 * opened: it is not taken for gone. */
static void test_renamed_while_it_is_looked_for(void **state)
{
    struct scene *s = new_scene(one_log, 1);

    (void)state;
    scene_add(s, LOG ".1", "older");
    scene_add(s, LOG, "a");
    scene_start(s);
    scene_stop(s);
    buf_clear(&s->got);
    scene_add(s, LOG, "b");
    scene_move(s, LOG ".1", LOG ".2");
    s->later = true;
    s->meanwhile = go_on_rotating;
    scene_start(s);
    want(&s->got, "");
    scene_wait(s, FOLLOW_LOOK_MS);
    want(&s->got, "b c ");
    want(&s->troubles, "");
    scene_free(s);
}

static struct wall day(int year, int month, int day_of_month)
{
    struct civil c = { .year = year, .month = month, .day = day_of_month };

    return civil_to_wall(&c, 0);
}

struct times {
    struct wall at[8];
    size_t n;
};

static void take_time(void *ctx, const struct follow_line *line)
{
    struct times *times = ctx;

    assert_true(times->n < COUNT(times->at));
    times->at[times->n++] = line->line.at;
}

static void no_trouble(void *ctx, const char *name, const char *what, bool over)
{
    (void)ctx;
    (void)over;
    fail_msg("%s: %s", name, what);
}

static int open_it(void *ctx, const char *path)
{
    (void)ctx;
    return open(path, O_RDONLY | O_CLOEXEC);
}

/* New Year comes between two lines, with a restart in between or without, and after a replay. */
static void test_new_year(void **state)
{
    (void)state;
    for (unsigned restart = 0; restart < 3; restart++) {
        struct scene *s = new_scene(one_log, 1);
        struct times times = { 0 };
        char position[FOLLOW_TEXT_MAX];
        const char *name, *positions[] = { position };

        s->now = day(2026, 12, 31);
        scene_add_raw(s, LOG, "Dec 31 23:59:59 h p: a\n");
        s->options.ctx = &times;
        s->options.take = take_time;
        s->options.trouble = no_trouble;
        s->options.open = open_it;
        s->follow = follow_new(&s->options);
        follow_step(s->follow, 9, s->now, s->at);
        if (restart > 0) {
            follow_position(s->follow, 0, &name, position);
            follow_free(s->follow);
            s->options.positions = positions;
            s->options.replay_bytes = restart > 1 ? 100 : 0;
            s->follow = follow_new(&s->options);
        }
        s->now = day(2027, 1, 1);
        scene_add_raw(s, LOG, "Jan  1 00:00:00 h p: b\n");
        follow_step(s->follow, 9, s->now, s->at);
        assert_int_equal(times.n, restart > 1 ? 3 : 2);
        assert_int_equal(times.at[times.n - 1].ms, day(2027, 1, 1).ms);
        for (size_t i = 0; i + 1 < times.n; i++)
            assert_int_equal(times.at[i].ms, day(2027, 1, 1).ms - SECOND_MS);
        scene_free(s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_byte),
        cmocka_unit_test(test_every_budget),
        cmocka_unit_test(test_replay),
        cmocka_unit_test(test_replay_broken_off),
        cmocka_unit_test(test_from_the_end),
        cmocka_unit_test(test_merged),
        cmocka_unit_test(test_merged_with_a_late_one),
        cmocka_unit_test(test_renamed_while_it_is_looked_for),
        cmocka_unit_test(test_new_year),
    };

    return cmocka_run_group_tests_name("watch-follow-restart", tests, NULL, NULL);
}
