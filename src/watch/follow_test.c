/* Each line exactly once, in order: through every kind of rotation, with mailfuse running,
 * restarted after each step, or down for any while of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "watch/follow_scene.h"

#include "base/ban.h"

#define LOG "mail.log"

enum { DEEDS_MAX = 16 };

struct deed {
    enum { NOTHING, ADD, RAW, MOVE, COPY, EMPTY, REMOVE, PACK, PAUSE } what;
    const char *name, *to; /* of ADD and RAW the text */
};

static const struct follow_case {
    const char *name;
    struct deed deeds[DEEDS_MAX];
    const char *want;
    bool running; /* lines are lost when mailfuse is down meanwhile: try restarts only */
} follow_cases[] = {
    { "lines", { { ADD, LOG, "a" }, { ADD, LOG, "b" }, { ADD, LOG, "c" } }, "a b c ", false },
    { "renamed, made anew",
      { { ADD, LOG, "a" }, { MOVE, LOG, LOG ".1" }, { ADD, LOG, "b" }, { ADD, LOG, "c" } },
      "a b c ",
      false },
    { "the writer is late",
      { { ADD, LOG, "a" },
        { MOVE, LOG, LOG ".1" },
        { ADD, LOG ".1", "b" },
        { RAW, LOG, "" },
        { ADD, LOG ".1", "c" },
        { ADD, LOG, "d" } },
      "a b c d ",
      false },
    { "rotated twice",
      { { ADD, LOG, "a" },
        { ADD, LOG, "b" },
        { MOVE, LOG, LOG ".1" },
        { ADD, LOG, "c" },
        { MOVE, LOG ".1", LOG ".2" },
        { MOVE, LOG, LOG ".1" },
        { ADD, LOG, "d" } },
      "a b c d ",
      false },
    { "packed at once",
      { { ADD, LOG, "a" },
        { MOVE, LOG, LOG ".1" },
        { ADD, LOG ".1", "b" },
        { ADD, LOG, "c" },
        { PACK, LOG ".1", LOG ".1.gz" },
        { ADD, LOG, "d" } },
      "a b c d ",
      false },
    { "packed at the next turn",
      { { ADD, LOG, "a" },
        { MOVE, LOG, LOG ".1" },
        { ADD, LOG, "b" },
        { PACK, LOG ".1", LOG ".2.gz" },
        { MOVE, LOG, LOG ".1" },
        { ADD, LOG, "c" } },
      "a b c ",
      false },
    { "names with a date",
      { { ADD, LOG, "a" },
        { MOVE, LOG, LOG "-20261122" },
        { ADD, LOG, "b" },
        { MOVE, LOG, LOG "-20261123" },
        { PACK, LOG "-20261122", LOG "-20261122.xz" },
        { ADD, LOG, "c" } },
      "a b c ",
      false },
    { "copied and truncated",
      { { ADD, LOG, "a" },
        { ADD, LOG, "b" },
        { COPY, LOG, LOG ".1" },
        { EMPTY, LOG, NULL },
        { ADD, LOG, "c" } },
      "a b c ",
      false },
    { "copied, truncated and longer again",
      { { ADD, LOG, "a" },
        { COPY, LOG, LOG ".1" },
        { EMPTY, LOG, NULL },
        { ADD, LOG, "b" },
        { ADD, LOG, "c" },
        { PACK, LOG ".1", LOG ".1.gz" },
        { ADD, LOG, "d" } },
      "a b c d ",
      false },
    { "copied and truncated twice",
      { { ADD, LOG, "a" },
        { COPY, LOG, LOG ".1" },
        { EMPTY, LOG, NULL },
        { ADD, LOG, "b" },
        { MOVE, LOG ".1", LOG ".2" },
        { COPY, LOG, LOG ".1" },
        { EMPTY, LOG, NULL },
        { ADD, LOG, "c" } },
      "a b c ",
      false },
    { "twice in a second, with a late line",
      { { RAW, LOG, "2026-11-22T03:04:50Z h p: a\n" },
        { MOVE, LOG, LOG ".1" },
        { RAW, LOG, "" },
        { RAW, LOG ".1", "2026-11-22T03:04:50Z h p: b\n" },
        { RAW, LOG, "2026-11-22T03:04:50Z h p: c\n" },
        { MOVE, LOG ".1", LOG ".2" },
        { MOVE, LOG, LOG ".1" },
        { RAW, LOG, "" },
        { RAW, LOG, "2026-11-22T03:04:51Z h p: d\n" } },
      "a b c d ",
      false },
    { "truncated without a copy",
      { { ADD, LOG, "a" }, { EMPTY, LOG, NULL }, { ADD, LOG, "b" }, { ADD, LOG, "c" } },
      "a b c ",
      true },
    { "a copy lies about",
      { { ADD, LOG, "a" },
        { COPY, LOG, LOG ".1" },
        { ADD, LOG, "b" },
        { COPY, LOG, LOG ".20261122" },
        { MOVE, LOG, LOG ".2" },
        { ADD, LOG, "c" } },
      "a b c ",
      false },
    { "other logs beside it",
      { { ADD, "mail.info", "x" },
        { ADD, LOG, "a" },
        { ADD, "mail.info.1", "y" },
        { MOVE, LOG, LOG ".1" },
        { ADD, LOG ".bak", "z" },
        { ADD, LOG, "b" } },
      "a b ",
      false },
    { "removed and made anew",
      { { ADD, LOG, "a" }, { REMOVE, LOG, NULL }, { ADD, LOG, "b" } },
      "a b ",
      true },
    { "missing for a while",
      { { ADD, LOG, "a" },
        { MOVE, LOG, LOG ".1" },
        { PAUSE, NULL, NULL },
        { PAUSE, NULL, NULL },
        { ADD, LOG, "b" } },
      "a b ",
      false },
    { "a line in pieces",
      { { ADD, LOG, "a" },
        { RAW, LOG, "2026-11-22T03:04:50Z h p: " },
        { RAW, LOG, "b" },
        { RAW, LOG, "\n2026-11-22T03:04:5" },
        { RAW, LOG, "1Z h p: c\n" } },
      "a b c ",
      false },
    { "a last line without newline comes when the file is finished",
      { { ADD, LOG, "a" },
        { RAW, LOG, "2026-11-22T03:04:50Z h p: b" },
        { MOVE, LOG, LOG ".1" },
        { PAUSE, NULL, NULL },
        { RAW, LOG, "" },
        { PAUSE, NULL, NULL },
        { PAUSE, NULL, NULL } },
      "a b ",
      false },
    { "rewritten by an editor",
      { { ADD, LOG, "a" },
        { COPY, LOG, "new" },
        { ADD, "new", "b" },
        { MOVE, "new", LOG },
        { ADD, LOG, "c" } },
      "a b c ",
      false },
};

