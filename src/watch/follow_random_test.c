/* Many random lives of a log: written, rotated in every way, packed, with mailfuse up and down.
 * Each line comes once, in order. MAILFUSE_SEEDS=FROM:TO in the environment plays others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/hash.h"
#include "watch/follow_scene.h"

#include "base/ban.h"

#define LOG "mail.log"

enum { DEEDS = 60, KEPT = 6, SEEDS = 60 };

struct life {
    struct scene *s;
    uint64_t seed, drawn;
    struct buf want, deeds;
    unsigned lines;
    bool packed[KEPT + 2]; /* mail.log.<i> is mail.log.<i>.gz */
    unsigned kept;
    unsigned turns; /* since it was read last, at most */
};

static unsigned draw(struct life *life, unsigned below)
{
    return (unsigned)(hash_u64(life->seed * 1000 + life->drawn++) % below);
}

static void write_line(struct life *life)
{
    char text[20];

    snprintf(text, sizeof text, "%u", life->lines++);
    scene_add(life->s, LOG, text);
    buf_printf(&life->want, "%s ", text);
}

static void name_of(const struct life *life, unsigned turn, char out[40])
{
    snprintf(out, 40, LOG ".%u%s", turn, life->packed[turn] ? ".gz" : "");
}

/* mail.log.1 becomes mail.log.2, and so on; the oldest goes. */
static void shift(struct life *life)
{
    char from[40], to[40];

    for (unsigned i = life->kept; i > 0; i--) {
        name_of(life, i, from);
        life->packed[i + 1] = life->packed[i];
        name_of(life, i + 1, to);
        scene_move(life->s, from, to);
    }
    life->packed[1] = false;
    if (life->kept < KEPT) {
        life->kept++;
    } else {
        name_of(life, KEPT + 1, to);
        scene_remove(life->s, to);
    }
}

static void rotate(struct life *life, bool copy)
{
    shift(life);
    life->turns++;
    if (copy) {
        scene_copy(life->s, LOG, LOG ".1");
        scene_empty(life->s, LOG);
    } else {
        scene_move(life->s, LOG, LOG ".1");
    }
    if (draw(life, 2) == 0) {
        buf_printf(&life->deeds, "s ");
        scene_step(life->s);
    }
    write_line(life);
}

static void pack(struct life *life)
{
    unsigned turn = life->kept > 0 ? 1 + draw(life, life->kept) : 0;
    char from[40], to[40];

    if (turn == 0 || life->packed[turn])
        return;
    name_of(life, turn, from);
    life->packed[turn] = true;
    name_of(life, turn, to);
    scene_pack(life->s, from, to);
}

static void stop_or_start(struct life *life)
{
    if (life->s->follow == NULL)
        scene_start(life->s);
    else
        scene_stop(life->s);
}

static void live_on(struct life *life)
{
    unsigned deed = draw(life, 20);

    buf_printf(&life->deeds, "%u ", deed);
    if (deed < 8)
        write_line(life);
    else if (deed < 10)
        rotate(life, false);
    else if (deed < 12)
        rotate(life, true);
    else if (deed < 13)
        pack(life);
    else if (deed < 15)
        stop_or_start(life);
    else if (deed < 17)
        scene_wait(life->s, 1000);
    else if (deed < 18)
        scene_wait(life->s, 20000);
    else
        scene_step(life->s);
}

static void play(uint64_t seed)
{
    static const char *const names[] = { LOG };
    struct life life = { .s = scene_new(names, 1),
                         .seed = seed,
                         .want = buf_make(1 << 16),
                         .deeds = buf_make(1 << 16) };

    life.s->options.from_start = true;
    life.s->budget = 1 + draw(&life, 4);
    write_line(&life);
    scene_start(life.s);
    for (unsigned i = 0; i < DEEDS; i++) {
        if (life.turns == KEPT - 1) { /* before anything is rotated away that was not read */
            if (life.s->follow == NULL)
                scene_start(life.s);
            scene_step(life.s);
            life.turns = 0;
        }
        live_on(&life);
    }
    if (life.s->follow == NULL)
        scene_start(life.s);
    scene_wait(life.s, 1000);
    scene_wait(life.s, 1000);
    if (!slice_eq(buf_slice(&life.s->got), buf_slice(&life.want)))
        fail_msg("seed %u, deeds %.*s: got \"%.*s\", want \"%.*s\"; %.*s", (unsigned)seed,
                 SLICE_ARG(buf_slice(&life.deeds)), SLICE_ARG(buf_slice(&life.s->got)),
                 SLICE_ARG(buf_slice(&life.want)), SLICE_ARG(buf_slice(&life.s->troubles)));
    scene_free(life.s);
    buf_done(&life.want);
    buf_done(&life.deeds);
}

static void test_lives(void **state)
{
    struct slice range = slice_of(getenv("MAILFUSE_SEEDS")), word;
    uint64_t from = 0, to = SEEDS;

    (void)state;
    if (slice_cut(&range, ':', &word) && slice_to_u64(word, &from) && slice_to_u64(range, &to))
        fprintf(stderr, "seeds %u to %u\n", (unsigned)from, (unsigned)to);
    for (uint64_t seed = from; seed < to; seed++)
        play(seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_lives) };

    return cmocka_run_group_tests_name("watch-follow-random", tests, NULL, NULL);
}
