/* scene_test.c - whom the engine locks, when, and whom it leaves alone. */
#include "detect/scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attributes.h"

#include "base/ban.h"

enum { NINE = 9 * 60, NOON = 12 * 60, NIGHT = 2 * 60, EVENING = 20 * 60, ROWS = 12 };

#define ALICE "alice@example.test"
#define BOB "bob@example.test"
/* Five days at the office: nine messages a day to twenty people, mail from those on the telephone
 * in the evening. */
#define OFFICE(name)                                                                               \
    { SCENE_MAIL, 1, 5, NINE, name, "192.0.2.7", 0, 9, 3000, 1, 20, 0, 0 },                        \
    {                                                                                              \
        SCENE_LOGINS, 1, 5, 19 * 60, name, "198.51.100.20", 0, 3, 600, 0, 0, 0, 0                  \
    }

/* The same at the office only, with a program and a provider that are known. */
#define WEEK                                                                                       \
    {                                                                                              \
        SCENE_MAIL, 1, 5, NINE, ALICE, "192.0.2.7", 0, 9, 3000, 1, 20, 0, 0, 1, 7                  \
    }
/* Somebody who writes to 150 people. */
#define MANY                                                                                       \
    {                                                                                              \
        SCENE_MAIL, 1, 5, NINE, ALICE, "192.0.2.7", 0, 30, 900, 1, 150, 0, 0, 1, 7                 \
    }

