#include "detect/bruteforce_scene.h"

#include <stdlib.h>

#include "base/attributes.h"

#include "base/ban.h"

static const struct bruteforce_options usual = { .seed = 42 };

/* `n` failures `every` minutes, and what is answered afterwards. '#' in a text is the number of the
 * failure. */
static const struct guess_case {
    const char *name;
    const char *login, *ip, *password; /* "" is no account, NULL no hash */
    unsigned n;
    double every;
    const char *ask_login, *ask_ip;
    enum bruteforce_why want;
} guess_cases[] = {
    { "two are not enough", "alice", "192.0.2.7", "p#", 2, 1, "alice", "192.0.2.7",
      BRUTEFORCE_NOT },
    { "three passwords", "alice", "192.0.2.7", "p#", 3, 1, "alice", "192.0.2.7",
      BRUTEFORCE_ADDRESS },
    { "for other accounts, too", "alice", "192.0.2.7", "p#", 3, 1, "bob", "192.0.2.7",
      BRUTEFORCE_ADDRESS },
    { "not for other addresses", "alice", "192.0.2.7", "p#", 3, 1, "alice", "192.0.2.8",
      BRUTEFORCE_NOT },
    { "no such accounts", "", "192.0.2.7", "p#", 3, 1, "alice", "192.0.2.7", BRUTEFORCE_ADDRESS },
    { "a forgotten phone", "alice", "192.0.2.7", "old", 500, 1, "bob", "192.0.2.7",
      BRUTEFORCE_NOT },
    { "a forgotten phone on the move", "alice", "192.0.#.7", "old", 200, 1, "alice", "198.51.100.1",
      BRUTEFORCE_NOT },
    { "slow guessing", "alice", "192.0.2.7", "p#", 5, 5, "alice", "192.0.2.7", BRUTEFORCE_ADDRESS },
    { "slow guessing of many accounts", "name#", "192.0.2.7", "spring", 6, 15, "alice", "192.0.2.7",
      BRUTEFORCE_ADDRESS },
    { "mistakes of a day", "alice", "192.0.2.7", "p#", 20, 25, "alice", "192.0.2.7",
      BRUTEFORCE_NOT },
    { "spraying from an address", "name#", "192.0.2.7", "spring", 3, 0.1, "alice", "192.0.2.7",
      BRUTEFORCE_ADDRESS },
    { "spraying from a network", "name#", "192.0.2.#", "spring", 12, 0.1, "alice", "192.0.2.200",
      BRUTEFORCE_NETWORK },
    { "few mistakes in a network", "name#", "192.0.2.#", "spring", 11, 0.1, "alice", "192.0.2.200",
      BRUTEFORCE_NOT },
    { "IPv6: an address is a /64", "alice", "2001:db8:1:2::#", "p#", 3, 0.1, "alice",
      "2001:db8:1:2:ffff::1", BRUTEFORCE_ADDRESS },
    { "IPv6: hopping in a /56", "name#", "2001:db8:1:0#::1", "p", 12, 0.1, "alice",
      "2001:db8:1:ff::1", BRUTEFORCE_NETWORK },
    { "IPv6: not the next /56", "name#", "2001:db8:1:0#::1", "p", 12, 0.1, "alice",
      "2001:db8:1:100::1", BRUTEFORCE_NOT },
    { "a botnet at one account", "alice", "10.#.0.1", "p#", 12, 0.1, "alice", "203.0.113.5",
      BRUTEFORCE_ACCOUNT },
    { "not for other accounts", "alice", "10.#.0.1", "p#", 12, 0.1, "bob", "203.0.113.5",
      BRUTEFORCE_NOT },
    { "no hash: repeats count 1, 2, 4", "alice", "192.0.2.7", NULL, 4, 1, "alice", "192.0.2.7",
      BRUTEFORCE_ADDRESS },
    { "no hash: three are two", "alice", "192.0.2.7", NULL, 3, 1, "alice", "192.0.2.7",
      BRUTEFORCE_NOT },
    { "no hash: other accounts", "name#", "192.0.2.7", NULL, 3, 1, "alice", "192.0.2.7",
      BRUTEFORCE_ADDRESS },
};

