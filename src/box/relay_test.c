#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/slice.h"
#include "box/relay.h"

#include "base/ban.h"

/* What happens, hour by hour: a letter for each.
 *   n  a look that finds nothing       l  one that finds a grave listing
 *   +  switched on by hand             -  off by hand         c  on by hand, only clean ones
 *   t  a test goes well                f  a test fails        m  a month passes, without a look
 *   b  the clock is set back by a day, and nothing is found
 * What is then: '1' on, 'c' on for clean ones, '0' off, 'u' off for want of a test. */
static const struct relay_case {
    const char *name;
    bool automatic, only_clean;
    int back_hours;
    const char *happens, *want;
} cases[] = {
    { "by hand alone", false, false, 4, "ntll+nl-l", "000011100" },
    { "a listing, and its end", true, false, 3, "tnlnnnnn", "00111100" },
    { "listed again meanwhile: the time begins anew", true, false, 3, "tlnnlnnnn", "011111110" },
    { "at least as long, though listed for an hour only", true, false, 6, "tlnnnnnnn",
      "011111110" },
    { "only those without evidence", true, true, 3, "tlnnnn", "0cccc0" },
    { "off by hand goes before the listing", true, false, 3, "tll-lllnl", "011000001" },
    { "on by hand stays on", true, false, 2, "t+nnnnnn-", "011111110" },
    { "by hand takes over what was switched by itself", true, false, 2, "tl+nnnnn", "01111111" },
    { "never tested", true, false, 3, "nlltl", "0uu01" },
    { "the test failed", true, false, 3, "tflltl", "00uu01" },
    { "the test is too old", true, false, 3, "tmltl", "00u01" },
    { "by hand without a test", true, false, 3, "+", "1" },
    { "from all to clean ones, and back", false, false, 3, "+c+-", "1c10" },
    { "the clock is set back", true, false, 3, "tlnbnnn", "0111110" },
};

/* One letter. */
static char then(struct relay *r, const struct relay_case *c, char happens, struct wall *now)
{
    struct relay_facts f = { .grave = happens == 'l',
                             .automatic = c->automatic,
                             .only_clean = c->only_clean,
                             .back_after_ms = c->back_hours * (int64_t)HOUR_MS };
    enum relay_step step = RELAY_STAYS;

    now->ms += happens == 'b' ? -DAY_MS : happens == 'm' ? 31 * DAY_MS : HOUR_MS;
    f.now = *now;
    if (happens == '+' || happens == '-' || happens == 'c') {
        (void)relay_by_hand(r, happens != '-', happens == 'c', 1, *now);
    } else if (happens == 't' || happens == 'f') {
        r->tested = *now;
        r->test_good = happens == 't';
    } else if (happens != 'm') {
        step = relay_decide(r, &f);
    }
    return step == RELAY_UNTESTED ? 'u' : !r->on ? '0' : r->only_clean ? 'c' : '1';
}

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct relay r = { 0 };
        struct wall now = { 1795000000000 };
        char got[32] = "";

        for (size_t k = 0; cases[i].happens[k] != '\0'; k++)
            got[k] = then(&r, &cases[i], cases[i].happens[k], &now);
        if (strcmp(got, cases[i].want) != 0)
            fail_msg("%s: %s: got %s want %s", cases[i].name, cases[i].happens, got, cases[i].want);
    }
}

static void test_already(void **state)
{
    struct relay r = { 0 };
    struct wall now = { 1795000000000 };

    (void)state;
    assert_true(relay_by_hand(&r, true, false, 0, now));
    assert_false(relay_by_hand(&r, true, false, 0, now));
    assert_true(relay_by_hand(&r, true, true, 0, now));
    assert_true(relay_by_hand(&r, false, true, 0, now));
    assert_false(relay_by_hand(&r, false, false, 0, now));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_cases),
                                        cmocka_unit_test(test_already) };

    return cmocka_run_group_tests_name("box-relay", tests, NULL, NULL);
}