static const struct scene_case {
    const char *name;
    struct scene_row rows[ROWS];
    enum stage want;
    unsigned within;       /* of a lock: messages of the last row that may leave; 0: not asked */
    double most;           /* without a lock: the highest score there may be */
    bool wrong_after_step; /* of the clock: see wrong_test.c */
} scenes[] = {
    { "a working week", { OFFICE(ALICE) }, STAGE_OBSERVE, 0, 3.5 },
    { "a working week, then a botnet with a bought list",
      { OFFICE(ALICE),
        { SCENE_MAIL, 8, 1, NIGHT, ALICE, "203.*.113.5", 10, 200, 10, 1, 0, 20, 5 } },
      STAGE_LOCK,
      20,
      0 },
    { "a working week, then one host with many recipients a message",
      { OFFICE(ALICE), { SCENE_MAIL, 8, 1, NOON, ALICE, "203.0.113.5", 0, 50, 30, 50, 0, 20, 0 } },
      STAGE_LOCK,
      1,
      0 },
    { "a working week, then a thief whose mail everybody puts off first",
      { OFFICE(ALICE),
        { SCENE_MAIL, 8, 1, NIGHT, ALICE, "203.0.113.5", 0, 100, 60, 1, 0, 20, 5,
          .put_off = true } },
      STAGE_LOCK,
      40,
      0 },
    { "a working week of mail that is put off first",
      { { SCENE_MAIL, 1, 5, NINE, ALICE, "192.0.2.7", 0, 9, 3000, 1, 20, 0, 0, .put_off = true },
        { SCENE_MAIL, 8, 1, NINE, ALICE, "192.0.2.7", 0, 9, 3000, 1, 20, 0, 0, .put_off = true } },
      STAGE_OBSERVE,
      0,
      3.5 },
    { "a working week, then a thief who is slow",
      { OFFICE(ALICE),
        { SCENE_MAIL, 8, 1, NIGHT, ALICE, "203.0.113.5", 0, 100, 300, 1, 0, 20, 5 } },
      STAGE_LOCK,
      30,
      0 },
    { "a stranger's first day is abuse",
      { { SCENE_MAIL, 1, 1, NIGHT, ALICE, "203.*.113.5", 10, 200, 10, 1, 0, 20, 5 } },
      STAGE_LOCK,
      25,
      0 },
    { "the office's own computer sends it",
      { OFFICE(ALICE), { SCENE_MAIL, 8, 1, NOON, ALICE, "192.0.2.7", 0, 500, 2, 1, 0, 25, 10 } },
      STAGE_LOCK,
      60,
      0 },
    { "a newsletter to the same list every week",
      { OFFICE(ALICE),
        { SCENE_MAIL, 8, 1, NOON, ALICE, "192.0.2.7", 0, 300, 2, 1, 300, 2, 0 },
        { SCENE_MAIL, 15, 1, NOON, ALICE, "192.0.2.7", 0, 300, 2, 1, 300, 2, 0 },
        { SCENE_MAIL, 22, 1, NOON, ALICE, "192.0.2.7", 0, 300, 2, 1, 300, 2, 0 } },
      STAGE_OBSERVE,
      0,
      9 },
    { "a first mailing of 300 with 2 % bad addresses from a known network",
      { OFFICE(ALICE), { SCENE_MAIL, 8, 1, NOON, ALICE, "192.0.2.7", 0, 300, 2, 1, 0, 2, 0 } },
      STAGE_OBSERVE,
      0,
      9 },
    { "a journey: new networks every other day, the old correspondents",
      { OFFICE(ALICE),
        { SCENE_MAIL, 8, 1, NOON, ALICE, "203.0.113.9", 0, 8, 900, 1, 20, 0, 0 },
        { SCENE_MAIL, 9, 1, NOON, ALICE, "198.18.3.9", 0, 8, 900, 1, 20, 0, 0 },
        { SCENE_MAIL, 10, 1, NINE, ALICE, "198.19.9.9", 0, 8, 900, 1, 20, 0, 0 } },
      STAGE_OBSERVE,
      0,
      6 },
    { "a day on the road: many networks, and the people it always writes to",
      { OFFICE(ALICE),
        { SCENE_MAIL, 8, 1, NINE, ALICE, "203.*.113.9", 12, 45, 600, 1, 20, 0, 0, 2 } },
      STAGE_OBSERVE,
      0,
      6.5 },
    { "a botnet with a list that another account was abused for the night before",
      { OFFICE(ALICE),
        OFFICE(BOB),
        { SCENE_MAIL, 8, 1, NIGHT, BOB, "203.*.113.5", 12, 200, 10, 1, 200, 10, 5, 2,
          .list = "thief" },
        { SCENE_MAIL, 8, 1, NOON, ALICE, "203.*.7.5", 12, 200, 10, 1, 200, 10, 5, 2,
          .list = "thief" } },
      STAGE_LOCK,
      28,
      0 },
    { "home office: new strangers, one at a time",
      { OFFICE(ALICE), { SCENE_MAIL, 8, 5, NINE, ALICE, "203.0.113.9", 0, 12, 1800, 1, 0, 3, 0 } },
      STAGE_OBSERVE,
      0,
      6 },
    { "ten weeks of new contacts",
      { { SCENE_MAIL, 1, 70, NINE, ALICE, "192.0.2.7", 0, 12, 1800, 1, 0, 1, 0 } },
      STAGE_OBSERVE,
      0,
      4 },
    { "a mailing to 60 from the private network, where no address tells anything",
      { { SCENE_MAIL, 1, 5, NINE, ALICE, "10.0.0.7", 0, 9, 3000, 1, 20, 0, 0 },
        { SCENE_MAIL, 8, 1, NOON, ALICE, "10.0.0.7", 0, 60, 5, 1, 0, 2, 0 } },
      STAGE_OBSERVE,
      0,
      9 },
    { "a telephone: each message from another network of its carrier",
      { WEEK,
        { SCENE_MAIL, 3, 3, NINE, ALICE, "203.*.113.5", 40, 10, 1800, 1, 20, 0, 0, 2, 9 },
        { SCENE_MAIL, 8, 5, NINE, ALICE, "203.*.7.5", 40, 20, 1200, 1, 20, 0, 0, 2, 9 } },
      STAGE_OBSERVE,
      0,
      5.5 },
    { "a new telephone with a new carrier",
      { WEEK, { SCENE_MAIL, 8, 5, NINE, ALICE, "203.*.7.5", 5, 12, 1800, 1, 20, 0, 0, 2, 9 } },
      STAGE_OBSERVE,
      0,
      6 },
    { "a new program at home",
      { WEEK, { SCENE_MAIL, 8, 5, NINE, ALICE, "192.0.2.7", 0, 12, 1800, 1, 20, 0, 0, 2, 7 } },
      STAGE_OBSERVE,
      0,
      4 },
    { "invitations to 80 strangers from home",
      { WEEK, { SCENE_MAIL, 8, 1, EVENING, ALICE, "192.0.2.7", 0, 80, 45, 1, 0, 4, 0, 1, 7 } },
      STAGE_OBSERVE,
      0,
      5.5 },
    { "invitations to 80 strangers from a hotel",
      { WEEK, { SCENE_MAIL, 8, 1, EVENING, ALICE, "203.0.113.7", 0, 80, 45, 1, 0, 4, 0, 1, 9 } },
      STAGE_OBSERVE,
      0,
      9 },
    { "a club's first mailing to 3000, of whom 2 % are gone, from the chairman's house",
      { MANY, { SCENE_MAIL, 8, 1, NINE, ALICE, "203.0.113.7", 0, 3000, 2, 1, 0, 2, 0, 2, 9 } },
      STAGE_OBSERVE,
      0,
      10 },
    { "one invitation to 80 strangers, from a hotel with a new telephone",
      { WEEK, { SCENE_MAIL, 8, 1, EVENING, ALICE, "203.0.113.7", 0, 1, 1, 80, 0, 4, 0, 2, 9 } },
      STAGE_OBSERVE,
      0,
      11 },
    { "three letters to all 150 colleagues, from the train",
      { WEEK,
        { SCENE_MAIL, 8, 1, NINE, ALICE, "203.0.113.7", 0, 3, 600, 150, 150, 0, 0, 1, 9, 0, false,
          true } },
      STAGE_OBSERVE,
      0,
      7 },
    { "the server is on a blacklist: most of an honest day is refused",
      { WEEK, { SCENE_MAIL, 8, 3, NINE, ALICE, "192.0.2.7", 0, 12, 1800, 1, 20, 0, 60, 1, 7 } },
      STAGE_OBSERVE,
      0,
      5.5 },
    { "a quarter of an old list of 60 is gone, from home",
      { WEEK, { SCENE_MAIL, 8, 1, NINE, ALICE, "192.0.2.7", 0, 60, 30, 1, 0, 25, 0, 1, 7 } },
      STAGE_OBSERVE,
      0,
      9,
      true },
    { "the address book, from a botnet",
      { MANY, { SCENE_MAIL, 8, 1, NIGHT, ALICE, "203.*.113.7", 12, 150, 10, 1, 150, 0, 0, 2 } },
      STAGE_LOCK,
      40,
      0 },
    { "the address book in letters to 25, with a program and from a network that are new",
      { MANY, { SCENE_MAIL, 8, 1, NIGHT, ALICE, "203.0.113.7", 0, 6, 20, 25, 150, 0, 0, 2 } },
      STAGE_LOCK,
      1,
      0 },
    { "letters to 25 from the same hotel with the computer of always",
      { MANY, { SCENE_MAIL, 8, 1, NINE, ALICE, "203.0.113.7", 0, 6, 20, 25, 150, 0, 0, 1 } },
      STAGE_OBSERVE,
      0,
      7 },
    { "letters to 25 from home with a new computer",
      { MANY, { SCENE_MAIL, 8, 1, NINE, ALICE, "192.0.2.7", 0, 6, 20, 25, 150, 0, 0, 2, 7 } },
      STAGE_OBSERVE,
      0,
      4 },
    { "a club letter on the second day, from the telephone",
      { { SCENE_MAIL, 1, 1, NINE, ALICE, "192.0.2.7", 0, 9, 3000, 1, 20, 0, 0, 1, 7 },
        { SCENE_MAIL, 2, 1, EVENING, ALICE, "203.0.113.7", 0, 4, 60, 40, 0, 3, 0, 2, 9 } },
      STAGE_OBSERVE,
      0,
      9 },
    { "a first club letter from the computer at home, of who reads every day and wrote twice",
      { { SCENE_LOGINS, 1, 12, EVENING, ALICE, "198.51.100.20", 0, 3, 600, 0, 0, 0, 0 },
        { SCENE_MAIL, 4, 2, EVENING, ALICE, "198.51.100.20", 0, 1, 1, 1, 0, 0, 0, 1, 9 },
        { SCENE_MAIL, 12, 1, EVENING, ALICE, "192.0.2.7", 0, 3, 20, 40, 0, 3, 0, 2, 7 } },
      STAGE_OBSERVE,
      0,
      9.5 },
    { "a night's work at home",
      { MANY, { SCENE_MAIL, 8, 1, EVENING, ALICE, "192.0.2.7", 0, 24, 1200, 1, 150, 0, 0, 1, 7 } },
      STAGE_OBSERVE,
      0,
      3 },
    { "an almost clean list, six an hour around the clock",
      { MANY, { SCENE_MAIL, 8, 2, 17 * 60, ALICE, "203.0.113.7", 0, 240, 600, 1, 0, 4, 2 } },
      STAGE_LOCK,
      60,
      0,
      true },
    { "a list without a mistake, from a botnet",
      { WEEK, { SCENE_MAIL, 8, 1, NIGHT, ALICE, "203.*.113.7", 30, 400, 10, 1, 0, 0, 0, 2 } },
      STAGE_LOCK,
      60,
      0 },
    { "a thief at the same provider",
      { WEEK, { SCENE_MAIL, 8, 1, NIGHT, ALICE, "192.0.*.7", 0, 400, 10, 1, 0, 20, 0, 2, 7 } },
      STAGE_LOCK,
      60,
      0 },
    { "six messages an hour for four days, each from another network",
      { WEEK, { SCENE_MAIL, 8, 4, 0, ALICE, "203.*.113.7", 50, 144, 600, 1, 0, 15, 5, 2 } },
      STAGE_LOCK,
      30,
      0 },
    { "a LAN bot",
      { { SCENE_LAN, 1, 1, NIGHT, "10.0.0.57", "10.0.0.57", 0, 100, 3, 100, 0, 0, 0 } },
      STAGE_LOCK,
      20,
      0 },
    { "a LAN bot in the week after a quiet one",
      { { SCENE_LAN, 1, 5, NINE, "10.0.0.57", "10.0.0.57", 0, 10, 600, 2, 0, 0, 0 },
        { SCENE_LAN, 8, 1, NIGHT, "10.0.0.57", "10.0.0.57", 0, 100, 3, 100, 0, 0, 0 } },
      STAGE_LOCK,
      30,
      0 },
    { "a probe: four servers every ten minutes, day and night",
      { { SCENE_LAN, 1, 3, 0, "10.0.0.9", "10.0.0.9", 0, 575, 150, 4, 0, 0, 0 } },
      STAGE_OBSERVE,
      0,
      1 },
};

