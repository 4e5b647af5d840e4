/* What was learnt, written all at once and read again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

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

    return pictures_decode(ctx, value, passwords) == id;
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

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_round_trip) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
