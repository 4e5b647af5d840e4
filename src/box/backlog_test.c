#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "box/backlog.h"

#include "base/ban.h"

enum { LEAST = 200 };

static const struct wall noon = { 20000 * DAY_MS + 12 * HOUR_MS };

/* `n` messages of `who` (with %u: each of another) to `to` (the same). */
static void add(struct backlog_look *l, unsigned n, enum backlog_state state, const char *who,
                const char *to)
{
    for (unsigned i = 0; i < n; i++) {
        char account[100], rcpt[100];
        struct backlog_message m = {
            .state = state, .arrival = { l->at.ms - 2 * HOUR_MS }, .size = 1000, .todo = 1
        };

        snprintf(account, sizeof account, "%s%u%s", who, i, "@example.test");
        snprintf(rcpt, sizeof rcpt, "b@%s%u.example", to, i);
        m.who = who[0] == '=' ? slice_of(who + 1) : slice_of(account);
        if (to[0] == '=')
            snprintf(rcpt, sizeof rcpt, "b@%s", to + 1);
        m.rcpts = (struct slice){ rcpt, strlen(rcpt) + 1 };
        backlog_look_add(l, &m);
    }
}

static void sums(void **state)
{
    static const char rcpts[] = "a@One.example\0b@two.example\0c@one.example";
    struct backlog_look *l = backlog_look_new(noon);
    const struct backlog_row *top[3];
    struct backlog_message m = { .state = BACKLOG_DEFERRED,
                                 .who = SLICE("alice@example.test"),
                                 .arrival = { noon.ms - 2 * HOUR_MS },
                                 .size = 10,
                                 .todo = 2,
                                 .rcpts = { rcpts, sizeof rcpts } };

    (void)state;
    backlog_look_add(l, &m);
    m.state = BACKLOG_ACTIVE;
    m.arrival.ms = noon.ms;
    m.rcpts = SLICE("a@two.example\0");
    m.todo = 1;
    backlog_look_add(l, &m);
    m.state = BACKLOG_HOLD;
    m.who = SLICE("bob@example.test");
    backlog_look_add(l, &m);
    assert_int_equal(backlog_waiting(l), 2);
    assert_int_equal(backlog_counted(l), 2);
    assert_int_equal(l->states[BACKLOG_DEFERRED].recipients, 2);
    assert_int_equal(l->ages[0], 1);
    assert_int_equal(l->ages[3], 1);
    assert_int_equal(backlog_top(l, BACKLOG_ACCOUNTS, false, top, 3), 1);
    assert_int_equal(top[0]->waiting.messages, 2);
    assert_int_equal(top[0]->waiting.bytes, 20);
    assert_true(top[0]->waiting.oldest.ms == noon.ms - 2 * HOUR_MS);
    assert_int_equal(backlog_top(l, BACKLOG_ACCOUNTS, true, top, 3), 2);
    assert_int_equal(top[1]->held, 1);
    assert_int_equal(backlog_top(l, BACKLOG_DESTINATIONS, false, top, 3), 2);
    assert_true(slice_eq(top[0]->name, SLICE("two.example")));
    assert_int_equal(top[0]->waiting.messages, 2);
    assert_int_equal(top[1]->waiting.recipients, 2); /* of one message */
    backlog_look_free(l);
}

static const struct alarm_case {
    const char *name, *who, *to;
    unsigned n;
    enum backlog_state state;
    bool too_much;
} alarm_cases[] = {
    { "as many as allowed", "a", "d", 200, BACKLOG_DEFERRED, false },
    { "one more", "a", "d", 201, BACKLOG_DEFERRED, true },
    { "on hold", "a", "d", 1000, BACKLOG_HOLD, false },
    { "a dead destination", "a", "=dead.example", 1000, BACKLOG_DEFERRED, false },
    { "one account, one destination", "=thief@example.test", "=big.example", 201, BACKLOG_DEFERRED,
      true },
    { "many to one destination, on their way", "a", "=big.example", 201, BACKLOG_ACTIVE, true },
    { "one account, many destinations", "=thief@example.test", "d", 201, BACKLOG_INCOMING, true },
};

