/* transactions_test.c - what is under way on each connection. */
#include "box/transactions.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/ban.h"

enum { ALICE = 3, BOB = 7 };

static bool ask(struct transactions *t, uint64_t connection, const char *instance, uint32_t fuse,
                const char *recipient)
{
    return transactions_recipient(t, connection, slice_of(instance), fuse, slice_of(recipient));
}

static void recipients_are_counted_once(void **state)
{
    struct transactions *t = transactions_new(8);

    (void)state;
    assert_int_equal(transactions_pending(t, ALICE), 0);
    assert_true(ask(t, 1, "a", ALICE, "x@example.test"));
    assert_false(ask(t, 1, "a", ALICE, "x@example.test")); /* another restriction list */
    assert_true(ask(t, 1, "a", ALICE, "y@example.test"));
    assert_true(ask(t, 2, "b", ALICE, "x@example.test"));
    assert_true(ask(t, 3, "c", BOB, "x@example.test"));
    assert_int_equal(transactions_pending(t, ALICE), 3);
    assert_int_equal(transactions_pending(t, BOB), 1);
    assert_int_equal(transactions_messages(t, ALICE), 2);
    assert_int_equal(transactions_messages(t, BOB), 1);
    transactions_refused(t, 1);
    assert_int_equal(transactions_pending(t, ALICE), 2);
    assert_true(ask(t, 1, "a", ALICE, "y@example.test")); /* it was refused, and is tried again */
    assert_int_equal(transactions_pending(t, ALICE), 3);
    transactions_refused(t, 1);
    assert_true(ask(t, 1, "d", ALICE, "y@example.test")); /* the next message */
    assert_int_equal(transactions_pending(t, ALICE), 2);
    assert_true(ask(t, 1, "d", BOB, "y@example.test")); /* somebody else logged in */
    assert_int_equal(transactions_pending(t, ALICE), 1);
    assert_int_equal(transactions_pending(t, BOB), 2);
    transactions_other(t, 1, SLICE("d"));
    assert_int_equal(transactions_pending(t, BOB), 2);
    transactions_other(t, 1, SLICE("e")); /* mail without login */
    transactions_other(t, 99, SLICE("e"));
    assert_int_equal(transactions_pending(t, BOB), 1);
    assert_true(ask(t, 1, "f", BOB, "y@example.test"));
    transactions_end(t, 2);
    transactions_end(t, 2); /* and the connection is closed */
    transactions_end(t, 99);
    transactions_refused(t, 99);
    assert_int_equal(transactions_pending(t, ALICE), 0);
    transactions_refused(t, 3);
    transactions_refused(t, 3);
    assert_int_equal(transactions_pending(t, BOB), 1);
    assert_int_equal(transactions_messages(t, BOB), 1); /* of two, one has nobody to go to */
    transactions_end(t, 3);
    assert_int_equal(transactions_messages(t, BOB), 1);
    transactions_end(t, 1);
    assert_int_equal(transactions_messages(t, BOB), 0);
    assert_int_equal(transactions_count(t), 0);
    assert_int_equal(transactions_pending(t, BOB), 0);
    transactions_free(t);
}

static void a_full_table_lets_all_pass(void **state)
{
    struct transactions *t = transactions_new(2);

    (void)state;
    assert_true(ask(t, 1, "a", ALICE, "x@example.test"));
    assert_true(ask(t, 2, "b", BOB, "x@example.test"));
    assert_true(ask(t, 3, "c", ALICE, "x@example.test"));
    transactions_refused(t, 3);
    transactions_end(t, 3);
    assert_int_equal(transactions_count(t), 2);
    assert_int_equal(transactions_pending(t, ALICE), 1);
    transactions_end(t, 1);
    assert_true(ask(t, 3, "c", ALICE, "x@example.test"));
    assert_int_equal(transactions_pending(t, ALICE), 1);
    transactions_free(t);
    transactions_free(NULL);
}

/* Thousands come and go; the sums stay right. */
static void they_come_and_go(void **state)
{
    enum { MAX = 64, CONNECTIONS = 100, FUSES = 5 };
    struct transactions *t = transactions_new(MAX);
    uint32_t recipients[CONNECTIONS] = { 0 }, fuses[CONNECTIONS] = { 0 }, open = 0;
    uint64_t x = 88172645463325252;

    (void)state;
    for (int k = 0; k < 20000; k++) {
        uint32_t c, fuse, want = 0, messages = 0;
        char name[4] = { 'a', 0 };

        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        c = (uint32_t)(x >> 20) % CONNECTIONS;
        fuse = (uint32_t)(x >> 40) % FUSES;
        name[0] = (char)('a' + (x >> 50) % 26);
        if ((x >> 60) % 3 == 0) {
            transactions_end(t, c);
            open -= recipients[c] > 0;
            recipients[c] = 0;
        } else if (recipients[c] > 0 || open < MAX) {
            bool same = recipients[c] > 0 && fuses[c] == fuse;

            open += recipients[c] == 0;
            if (ask(t, c, "m", fuse, name))
                recipients[c] = same ? recipients[c] + 1 : 1;
            fuses[c] = fuse;
        }
        for (uint32_t n = 0; n < CONNECTIONS; n++)
            if (recipients[n] > 0 && fuses[n] == fuse) {
                want += recipients[n];
                messages++;
            }
        assert_int_equal(transactions_pending(t, fuse), want);
        assert_int_equal(transactions_messages(t, fuse), messages);
        assert_int_equal(transactions_count(t), open);
    }
    transactions_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recipients_are_counted_once),
        cmocka_unit_test(a_full_table_lets_all_pass),
        cmocka_unit_test(they_come_and_go),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
