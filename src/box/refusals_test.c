/* refusals_test.c - when a provider refuses us, and when that is over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "box/refusals.h"

#include "base/ban.h"

static const char *const no_names[] = { NULL };
static const struct provider big = {
    .name = "big", .hosts = no_names, .domains = no_names, .big = true
};
static const struct provider small = { .name = "small", .hosts = no_names, .domains = no_names };

#define START_MS INT64_C(1700000000000)

/* What comes in a row: so many results of one kind. */
enum what {
    END,
    SENT,
    SURE,    /* refused by a rule about our address */
    LIKE_IT, /* refused in words that sound like it */
    CONTENT, /* refused for what it says */
    WAIT,    /* so many minutes pass */
};

struct step {
    enum what what;
    const char *where; /* "big", "small", or a site */
    uint32_t n;
    uint32_t recipients; /* different ones; 0: as many as n */
};

static const struct refusals_case {
    const char *name;
    struct step steps[8];
    const char *want; /* what was told: "+big", "-big", ... */
} cases[] = {
    { "one refusal at a big one", { { SURE, "big", 1, 0 } }, "+big" },
    { "told once", { { SURE, "big", 500, 0 } }, "+big" },
    { "content is none", { { CONTENT, "big", 500, 0 } }, "" },
    { "two that sound like it", { { LIKE_IT, "big", 2, 0 } }, "" },
    { "three that sound like it", { { LIKE_IT, "big", 3, 0 } }, "+big" },
    { "three for one recipient", { { LIKE_IT, "big", 30, 1 } }, "" },
    { "three within three days",
      { { LIKE_IT, "big", 1, 0 },
        { WAIT, NULL, 1500, 0 },
        { LIKE_IT, "big", 1, 0 },
        { WAIT, NULL, 1500, 0 },
        { LIKE_IT, "big", 1, 0 } },
      "" },
    { "one at a small one", { { SURE, "small", 10, 0 } }, "" },
    { "two small ones", { { SURE, "small", 9, 0 }, { SURE, "a.test", 9, 0 } }, "" },
    { "three small ones",
      { { SURE, "small", 1, 0 }, { SURE, "a.test", 1, 0 }, { LIKE_IT, "b.test", 1, 0 } },
      "+elsewhere" },
    { "three small ones within three days",
      { { SURE, "small", 1, 0 },
        { WAIT, NULL, 1500, 0 },
        { SURE, "a.test", 1, 0 },
        { WAIT, NULL, 1500, 0 },
        { SURE, "b.test", 1, 0 } },
      "" },
    { "one that gets much of our mail",
      { { SENT, "a.test", 100, 0 }, { SURE, "a.test", 1, 0 } },
      "+a.test" },
    { "one that gets little of it",
      { { SENT, "big", 3000, 0 }, { SENT, "a.test", 100, 0 }, { SURE, "a.test", 1, 0 } },
      "" },
    { "49 accepted", { { SURE, "big", 1, 0 }, { SENT, "big", 49, 0 } }, "+big" },
    { "50 accepted", { { SURE, "big", 1, 0 }, { SENT, "big", 50, 0 } }, "+big-big" },
    { "50 accepted elsewhere", { { SURE, "big", 1, 0 }, { SENT, "small", 500, 0 } }, "+big" },
    { "refused in between",
      { { SURE, "big", 1, 0 },
        { SENT, "big", 49, 0 },
        { SURE, "big", 1, 0 },
        { SENT, "big", 49, 0 } },
      "+big" },
    { "content in between",
      { { SURE, "big", 1, 0 },
        { SENT, "big", 49, 0 },
        { CONTENT, "big", 1, 0 },
        { SENT, "big", 1, 0 } },
      "+big-big" },
    { "quiet for a day, one accepted",
      { { SURE, "big", 1, 0 }, { SENT, "big", 1, 0 }, { WAIT, NULL, 1439, 0 } },
      "+big" },
    { "quiet for more than a day, one accepted",
      { { SURE, "big", 1, 0 }, { SENT, "big", 1, 0 }, { WAIT, NULL, 1441, 0 } },
      "+big-big" },
    { "quiet, and nothing accepted", { { SURE, "big", 1, 0 }, { WAIT, NULL, 20000, 0 } }, "+big" },
    { "again within a day takes twice as many",
      { { SURE, "big", 1, 0 },
        { SENT, "big", 50, 0 },
        { SURE, "big", 1, 0 },
        { SENT, "big", 99, 0 } },
      "+big-big+big" },
    { "and they are enough",
      { { SURE, "big", 1, 0 },
        { SENT, "big", 50, 0 },
        { SURE, "big", 1, 0 },
        { SENT, "big", 100, 0 } },
      "+big-big+big-big" },
    { "again after two days does not",
      { { SURE, "big", 1, 0 },
        { SENT, "big", 50, 0 },
        { WAIT, NULL, 2880, 0 },
        { SURE, "big", 1, 0 },
        { SENT, "big", 50, 0 } },
      "+big-big+big-big" },
    { "elsewhere ends",
      { { SURE, "small", 1, 0 },
        { SURE, "a.test", 1, 0 },
        { LIKE_IT, "b.test", 1, 0 },
        { SENT, "c.test", 50, 0 } },
      "+elsewhere-elsewhere" },
};