static void too_much(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(alarm_cases); i++) {
        const struct alarm_case *c = &alarm_cases[i];
        struct backlog b = { 0 };
        struct backlog_look *l = backlog_look_new(noon);
        enum backlog_news got;

        add(l, c->n, c->state, c->who, c->to);
        got = backlog_keep(&b, l, LEAST, 0);
        if ((got == BACKLOG_BEGAN) != c->too_much)
            fail_msg("%s: got %d with %lu counted", c->name, got,
                     (unsigned long)backlog_counted(l));
        assert_int_equal(backlog_keep(&b, backlog_look_new(noon), 0, 0),
                         c->too_much ? BACKLOG_ENDED : BACKLOG_SAME);
        backlog_done(&b);
    }
}

/* A thief among honest senders to the same place: more than six of ten are his, or not. */
static void a_thief_behind_a_dead_destination(void **state)
{
    struct backlog_look *l = backlog_look_new(noon);

    (void)state;
    add(l, 100, BACKLOG_DEFERRED, "a", "=dead.example");
    assert_int_equal(backlog_counted(l), 0);
    add(l, 160, BACKLOG_DEFERRED, "=thief@example.test", "=dead.example");
    assert_int_equal(backlog_counted(l), 260);
    backlog_look_free(l);
}

static enum backlog_news look(struct backlog *b, struct wall at, unsigned n)
{
    struct backlog_look *l = backlog_look_new(at);

    add(l, n, BACKLOG_DEFERRED, "a", "d");
    return backlog_keep(b, l, LEAST, 0);
}

/* It is told once, and over once it is well below. */
static void begins_and_ends_once(void **state)
{
    struct backlog b = { 0 };

    (void)state;
    assert_int_equal(look(&b, noon, 300), BACKLOG_BEGAN);
    assert_int_equal(look(&b, noon, 400), BACKLOG_SAME);
    assert_int_equal(look(&b, noon, 190), BACKLOG_SAME);
    assert_int_equal(look(&b, noon, 300), BACKLOG_SAME);
    assert_int_equal(look(&b, noon, 140), BACKLOG_ENDED);
    assert_int_equal(look(&b, noon, 141), BACKLOG_SAME);
    backlog_done(&b);
}

/* Where hundreds wait every day they are usual; a day of too many teaches little. */
static void learns_its_own_past(void **state)
{
    struct backlog b = { 0 };
    struct wall at = noon;

    (void)state;
    for (int day = 0; day < 10; day++, at.ms += DAY_MS) {
        assert_int_equal(look(&b, at, day == 4 ? 10 : 150), BACKLOG_SAME);
        assert_int_equal(look(&b, at, 3), BACKLOG_SAME);
    }
    assert_in_range(backlog_limit(&b, LEAST), 350, 450);
    assert_int_equal(look(&b, at, 340), BACKLOG_SAME);
    at.ms += DAY_MS;
    assert_int_equal(look(&b, at, 5000), BACKLOG_BEGAN);
    at.ms += DAY_MS;
    assert_int_equal(look(&b, at, 3), BACKLOG_ENDED);
    assert_in_range(backlog_limit(&b, LEAST), 450, 800);
    assert_true(backlog_limit(&b, 0) == UINT64_MAX);
    backlog_done(&b);
}

static void floods_of_names_have_an_end(void **state)
{
    struct backlog_look *l = backlog_look_new(noon);

    (void)state;
    add(l, BACKLOG_ROWS + 10, BACKLOG_DEFERRED, "a", "d");
    assert_int_equal(l->rows_n[BACKLOG_ACCOUNTS], BACKLOG_ROWS);
    assert_int_equal(l->others[BACKLOG_ACCOUNTS], 10);
    assert_int_equal(l->others[BACKLOG_DESTINATIONS], 10);
    assert_int_equal(backlog_counted(l), BACKLOG_ROWS + 10);
    backlog_look_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums),
        cmocka_unit_test(too_much),
        cmocka_unit_test(a_thief_behind_a_dead_destination),
        cmocka_unit_test(begins_and_ends_once),
        cmocka_unit_test(learns_its_own_past),
        cmocka_unit_test(floods_of_names_have_an_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