static void guessing(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(guess_cases); i++) {
        const struct guess_case *c = &guess_cases[i];
        struct bruteforce *b = bruteforce_new(&usual);
        char login[64], ip[64], password[64];
        double at = 0;
        enum bruteforce_why got;

        for (unsigned n = 1; n <= c->n; n++) {
            at = (n - 1) * c->every;
            (void)fails(b, numbered(login, c->login, n), numbered(ip, c->ip, n),
                        c->password != NULL ? numbered(password, c->password, n) : NULL, at);
        }
        got = asks(b, c->ask_login, c->ask_ip, at);
        if (got != c->want)
            fail_msg("%s: got %d, want %d", c->name, (int)got, (int)c->want);
        bruteforce_free(b);
    }
}

static void a_refusal_ends(void **state)
{
    struct bruteforce *b = bruteforce_new(&usual);

    (void)state;
    assert_int_equal(fails(b, "alice", "192.0.2.7", "p1", 0), BRUTEFORCE_NOT);
    assert_int_equal(fails(b, "alice", "192.0.2.7", "p2", 1), BRUTEFORCE_NOT);
    assert_int_equal(fails(b, "alice", "192.0.2.7", "p3", 2), BRUTEFORCE_ADDRESS);
    assert_int_equal(asks(b, "alice", "192.0.2.7", 21.9), BRUTEFORCE_ADDRESS);
    assert_int_equal(asks(b, "alice", "192.0.2.7", 22), BRUTEFORCE_NOT);
    /* and begins again with the next one */
    assert_int_equal(fails(b, "alice", "192.0.2.7", "p4", 22), BRUTEFORCE_ADDRESS);
    assert_int_equal(asks(b, "alice", "192.0.2.7", 41.9), BRUTEFORCE_ADDRESS);
    /* but not after hours */
    assert_int_equal(fails(b, "alice", "192.0.2.7", "p5", 200), BRUTEFORCE_NOT);
    bruteforce_free(b);
}

static void waiting(void **state)
{
    struct bruteforce *b = bruteforce_new(&usual);
    struct bruteforce_options none = usual;
    char ip[64], password[64];

    (void)state;
    assert_int_equal(waits(b, "alice", "192.0.2.7", 0), 0);
    (void)fails(b, "alice", "192.0.2.7", "p1", 0);
    assert_int_equal(waits(b, "alice", "192.0.2.7", 0), 1);
    (void)fails(b, "alice", "192.0.2.7", "p2", 0);
    assert_int_equal(waits(b, "alice", "192.0.2.7", 0), 2);
    assert_int_equal(waits(b, "alice", "192.0.2.7", 21), 1); /* one is forgotten */
    assert_int_equal(waits(b, "alice", "192.0.2.7", 41), 0);
    for (unsigned n = 1; n <= 9; n++) {
        static const unsigned want[] = { 0, 0, 0, 0, 0, 1, 2, 4, 5 };

        (void)fails(b, "bob", numbered(ip, "10.#.0.1", n), numbered(password, "p#", n), 0);
        assert_int_equal(waits(b, "bob", "203.0.113.5", 0), want[n - 1]);
    }
    none.no_tarpit = true;
    bruteforce_configure(b, &none);
    assert_int_equal(waits(b, "bob", "203.0.113.5", 0), 0);
    bruteforce_free(b);
}

static void a_login_that_works_clears(void **state)
{
    struct bruteforce *b = bruteforce_new(&usual);

    (void)state;
    (void)fails(b, "alice", "192.0.2.7", "p1", 0);
    (void)fails(b, "alice", "192.0.2.7", "p2", 0);
    works(b, "alice", "192.0.2.7", 0);
    assert_int_equal(waits(b, "bob", "192.0.2.7", 0), 0);
    /* At home its owner may mistype as often as nobody does, */
    for (unsigned n = 3; n < 14; n++) {
        char password[64];

        (void)fails(b, "alice", "192.0.2.7", numbered(password, "p#", n), 1);
        assert_int_equal(asks(b, "alice", "192.0.2.7", 1), BRUTEFORCE_NOT);
    }
    assert_int_equal(waits(b, "bob", "192.0.2.7", 1), 0);
    /* but the computer there may have a visitor. */
    assert_int_equal(fails(b, "alice", "192.0.2.7", "p14", 1), BRUTEFORCE_PAIR);
    assert_int_equal(asks(b, "alice", "192.0.2.7", 1), BRUTEFORCE_PAIR);
    assert_int_equal(asks(b, "bob", "192.0.2.7", 1), BRUTEFORCE_NOT);
    assert_int_equal(asks(b, "alice", "198.51.100.9", 1), BRUTEFORCE_NOT);
    bruteforce_free(b);
}

