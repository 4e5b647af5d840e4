#include "box/trail.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/ban.h"

#define START ((struct wall){ 1795000000000 })

static struct wall after(int64_t hours)
{
    return (struct wall){ START.ms + hours * HOUR_MS };
}

/* So many results of that fuse at once: `fresh` of them of new recipients, `refused` refused. */
static void results(struct trail *t, uint32_t fuse, struct wall at, int n, int fresh, int refused)
{
    for (int i = 0; i < n; i++) {
        struct event e = { .type = EVENT_DELIVERY,
                           .at = at,
                           .status = i < refused ? DELIVERY_BOUNCED : DELIVERY_SENT,
                           .reply = REPLY_UNKNOWN_RECIPIENT };

        trail_count(t, fuse, &e, i < fresh);
    }
}

static void only_first_results_outside_count(void **state)
{
    struct trail *t = trail_new();
    struct event e = {
        .type = EVENT_DELIVERY, .at = START, .status = DELIVERY_DEFERRED, .reply = REPLY_RATE
    };
    struct trail_sum s;

    (void)state;
    trail_count(t, 7, &e, true); /* not refused: it may be taken later */
    e.retry = true;
    trail_count(t, 7, &e, true);
    e.retry = false;
    e.local = true;
    trail_count(t, 7, &e, true);
    e.type = EVENT_SUBMISSION;
    trail_count(t, 7, &e, true);
    e = (struct event){ .type = EVENT_DELIVERY,
                        .at = START,
                        .status = DELIVERY_BOUNCED,
                        .reply = REPLY_SPAM,
                        .site_refused = true };
    trail_count(t, 7, &e, false);
    s = trail_of(t, 7, START);
    assert_int_equal(s.recipients, 2);
    assert_int_equal(s.fresh, 1);
    assert_int_equal(s.refused, 0);
    trail_free(t);
}

static void a_week_before_counts_and_fades(void **state)
{
    static const struct {
        int64_t hours;
        uint32_t recipients;
        float volume;
    } cases[] = {
        { -1, 0, 0 },         { 0, 8, 8 }, { 24, 8, 4 }, { 48, 8, 2 }, { 7 * 24, 8, 8.0 / 128 },
        { 7 * 24 + 1, 0, 0 },
    };
    struct trail *t = trail_new();

    (void)state;
    results(t, 3, START, 8, 4, 2);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct trail_sum s = trail_of(t, 3, after(cases[i].hours));

        assert_int_equal(s.recipients, cases[i].recipients);
        assert_float_equal((float)s.volume, cases[i].volume, 1e-6);
        assert_int_equal(s.fresh, cases[i].recipients / 2);
        assert_int_equal(s.refused, cases[i].recipients / 4);
    }
    trail_free(t);
}

static void the_busiest_with_strangers_comes_first(void **state)
{
    struct trail *t = trail_new();
    struct trail_sum top[2];

    (void)state;
    results(t, 1, START, 500, 5, 0); /* a newsletter */
    results(t, 2, START, 60, 60, 20);
    results(t, 3, START, 20, 10, 0);
    results(t, 4, after(-72), 200, 200, 100); /* long ago: 25 */
    results(t, 5, after(2), 900, 900, 900);   /* afterwards */
    assert_int_equal(trail_top(t, after(1), top, COUNT(top)), 2);
    assert_int_equal(top[0].fuse, 2);
    assert_int_equal(top[0].refused, 20);
    assert_int_equal(top[1].fuse, 4);
    assert_int_equal(trail_top(t, after(1), top, 0), 0);
    trail_free(t);
}

static void a_thief_stays_when_thousands_come_after_him(void **state)
{
    struct trail *t = trail_new();
    struct trail_sum top[1];

    (void)state;
    results(t, 0, START, 100, 90, 40);
    for (uint32_t fuse = 1; fuse < 3 * TRAIL_ROWS; fuse++)
        results(t, fuse, after(1), 2, 0, 0);
    assert_int_equal(trail_top(t, after(2), top, 1), 1);
    assert_int_equal(top[0].fuse, 0);
    assert_int_equal(top[0].recipients, 100);
    trail_free(t);
}

/* Hours of ten thousand accounts on one disk, and back. */
static void what_is_saved_comes_back(void **state)
{
    struct trail *t = trail_new(), *other = trail_new();
    struct buf bytes = buf_make(TRAIL_BYTES);
    uint32_t block, blocks = 0;

    (void)state;
    for (uint32_t fuse = 0; fuse < 100; fuse++)
        results(t, fuse, after(fuse % 5), (int)fuse + 1, (int)fuse / 2, (int)fuse / 3);
    while (trail_save(t, &block, &bytes)) {
        blocks++;
        assert_int_equal(bytes.n, TRAIL_BYTES);
        assert_false(trail_load(other, block, slice_head(buf_slice(&bytes), bytes.n - 1), 100));
        assert_false(trail_load(other, TRAIL_BLOCKS, buf_slice(&bytes), 100));
        assert_true(
            trail_load(other, block, buf_slice(&bytes), 99)); /* one is not known any more */
        buf_clear(&bytes);
    }
    assert_true(blocks > 0 && blocks <= TRAIL_BLOCKS);
    for (uint32_t fuse = 0; fuse < 99; fuse++) {
        struct trail_sum a = trail_of(t, fuse, after(5)), b = trail_of(other, fuse, after(5));

        assert_memory_equal(&a, &b, sizeof a);
    }
    assert_int_equal(trail_of(other, 99, after(5)).recipients, 0);
    assert_false(trail_save(other, &block, &bytes)); /* that is on disk */
    trail_unsaved(other);
    assert_true(trail_save(other, &block, &bytes));
    buf_done(&bytes);
    trail_free(t);
    trail_free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_first_results_outside_count),
        cmocka_unit_test(a_week_before_counts_and_fades),
        cmocka_unit_test(the_busiest_with_strangers_comes_first),
        cmocka_unit_test(a_thief_stays_when_thousands_come_after_him),
        cmocka_unit_test(what_is_saved_comes_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