static struct scene_end played(const struct scene_row *rows, const struct scene_clock *clock)
{
    struct rehearsal *r = rehearsal_new(&(struct detect_options){ 0 });
    struct scene_end end = scene_play(r, rows, clock);

    rehearsal_free(r);
    return end;
}

/* How many messages may leave: with stamps that are out of order some look earlier than they are,
 * and a clock that was set makes the engine forget what it counted. */
static unsigned may_leave(const struct scene_case *c, const struct scene_clock *clock)
{
    const struct scene_row *last = c->rows;
    unsigned most = clock->back_ms != 0 ? 2 * c->within : c->within;

    while (last[1].kind != SCENE_END)
        last++;
    return most + (unsigned)(2 * clock->jitter_ms / (last->every_s * (int64_t)SECOND_MS));
}

/* True when the scene ends as it must; else says how it ended. */
static bool ends_well(const struct scene_case *c, const struct scene_clock *clock, const char *how)
{
    struct scene_end got = played(c->rows, clock);
    unsigned most = may_leave(c, clock);
    bool lock = c->want == STAGE_LOCK;
    bool well =
        lock ? got.stage == STAGE_LOCK && got.hidden == 0 && (c->within == 0 || got.left <= most)
             : got.stage != STAGE_LOCK && got.highest < c->most;

    if (!well)
        print_error("%s%s: got stage %d, %u messages left, highest score %.2f;"
                    " want stage %d within %u, or less than %.1f\n",
                    c->name, how, (int)got.stage, got.left, got.highest, (int)c->want, most,
                    c->most);
    return well;
}

