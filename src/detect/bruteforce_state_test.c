#include "detect/bruteforce_scene.h"

#include <stdlib.h>

#include "base/attributes.h"
#include "base/test_copy.h"

#include "base/ban.h"

static const struct bruteforce_options usual = { .seed = 42 };

/* Refused: an address, alice at an office, an account; and a phone that was forgotten. */
static struct bruteforce *busy(void)
{
    struct bruteforce *b = bruteforce_new(&usual);
    char ip[64], password[64];

    works(b, "bob", "198.51.100.1", -10);
    works(b, "carol", "198.51.100.1", -10);
    works(b, "alice", "198.51.100.1", -10);
    for (unsigned n = 1; n <= 12; n++)
        (void)fails(b, "alice", "198.51.100.1", numbered(password, "p#", n), 0);
    for (unsigned n = 1; n <= 12; n++)
        (void)fails(b, "dave", numbered(ip, "10.#.0.1", n), numbered(password, "p#", n), 1);
    for (unsigned n = 1; n <= 12; n++)
        (void)fails(b, "eve", "203.0.113.9", "old", 1);
    for (unsigned n = 1; n <= 3; n++)
        (void)fails(b, "", "192.0.2.7", numbered(password, "p#", n), 2);
    return b;
}

static void as_it_was(const struct bruteforce *b, double at)
{
    assert_int_equal(asks(b, "alice", "192.0.2.7", at), BRUTEFORCE_ADDRESS);
    assert_int_equal(asks(b, "alice", "198.51.100.1", at), BRUTEFORCE_PAIR);
    assert_int_equal(asks(b, "bob", "198.51.100.1", at), BRUTEFORCE_NOT);
    assert_int_equal(asks(b, "dave", "203.0.113.1", at), BRUTEFORCE_ACCOUNT);
    assert_int_equal(asks(b, "eve", "203.0.113.9", at), BRUTEFORCE_NOT);
    assert_int_equal(bruteforce_stats(b, minute(at)).refused, 3);
}

static void a_restart_forgets_nothing(void **state)
{
    struct bruteforce *b = busy(), *again = bruteforce_new(&(struct bruteforce_options){ 0 });
    struct buf saved = buf_make(SIZE_MAX), twice = buf_make(SIZE_MAX);

    (void)state;
    as_it_was(b, 3);
    bruteforce_save(b, minute(3), &saved);
    assert_true(saved.n < 4000);
    (void)fails(again, "", "192.0.2.99", "p", 0); /* goes */
    assert_null(bruteforce_load(again, buf_slice(&saved), minute(4)));
    as_it_was(again, 4);
    assert_int_equal(asks(again, "alice", "192.0.2.7", 21.9), BRUTEFORCE_ADDRESS);
    assert_int_equal(asks(again, "alice", "192.0.2.7", 22), BRUTEFORCE_NOT);
    (void)fails(again, "eve", "203.0.113.9", "old", 4); /* still the same */
    assert_int_equal(waits(again, "frank", "203.0.113.9", 4), 1);
    bruteforce_save(b, minute(3), &twice);
    assert_true(slice_eq(buf_slice(&saved), buf_slice(&twice)));
    buf_done(&saved);
    buf_done(&twice);
    bruteforce_free(b);
    bruteforce_free(again);
}

/* The clock was set back by a day between the two. */
static void a_restart_with_another_clock(void **state)
{
    struct bruteforce *b = busy(), *again = bruteforce_new(&usual);
    struct buf saved = buf_make(SIZE_MAX);
    double at = 3 - 24 * 60;

    (void)state;
    bruteforce_save(b, minute(3), &saved);
    assert_null(bruteforce_load(again, buf_slice(&saved), minute(at)));
    as_it_was(again, at);
    assert_int_equal(asks(again, "alice", "192.0.2.7", at + 20.1), BRUTEFORCE_NOT);
    buf_done(&saved);
    bruteforce_free(b);
    bruteforce_free(again);
}

/* No byte may change, and none be missing. */
static void damage(void **state)
{
    struct bruteforce *b = busy(), *again = busy();
    struct buf saved = buf_make(SIZE_MAX);

    (void)state;
    bruteforce_save(b, minute(3), &saved);
    for (size_t n = 0; n < saved.n; n++) {
        struct slice cut = test_copy(slice_head(buf_slice(&saved), n));

        assert_non_null(bruteforce_load(again, cut, minute(3)));
        test_copy_free(cut);
        saved.p[n] = (char)(saved.p[n] ^ 1);
        assert_non_null(bruteforce_load(again, buf_slice(&saved), minute(3)));
        saved.p[n] = (char)(saved.p[n] ^ 1);
    }
    as_it_was(again, 3);
    buf_done(&saved);
    bruteforce_free(b);
    bruteforce_free(again);
}