static const struct refusals_limits limits = { 50, DAY_MS };

static struct refusals_result result_of(const struct step *s, struct wall at, uint32_t i)
{
    struct refusals_result r = { .at = at, .fuse = REFUSALS_NOBODY, .site = slice_of(s->where) };

    if (slice_eq(r.site, SLICE("big")))
        r.provider = &big;
    else if (slice_eq(r.site, SLICE("small")))
        r.provider = &small;
    r.status = s->what == SENT ? DELIVERY_SENT : DELIVERY_BOUNCED;
    r.cause = s->what == CONTENT ? CAUSE_CONTENT : CAUSE_ADDRESS;
    r.sure = s->what == SURE;
    r.recipient = 1 + (s->recipients > 0 ? i % s->recipients : i);
    r.text = SLICE("550 no");
    return r;
}

static void say(char *told, size_t room, const struct refusals *r, char sign, uint32_t row)
{
    size_t n = strlen(told);

    snprintf(told + n, room - n, "%c%s", sign, refusals_name(r, row));
}

static void play(struct refusals *r, const struct step *s, struct wall *at, char *told, size_t room)
{
    uint32_t row = 0;

    for (uint32_t i = 0; i < s->n; i++) {
        struct refusals_result result;
        enum refusals_news news;

        at->ms += s->what == WAIT ? MINUTE_MS : 10;
        if (s->what == WAIT) {
            if ((row = refusals_over(r, &limits, *at)) != REFUSALS_NOBODY)
                say(told, room, r, '-', row);
            continue;
        }
        result = result_of(s, *at, i);
        news = refusals_take(r, &limits, &result, &row);
        if (news == REFUSALS_BEGAN || news == REFUSALS_ENDED)
            say(told, room, r, news == REFUSALS_BEGAN ? '+' : '-', row);
    }
}

static void test_blocks(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct refusals *r = refusals_new();
        struct wall at = { START_MS };
        char told[400] = "";

        for (const struct step *s = cases[i].steps; s < cases[i].steps + 8 && s->what != END; s++)
            play(r, s, &at, told, sizeof told);
        if (strcmp(told, cases[i].want) != 0)
            fail_msg("%s: %s, not %s", cases[i].name, told, cases[i].want);
        refusals_free(r);
    }
}

static void send(struct refusals *r, uint32_t fuse, uint32_t n, bool fresh, struct wall *at)
{
    struct step s = { SENT, "big", n, 0 };
    uint32_t row;

    for (uint32_t i = 0; i < n; i++) {
        struct refusals_result result = result_of(&s, *at, i);

        result.fuse = fuse;
        result.fresh = fresh;
        at->ms += 10;
        (void)refusals_take(r, &limits, &result, &row);
    }
}