/* Two hundred addresses guess at alice's password while she works: at home, then at a network that
 * the caller knows. */
static void a_botnet_does_not_lock_the_owner_out(void **state)
{
    struct bruteforce *b = bruteforce_new(&usual);
    struct login_attempt known = attempt("alice", "203.0.113.5", "right");
    unsigned wait_s = 42, refused = 0;
    char ip[64], password[64];

    (void)state;
    works(b, "alice", "192.0.2.7", -60);
    known.known = true;
    for (unsigned n = 1; n <= 200; n++) {
        double at = 0.1 * n;

        numbered(ip, "10.#.0.1", n);
        if (asks(b, "alice", ip, at) != BRUTEFORCE_NOT)
            refused++;
        else
            (void)fails(b, "alice", ip, numbered(password, "p#", n), at);
        assert_int_equal(waits(b, "alice", "192.0.2.7", at), 0);
        assert_int_equal(asks(b, "alice", "192.0.2.99", at), BRUTEFORCE_NOT); /* her network */
        assert_int_equal(bruteforce_allow(b, &known, minute(at), &wait_s), BRUTEFORCE_NOT);
        assert_int_equal(wait_s, 0);
    }
    assert_int_equal(refused, 188); /* all but twelve */
    bruteforce_free(b);
}

/* An office of two and more behind one address: who fails there is refused, the others never. */
static void an_office_is_not_refused(void **state)
{
    char password[64], login[64];

    (void)state;
    for (int flagged = 0; flagged < 2; flagged++) {
        struct bruteforce *b = bruteforce_new(&usual);
        struct login_attempt a;
        unsigned wait_s;

        if (!flagged) {
            works(b, "bob", "192.0.2.7", -10);
            works(b, "carol", "192.0.2.7", -9);
        }
        for (unsigned n = 1; n <= 12; n++) {
            a = attempt("alice", "192.0.2.7", numbered(password, "p#", n));
            a.shared = flagged;
            /* the twelfth refuses the account at other networks that it does not use, too */
            assert_int_equal(bruteforce_failure(b, &a, minute(0)),
                             n < 12 ? BRUTEFORCE_NOT : BRUTEFORCE_ACCOUNT);
        }
        for (unsigned n = 1; n <= 30; n++) { /* and each of the others once */
            a = attempt(numbered(login, "name#", n), "192.0.2.7", "spring");
            a.shared = flagged;
            (void)bruteforce_failure(b, &a, minute(0));
        }
        a = attempt("alice", "192.0.2.7", "right");
        a.shared = flagged;
        assert_int_equal(bruteforce_allow(b, &a, minute(1), &wait_s), BRUTEFORCE_PAIR);
        a = attempt("dave", "192.0.2.7", "right"); /* was never there before */
        a.shared = flagged;
        assert_int_equal(bruteforce_allow(b, &a, minute(1), &wait_s), BRUTEFORCE_NOT);
        if (!flagged)
            assert_int_equal(waits(b, "bob", "192.0.2.7", 1), 0);
        bruteforce_free(b);
    }
}

/* A colleague's first login from an address counts for a week. */
static void who_logged_in_from_an_address_goes_on(void **state)
{
    struct bruteforce *b = bruteforce_new(&usual);

    (void)state;
    works(b, "bob", "192.0.2.7", 0);
    for (int day = 1; day < 10; day += 4) {
        double at = day * 24 * 60;

        (void)fails(b, "alice", "192.0.2.7", "p1", at);
        (void)fails(b, "alice", "192.0.2.7", "p2", at);
        assert_int_equal(fails(b, "alice", "192.0.2.7", "p3", at), BRUTEFORCE_ADDRESS);
        assert_int_equal(asks(b, "bob", "192.0.2.7", at),
                         day < 7 ? BRUTEFORCE_NOT : BRUTEFORCE_ADDRESS);
    }
    bruteforce_free(b);
}

