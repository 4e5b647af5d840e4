/* What was learnt, written all at once and read again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "detect/state_fuse.h"
#include "run/pictures.h"
#include "store/fixture.h"

#include "base/ban.h"

enum {
    MANY = 300000,     /* more than may wait for the store at a time: 64 MB */
    START_DAY = 20000, /* since 1970 */
};

static struct detect *detect_of(uint32_t accounts)
{
    const struct detect_options options = { 0 };
    struct detect *d = detect_new(&options);

    for (uint32_t i = 0; i < accounts; i++) {
        char name[40];
        int n = snprintf(name, sizeof name, "user%u@example.test", i);
        struct event e = {
            .type = EVENT_LOGIN,
            .at = { START_DAY * DAY_MS + i },
            .count = 1,
            .subject = subject_make(SUBJECT_ACCOUNT, (struct slice){ name, (size_t)n }),
            .client = { { [10] = 0xff, [11] = 0xff, [12] = 192, 0, 2, 7 } },
            .protocol = SLICE("imap"),
        };

        (void)detect_event(d, &e);
    }
    return d;
}

static bool take(void *ctx, uint32_t id, struct slice value)
{
    uint16_t passwords[BOX_PASSWORDS];
    struct active lately = { 0 };
    bool same = pictures_decode(ctx, value, passwords, &lately, START_DAY) == id;

    assert_null(lately.rows);
    return same;
}

static void check_round_trip(struct fixture *f, uint32_t accounts)
{
    const struct detect_options options = { 0 };
    struct detect *from = detect_of(accounts), *to = detect_new(&options);
    struct buf error = buf_make(1000);

    fixture_open(f, true);
    assert_int_equal(pictures_write(from, f->store), 0);
    fixture_close(f);
    fixture_open(f, false);
    assert_int_equal(store_each_picture(f->store, take, to, &error), 0);
    fixture_close(f);
    assert_int_equal(detect_count(to), detect_count(from));
    assert_int_equal(detect_count(to), accounts);
    buf_done(&error);
    detect_free(from);
    detect_free(to);
}

static void test_round_trip(void **state)
{
    struct fixture f = fixture_make();

    (void)state;
    check_round_trip(&f, MANY);
    check_round_trip(&f, 3); /* in place of what was there */
    check_round_trip(&f, 0);
    fixture_done(&f);
}

/* Twenty messages from as many networks, every fourth of them known. */
static void send_some(struct active *a, uint32_t fuse, struct wall now)
{
    for (uint8_t i = 0; i < 20; i++) {
        struct event e = {
            .type = EVENT_SUBMISSION,
            .at = now,
            .count = 1,
            .recipients = 3,
            .client = { { [10] = 0xff, [11] = 0xff, [12] = 198, 51, 100, i } },
            .queue_id = SLICE("4ABCDEF"),
        };

        active_count(a, fuse, &e, i % 4 == 1);
    }
}

/* What an incident would count that begins after a crash. */
static void test_lately(void **state)
{
    const struct detect_options options = { 0 };
    struct detect *from = detect_of(2), *to = detect_new(&options);
    const uint16_t passwords[BOX_PASSWORDS] = { 1, 0, 65535 };
    uint16_t read[BOX_PASSWORDS];
    struct active before = { 0 }, after = { 0 };
    const struct wall now = { START_DAY * DAY_MS }, later = { now.ms + HOUR_MS + 1 };
    struct buf bytes = buf_make(100000);
    const struct active_row *row;
    struct slice whole;

    (void)state;
    send_some(&before, 0, now);
    pictures_encode(from, 0, passwords, active_of(&before, 0), now, &bytes);
    whole = buf_slice(&bytes);
    assert_int_equal(pictures_decode(to, whole, read, &after, START_DAY), 0);
    assert_memory_equal(read, passwords, sizeof read);
    row = active_of(&after, 0);
    assert_non_null(row);
    assert_int_equal(row->networks_n, 9); /* of the first twelve, three are known */
    assert_int_equal(row->others.messages, 6);
    assert_int_equal(row->others.recipients, 18);
    assert_int_equal(row->from[0].ip.b[15], 0);
    assert_int_equal(row->from[0].messages, 1);
    assert_int_equal(row->from[0].recipients, 3);
    assert_int_equal(row->from[0].first.ms, now.ms);
    assert_false(row->from[0].known);
    assert_int_equal(row->last.ms, now.ms);
    assert_int_equal(active_today(&after, 0, START_DAY).messages, 20);
    assert_int_equal(active_today(&after, 0, START_DAY).recipients, 60);
    assert_int_equal(active_today(&after, 0, START_DAY + 1).messages, 0);
    for (size_t n = 0; n < whole.n; n++) /* cut anywhere: refused, and nothing is read beyond */
        (void)pictures_decode(to, slice_head(whole, n), read, &after, START_DAY);
    active_done(&after);
    buf_clear(&bytes);
    pictures_encode(from, 1, passwords, active_of(&before, 0), later, &bytes);
    assert_int_equal(pictures_decode(to, buf_slice(&bytes), read, &after, START_DAY), 1);
    row = active_of(&after, 1); /* the networks were too long ago, but on the same day */
    assert_non_null(row);
    assert_int_equal(row->networks_n, 0);
    assert_int_equal(active_today(&after, 1, START_DAY).recipients, 60);
    active_done(&after);
    detect_free(to);
    to = detect_new(&options);
    buf_clear(&bytes);
    pictures_encode(from, 0, passwords, active_of(&before, 0), later, &bytes);
    assert_int_equal(pictures_decode(to, buf_slice(&bytes), read, &after, START_DAY + 1), 0);
    assert_null(active_of(&after, 0)); /* the day is over, too */
    active_done(&before);
    active_done(&after);
    buf_done(&bytes);
    detect_free(from);
    detect_free(to);
}

/* As versions before the packing wrote it; and what nobody wrote. */
static void test_other_forms(void **state)
{
    static const struct slice wrong[] = { { "", 0 },     { "\x80", 1 },      { "\x87", 1 },
                                          { "\x88", 1 }, { "\x80\x01", 2 },  { "\x7f\0\0", 3 },
                                          { "\xff", 1 }, { "\x81\0\xff", 3 } };
    const struct detect_options options = { 0 };
    struct detect *from = detect_of(1), *to = detect_new(&options);
    uint16_t read[BOX_PASSWORDS];
    struct active lately = { 0 };
    struct buf plain = buf_make(100000);

    (void)state;
    for (size_t i = 0; i < COUNT(wrong); i++)
        assert_int_equal(pictures_decode(to, wrong[i], read, &lately, START_DAY), UINT32_MAX);
    state_fuse_save(from, 0, &plain);
    for (int i = 0; i < BOX_PASSWORDS; i++)
        buf_add(&plain, (struct slice){ "\x34\x12", 2 });
    active_encode(NULL, (struct wall){ 0 }, &plain);
    assert_int_equal(pictures_decode(to, buf_slice(&plain), read, &lately, START_DAY), 0);
    assert_int_equal(read[0], 0x1234);
    assert_true(slice_eq(detect_subject(to, 0).name, detect_subject(from, 0).name));
    active_done(&lately);
    buf_done(&plain);
    detect_free(from);
    detect_free(to);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_round_trip),
                                        cmocka_unit_test(test_lately),
                                        cmocka_unit_test(test_other_forms) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