static void scenes_end_well(const struct scene_clock *clock, const char *how)
{
    bool well = true;

    for (size_t i = 0; i < COUNT(scenes); i++)
        if (clock->back_ms == 0 || !scenes[i].wrong_after_step)
            well &= ends_well(&scenes[i], clock, how);
    assert_true(well);
}

static void who_is_locked(void **state)
{
    (void)state;
    scenes_end_well(&(struct scene_clock){ 0 }, "");
}

static void events_out_of_order_by_minutes(void **state)
{
    (void)state;
    scenes_end_well(&(struct scene_clock){ .jitter_ms = 3 * MINUTE_MS }, ", out of order");
}

/* It steps back within the quiet week, after it, and as the abuse begins. */
static void a_clock_that_steps_back_by_a_year(void **state)
{
    static const int days[] = { 3, 6, 8 };

    (void)state;
    for (size_t i = 0; i < COUNT(days); i++)
        scenes_end_well(&(struct scene_clock){ .back_from_day = days[i], .back_ms = 365 * DAY_MS },
                        ", a year back");
}

static void the_same_events_the_same_verdicts(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(scenes); i++) {
        uint64_t first = played(scenes[i].rows, &(struct scene_clock){ 0 }).digest;

        if (played(scenes[i].rows, &(struct scene_clock){ 0 }).digest != first)
            fail_msg("%s: got other verdicts the second time", scenes[i].name);
    }
}

/* What was held, and stays held, nobody can know the results of. */
static void results_of_what_was_held_change_nothing(void **state)
{
    unsigned locks = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(scenes); i++) {
        struct scene_clock other = { 0 };
        struct scene_end first = played(scenes[i].rows, &(struct scene_clock){ 0 });

        if (first.stage != STAGE_LOCK)
            continue;
        locks++;
        other.other_results_from = first.held_from;
        if (played(scenes[i].rows, &other).digest != first.digest)
            fail_msg("%s: got other verdicts with other results of what was held", scenes[i].name);
    }
    assert_true(locks > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_locked),
        cmocka_unit_test(events_out_of_order_by_minutes),
        cmocka_unit_test(a_clock_that_steps_back_by_a_year),
        cmocka_unit_test(the_same_events_the_same_verdicts),
        cmocka_unit_test(results_of_what_was_held_change_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