static void do_deed(struct scene *s, const struct deed *deed)
{
    switch (deed->what) {
    case NOTHING:
        break;
    case ADD:
        scene_add(s, deed->name, deed->to);
        break;
    case RAW:
        scene_add_raw(s, deed->name, deed->to);
        break;
    case MOVE:
        scene_move(s, deed->name, deed->to);
        break;
    case COPY:
        scene_copy(s, deed->name, deed->to);
        break;
    case EMPTY:
        scene_empty(s, deed->name);
        break;
    case REMOVE:
        scene_remove(s, deed->name);
        break;
    case PACK:
        scene_pack(s, deed->name, deed->to);
        break;
    case PAUSE:
        scene_wait(s, 10000);
        break;
    }
}

static void finish(struct scene *s, const struct follow_case *c, const char *how, size_t from,
                   size_t to)
{
    scene_wait(s, 2000);
    scene_wait(s, 12000);
    scene_wait(s, 12000);
    assert_true(follow_caught_up(s->follow));
    if (!slice_eq(buf_slice(&s->got), slice_of(c->want)))
        fail_msg("%s, %s %zu..%zu: got \"%.*s\", want \"%s\"; %.*s", c->name, how, from, to,
                 SLICE_ARG(buf_slice(&s->got)), c->want, SLICE_ARG(buf_slice(&s->troubles)));
    scene_free(s);
}