static void forgiving(void **state)
{
    struct bruteforce *b = busy();
    struct login_attempt a = attempt("alice", "192.0.2.7", NULL);
    struct ip office;

    (void)state;
    assert_true(ip_parse(SLICE("198.51.100.1"), &office));
    assert_true(bruteforce_forget(b, 0, &a.ip));
    assert_int_equal(asks(b, "alice", "192.0.2.7", 3), BRUTEFORCE_NOT);
    assert_false(bruteforce_forget(b, 0, &a.ip));
    assert_int_equal(asks(b, "dave", "203.0.113.1", 3), BRUTEFORCE_ACCOUNT);
    assert_true(bruteforce_forget(b, account_of("dave"), NULL));
    assert_int_equal(asks(b, "dave", "203.0.113.1", 3), BRUTEFORCE_NOT);
    assert_true(bruteforce_forget(b, account_of("alice"), &office));
    assert_int_equal(bruteforce_stats(b, minute(3)).refused, 0);
    assert_false(bruteforce_forget(b, 0, NULL));
    bruteforce_free(b);
}

struct listing {
    unsigned n;
    struct buf words;
};

static void list_one(void *ctx, const struct bruteforce_refused *r)
{
    struct listing *l = ctx;

    l->n++;
    assert_int_equal(r->until.ms - r->last.ms, 20 * MINUTE_MS);
    bruteforce_words(r, r->account == account_of("alice") ? SLICE("alice\x1b") : SLICE(""),
                     &l->words);
    buf_add_char(&l->words, '\n');
}

static void listing(void **state)
{
    struct bruteforce *b = busy();
    struct listing l = { .words = buf_make(SIZE_MAX) };
    char ip[64], name[64];

    (void)state;
    for (unsigned n = 1; n <= 12; n++)
        (void)fails(b, numbered(name, "name#", n), numbered(ip, "2001:db8:0:0#::1", n), "p",
                    3 + 0.1 * n);
    bruteforce_refused(b, minute(5), list_one, &l);
    buf_add_char(&l.words, '\0');
    assert_int_equal(l.n, 4);
    assert_non_null(
        strstr(l.words.p, "12 wrong passwords for alice? from 198.51.100.1 within a minute\n"));
    assert_non_null(strstr(l.words.p, "3 wrong passwords from 192.0.2.7 within a minute\n"));
    assert_non_null(strstr(l.words.p, "12 wrong passwords from 2001:db8::/56 within 2 minutes\n"));
    assert_non_null(strstr(l.words.p,
                           "12 wrong passwords for an account from networks that it does "
                           "not use within a minute\n"));
    buf_done(&l.words);
    bruteforce_free(b);
}

static void explaining(void **state)
{
    struct bruteforce *b = busy();
    struct login_attempt a = attempt("alice", "192.0.2.7", NULL);
    struct login_attempt fine = attempt("bob", "198.51.100.1", NULL);
    struct bruteforce_refused why;

    (void)state;
    assert_true(bruteforce_explain(b, &a, minute(3), &why));
    assert_int_equal(why.why, BRUTEFORCE_ADDRESS);
    assert_int_equal(why.failures, 3);
    assert_int_equal(why.until.ms, minute(22).ms);
    assert_false(bruteforce_explain(b, &fine, minute(3), &why));
    assert_false(bruteforce_explain(b, &(struct login_attempt){ 0 }, minute(3), &why));
    bruteforce_free(b);
}

/* A million invented names and addresses neither grow the memory nor push out what is refused. */
static void a_flood_is_bounded(void **state)
{
    struct bruteforce *b = busy();
    struct login_attempt a = { .has_pwhash = true };
    struct buf saved = buf_make(384 * 16384 + 64);

    (void)state;
    for (uint32_t i = 0; i < 1000000; i++) {
        uint64_t h = hash_u64(i + 1);

        a.account = h;
        a.pwhash = (uint32_t)h & 0xfff;
        memcpy(a.ip.b, &h, sizeof h);
        a.ip.b[0] = 0x20;
        (void)bruteforce_failure(b, &a, minute(3));
    }
    as_it_was(b, 4);
    assert_true(bruteforce_stats(b, minute(4)).forgotten > 900000);
    assert_true(bruteforce_stats(b, minute(4)).entries[1] <= 16384);
    bruteforce_save(b, minute(4), &saved);
    assert_false(saved.full);
    buf_done(&saved);
    bruteforce_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_restart_forgets_nothing),
        cmocka_unit_test(a_restart_with_another_clock),
        cmocka_unit_test(damage),
        cmocka_unit_test(forgiving),
        cmocka_unit_test(listing),
        cmocka_unit_test(explaining),
        cmocka_unit_test(a_flood_is_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