static void without_address_or_account(void **state)
{
    struct bruteforce *b = bruteforce_new(&usual);
    struct login_attempt a = { .account = 1, .has_pwhash = true };
    unsigned wait_s = 42;

    (void)state;
    for (a.pwhash = 0; a.pwhash < 100; a.pwhash++)
        assert_int_equal(bruteforce_failure(b, &a, minute(0)), BRUTEFORCE_NOT);
    bruteforce_success(b, &a, minute(0));
    assert_int_equal(bruteforce_allow(b, &a, minute(0), &wait_s), BRUTEFORCE_NOT);
    assert_int_equal(wait_s, 0);
    works(b, "", "192.0.2.7", 0);
    assert_int_equal(bruteforce_stats(b, minute(0)).entries[0], 0);
    bruteforce_free(b);
    bruteforce_free(NULL);
}

/* A clock that is set back by an hour neither ends a refusal nor makes it longer. */
static void the_clock_steps_back(void **state)
{
    struct bruteforce *b = bruteforce_new(&usual);

    (void)state;
    for (unsigned n = 1; n <= 3; n++) {
        char password[64];

        (void)fails(b, "alice", "192.0.2.7", numbered(password, "p#", n), 0);
    }
    assert_int_equal(asks(b, "alice", "192.0.2.7", -60), BRUTEFORCE_ADDRESS);
    (void)fails(b, "", "198.51.100.1", "p", -60); /* now it is noticed */
    assert_int_equal(asks(b, "alice", "192.0.2.7", -41), BRUTEFORCE_ADDRESS);
    assert_int_equal(asks(b, "alice", "192.0.2.7", -39), BRUTEFORCE_NOT);
    /* Set right again, an hour has gone by. */
    (void)fails(b, "alice", "192.0.2.7", "p4", 21);
    assert_int_equal(asks(b, "alice", "192.0.2.7", 21), BRUTEFORCE_NOT);
    /* A little disorder is none. */
    (void)fails(b, "alice", "192.0.2.7", "p5", 20.99);
    assert_int_equal(fails(b, "alice", "192.0.2.7", "p6", 21), BRUTEFORCE_ADDRESS);
    assert_int_equal(asks(b, "alice", "192.0.2.7", 40.9), BRUTEFORCE_ADDRESS);
    assert_int_equal(asks(b, "alice", "192.0.2.7", 41.1), BRUTEFORCE_NOT);
    bruteforce_free(b);
}

/* Told of it, a refusal ends when its twenty minutes are over, whichever way the clock was set. */
static void the_clock_is_set(void **state)
{
    (void)state;
    for (int hours = -25; hours <= 25; hours++) {
        struct bruteforce *b = bruteforce_new(&usual);

        for (unsigned n = 1; n <= 3; n++) {
            char password[64];

            (void)fails(b, "alice", "192.0.2.7", numbered(password, "p#", n), 0);
        }
        bruteforce_clock_set(b, hours * (int64_t)HOUR_MS);
        assert_int_equal(asks(b, "alice", "192.0.2.7", hours * 60 + 1), BRUTEFORCE_ADDRESS);
        (void)fails(b, "", "198.51.100.1", "p", hours * 60 + 2);
        assert_int_equal(asks(b, "alice", "192.0.2.7", hours * 60 + 19), BRUTEFORCE_ADDRESS);
        assert_int_equal(asks(b, "alice", "192.0.2.7", hours * 60 + 21), BRUTEFORCE_NOT);
        bruteforce_free(b);
    }
}

static void settings_change(void **state)
{
    struct bruteforce *b = bruteforce_new(&(struct bruteforce_options){ .failures = 1 });

    (void)state;
    assert_int_equal(fails(b, "alice", "192.0.2.7", "p1", 0), BRUTEFORCE_ADDRESS);
    bruteforce_configure(b, &(struct bruteforce_options){ .failures = 5, .refuse_ms = MINUTE_MS });
    assert_int_equal(asks(b, "alice", "192.0.2.7", 19), BRUTEFORCE_ADDRESS); /* as it was said */
    assert_int_equal(fails(b, "alice", "192.0.2.8", "p2", 0), BRUTEFORCE_NOT);
    bruteforce_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(guessing),
        cmocka_unit_test(a_refusal_ends),
        cmocka_unit_test(waiting),
        cmocka_unit_test(a_login_that_works_clears),
        cmocka_unit_test(a_botnet_does_not_lock_the_owner_out),
        cmocka_unit_test(an_office_is_not_refused),
        cmocka_unit_test(who_logged_in_from_an_address_goes_on),
        cmocka_unit_test(without_address_or_account),
        cmocka_unit_test(the_clock_steps_back),
        cmocka_unit_test(the_clock_is_set),
        cmocka_unit_test(settings_change),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