/* The one who wrote to strangers, not the one who wrote most, nor the one who met the block. */
static void test_blame(void **state)
{
    struct refusals *r = refusals_new();
    struct wall at = { START_MS };
    struct step s = { SURE, "big", 1, 0 };
    struct refusals_result result;
    const struct refusals_block *b;
    uint32_t row;

    (void)state;
    for (uint32_t fuse = 10; fuse < 18; fuse++)
        send(r, fuse, 2, false, &at);
    send(r, 1, 500, false, &at);
    send(r, 2, 80, true, &at);
    send(r, 3, 3, true, &at);
    result = result_of(&s, at, 0);
    result.fuse = 4;
    assert_int_equal(refusals_take(r, &limits, &result, &row), REFUSALS_BEGAN);
    b = refusals_block(r, row);
    assert_int_equal(b->blamed_n, 2);
    assert_int_equal(b->blamed[0].fuse, 2);
    assert_int_equal(b->blamed[0].fresh, 80);
    assert_int_equal(b->blamed[0].fresh_all, 83);
    assert_int_equal(b->blamed[0].senders, 12);
    assert_false(b->blamed[0].refused);
    assert_int_equal(b->blamed[1].fuse, 4);
    assert_true(b->blamed[1].refused);
    assert_string_equal(b->text, "550 no");

    result.fuse = 1; /* a colleague, afterwards */
    assert_true(refusals_is_common(r, &result));
    result.fuse = 4; /* who only met it first */
    assert_true(refusals_is_common(r, &result));
    result.fuse = 2;
    assert_false(refusals_is_common(r, &result));
    result.provider = &small;
    assert_false(refusals_is_common(r, &result));
    refusals_free(r);
}

static void test_counts(void **state)
{
    struct refusals *r = refusals_new();
    struct wall at = { START_MS };
    struct refusals_count hour, day;
    char told[400] = "";
    const struct step steps[] = { { SENT, "big", 7, 0 },
                                  { CONTENT, "big", 2, 0 },
                                  { WAIT, NULL, 90, 0 },
                                  { SENT, "big", 3, 0 },
                                  { SURE, "big", 1, 0 } };

    (void)state;
    for (size_t i = 0; i < COUNT(steps); i++)
        play(r, &steps[i], &at, told, sizeof told);
    refusals_counts(r, 1, at, &hour, &day);
    assert_int_equal(hour.accepted, 3);
    assert_int_equal(hour.refused, 1);
    assert_int_equal(hour.reputation, 1);
    assert_int_equal(day.accepted, 10);
    assert_int_equal(day.refused, 3);
    refusals_counts(r, 1, (struct wall){ at.ms + 2 * DAY_MS }, &hour, &day);
    assert_int_equal(day.accepted, 0);
    refusals_counts(r, 1, (struct wall){ 0 }, &hour, &day); /* the clock was set back */
    refusals_clock_set(r, -DAY_MS);
    refusals_free(r);
}

/* Strangers cannot make it forget what it knows. */
static void test_many_sites(void **state)
{
    struct refusals *r = refusals_new();
    struct wall at = { START_MS };
    char told[400] = "", site[40];
    const struct step block = { SURE, "big", 1, 0 };

    (void)state;
    play(r, &block, &at, told, sizeof told);
    for (int i = 0; i < 2000; i++) {
        struct step s = { SENT, site, 1, 0 };

        snprintf(site, sizeof site, "site%d.test", i);
        play(r, &s, &at, told, sizeof told);
    }
    assert_null(refusals_name(r, REFUSALS_ROWS));
    assert_string_equal(refusals_name(r, 0), "elsewhere");
    assert_string_equal(refusals_name(r, 1), "big");
    assert_true(refusals_block(r, 1)->since.ms > 0);
    refusals_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_blame),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_many_sites),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
