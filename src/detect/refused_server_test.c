/* refused_server_test.c - a server that others refuse since yesterday: everybody's mail comes back
 * now, and whoever abuses an account is still found among them. */
#include "detect/scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attributes.h"

#include "base/ban.h"

#define ALICE "alice@example.test"

enum { NINE = 9 * 60, SECOND_MONDAY = 8, EVERYBODYS = 12 };

/* Some thousand letters of six people within two weeks; from the second Monday on every eighth is
 * refused as spam. */
#define OTHERS(who, from)                                                                          \
    { SCENE_MAIL, 1, 5, NINE, who, from, 0, 60, 300, 1, 40, 1, 0, 1 },                             \
    {                                                                                              \
        SCENE_MAIL, SECOND_MONDAY, 3, NINE - 120, who, from, 0, 90, 300, 1, 0, 1, EVERYBODYS, 1    \
    }

static const struct run {
    const char *what;
    unsigned unknown_pct, spam_pct;
    enum stage stage;
    unsigned left_at_most; /* of 600 */
} runs[] = {
    { "a first circular that meets what everybody meets", 1, EVERYBODYS, STAGE_OBSERVE, 600 },
    { "the same to a list that is a little old", 4, EVERYBODYS, STAGE_OBSERVE, 600 },
    { "bought addresses, refused twice as often", 10, 2 * EVERYBODYS + 4, STAGE_LOCK, 180 },
};

static void what_everybody_meets_is_nobodys_fault(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(runs); i++) {
        const struct run *t = &runs[i];
        struct rehearsal *r = rehearsal_new(&(struct detect_options){ 0 });
        struct scene_end end = scene_play(
            r,
            (struct scene_row[]){
                OTHERS("bob@example.test", "192.0.2.11"),
                OTHERS("carol@example.test", "192.0.2.12"),
                OTHERS("dave@example.test", "192.0.2.13"),
                OTHERS("erin@example.test", "192.0.2.14"),
                OTHERS("frank@example.test", "192.0.2.15"),
                OTHERS("grace@example.test", "192.0.2.16"),
                { SCENE_MAIL, 1, 9, NINE, ALICE, "192.0.2.7", 0, 9, 1800, 1, 20, 1, 0, 1 },
                { SCENE_MAIL, SECOND_MONDAY + 2, 1, NINE, ALICE, "192.0.2.7", 0, 600, 3, 1, 0,
                  t->unknown_pct, t->spam_pct, 1 },
                { 0 } },
            &(struct scene_clock){ 0 });

        rehearsal_free(r);
        print_message("%s: stage %d, score %.1f, %u left\n", t->what, end.stage, end.highest,
                      end.left);
        assert_int_equal(end.stage, t->stage);
        assert_true(end.left <= t->left_at_most);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_everybody_meets_is_nobodys_fault),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