/* Mailfuse is down from deed `down` until before deed `up`; it looks after each deed, with `pace`
 * milliseconds between. */
static void play(const struct follow_case *c, size_t down, size_t up, int64_t pace, bool later)
{
    const char *name = LOG;
    struct scene *s = scene_new(&name, 1);

    s->options.from_start = true;
    s->later = later;
    scene_start(s);
    for (size_t i = 0; i < DEEDS_MAX; i++) {
        if (i == down)
            scene_stop(s);
        if (i == up && s->follow == NULL)
            scene_start(s);
        do_deed(s, &c->deeds[i]);
        scene_wait(s, pace);
    }
    if (s->follow == NULL)
        scene_start(s);
    finish(s, c, "down", down, up);
}

/* While descriptors are waited for, other things go on: files are closed. */
static void time_passes(struct scene *s)
{
    s->at.ms += 3000;
    follow_step(s->follow, s->budget, s->now, s->at);
}

/* It runs, and does not look from deed `from` until before deed `to`. */
static void play_busy(const struct follow_case *c, size_t from, size_t to, bool later)
{
    const char *name = LOG;
    struct scene *s = scene_new(&name, 1);

    s->options.from_start = true;
    s->later = later;
    scene_start(s);
    for (size_t i = 0; i < DEEDS_MAX; i++) {
        do_deed(s, &c->deeds[i]);
        s->meanwhile = later ? time_passes : NULL;
        if (i < from || i + 1 >= to)
            scene_step(s);
    }
    finish(s, c, "busy", from, to);
}

static size_t deeds_of(const struct follow_case *c)
{
    size_t n = 0;

    while (n < DEEDS_MAX && c->deeds[n].what != NOTHING)
        n++;
    return n;
}

static void test_running(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(follow_cases); i++) {
        play(&follow_cases[i], SIZE_MAX, SIZE_MAX, 0, false);
        play(&follow_cases[i], SIZE_MAX, SIZE_MAX, 1000, false);
        play(&follow_cases[i], SIZE_MAX, SIZE_MAX, 1000, true);
    }
}

static void test_restarted(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(follow_cases); i++)
        for (size_t at = 1; at <= deeds_of(&follow_cases[i]); at++)
            play(&follow_cases[i], at, at, 1000, false);
}

static void test_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(follow_cases); i++)
        for (size_t down = 1; down < deeds_of(&follow_cases[i]); down++)
            for (size_t up = down + 1; up <= deeds_of(&follow_cases[i]); up++)
                if (!follow_cases[i].running)
                    play(&follow_cases[i], down, up, 1000, false);
}

static void test_busy(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(follow_cases); i++)
        for (size_t from = 1; from < deeds_of(&follow_cases[i]); from++)
            for (size_t to = from + 1; to <= deeds_of(&follow_cases[i]); to++)
                for (int later = 0; later < 2 && !follow_cases[i].running; later++)
                    play_busy(&follow_cases[i], from, to, later == 1);
}

/* The file before is closed ten seconds after it was renamed: while copies are waited for that may
 * come after it. */
static void test_closed_meanwhile(void **state)
{
    const char *name = LOG;
    struct scene *s = scene_new(&name, 1);

    (void)state;
    s->options.from_start = true;
    s->later = true;
    scene_add(s, LOG ".2", "older");
    scene_add(s, LOG, "a");
    scene_start(s);
    scene_move(s, LOG, LOG ".1");
    scene_add_raw(s, LOG, "");
    scene_wait(s, 1000);
    scene_wait(s, 8000);
    scene_add(s, LOG, "b");
    s->meanwhile = time_passes;
    scene_step(s);
    assert_null(s->meanwhile); /* copies were asked for */
    if (!slice_eq(buf_slice(&s->got), SLICE("a b ")))
        fail_msg("got %.*s", SLICE_ARG(buf_slice(&s->got)));
    scene_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_running),
        cmocka_unit_test(test_busy),
        cmocka_unit_test(test_closed_meanwhile),
        cmocka_unit_test(test_restarted),
        cmocka_unit_test(test_down),
    };

    return cmocka_run_group_tests_name("watch-follow", tests, NULL, NULL);
}
