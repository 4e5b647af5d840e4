#include "ledger/top.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "base/memory.h"

#include "base/ban.h"

/* Each text in a heap block of exactly its size. */
static void add(struct top *t, struct slice text)
{
    char *exact = memory_new(text.n, 1);

    if (text.n > 0)
        memcpy(exact, text.p, text.n);
    top_add(t, (struct slice){ exact, text.n });
    free(exact);
}

static const struct top_case {
    const char *name, *words, *want;
} top_cases[] = {
    { "nothing", "", "" },
    { "the commonest first", "a b b c c c", "c=3 b=2 a=1" },
    { "the same count: by text", "b a ab", "a=1 ab=1 b=1" },
    { "the order of coming does not matter", "c b c a b c", "c=3 b=2 a=1" },
    { "the rarest makes room, its count stays", "a a b b c c d d e e f f g g h h i i j j k k l m",
      "a=2 b=2 c=2 d=2 e=2 f=2 g=2 h=2 i=2 j=2 k=2 m=2" },
};

static void lists(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(top_cases); i++) {
        const struct top_case *c = &top_cases[i];
        struct slice rest = slice_of(c->words), word;
        struct top t = { 0 };
        char got[256] = "";
        size_t used, n = 0;

        while (slice_cut(&rest, ' ', &word))
            add(&t, word);
        if (rest.n > 0)
            add(&t, rest);
        used = top_sort(&t);
        for (size_t k = 0; k < used; k++)
            n += (size_t)snprintf(got + n, sizeof got - n, "%s%.*s=%ju", k > 0 ? " " : "",
                                  SLICE_ARG(top_text(&t.slots[k])), (uintmax_t)t.slots[k].count);
        if (strcmp(got, c->want) != 0)
            fail_msg("%s: got \"%s\", want \"%s\"", c->name, got, c->want);
    }
}

static void long_texts_are_cut_and_counted_as_one(void **state)
{
    char text[TOP_TEXT + 20];
    struct top t = { 0 };

    (void)state;
    memset(text, 'x', sizeof text);
    add(&t, (struct slice){ text, sizeof text });
    add(&t, (struct slice){ text, TOP_TEXT });
    assert_int_equal(top_sort(&t), 1);
    assert_int_equal(t.slots[0].count, 2);
    assert_int_equal(t.slots[0].text_n, TOP_TEXT);
}

static void the_empty_text_counts_too(void **state)
{
    struct top t = { 0 };

    (void)state;
    add(&t, SLICE(""));
    add(&t, SLICE(""));
    assert_int_equal(top_sort(&t), 1);
    assert_int_equal(t.slots[0].count, 2);
}

/* What makes up more than a twelfth of the stream is in the list, whatever else comes. */
static void a_common_text_survives_noise(void **state)
{
    struct top t = { 0 };
    bool found = false;
    char noise[16];

    (void)state;
    for (int i = 0; i < 10000; i++) {
        snprintf(noise, sizeof noise, "%d", i);
        add(&t, i % (TOP_SLOTS - 2) == 0 ? SLICE("common") : slice_of(noise));
    }
    top_sort(&t);
    for (int i = 0; i < TOP_SLOTS; i++)
        found |= slice_eq(top_text(&t.slots[i]), SLICE("common")) && t.slots[i].count >= 1000;
    assert_true(found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists),
        cmocka_unit_test(long_texts_are_cut_and_counted_as_one),
        cmocka_unit_test(the_empty_text_counts_too),
        cmocka_unit_test(a_common_text_survives_noise),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
