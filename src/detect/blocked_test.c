/* blocked_test.c - a provider refuses this server: who wrote to most strangers there gets evidence,
 * never enough by itself; whose mail is refused afterwards gets none. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "detect/fuse.h"
#include "detect/live.h"

#include "base/ban.h"

#define ALICE "alice@example.test"

static const struct blocked_case {
    const char *name;
    uint32_t fresh, all;
    uint16_t senders;
    bool met_it;
    double weight;
} blocked_cases[] = {
    { "nearly all of it, among many", 85, 100, 10, false, 2.14 },
    { "all of it, among very many", 100, 100, 16, true, 2.5 },
    { "the only sender there", 100, 100, 1, false, 0 },
    { "the only sender, and it met the block", 100, 100, 1, true, 0.5 },
    { "an equal share", 10, 100, 10, false, 0 },
    { "less than that", 2, 100, 10, false, 0 },
    { "next to nothing was new", 3, 3, 10, false, 0 },
    { "a colleague who met the block", 0, 100, 10, true, 0.5 },
};

static struct event blocked(const struct blocked_case *c, struct wall at)
{
    return (struct event){ .type = EVENT_BLOCKED,
                           .at = at,
                           .status = c->met_it ? DELIVERY_BOUNCED : DELIVERY_SENT,
                           .recipients = c->fresh,
                           .count = c->all,
                           .senders = c->senders,
                           .subject = subject_make(SUBJECT_ACCOUNT, SLICE(ALICE)) };
}

static struct event submission(struct wall at)
{
    return (struct event){ .type = EVENT_SUBMISSION,
                           .at = at,
                           .recipients = 1,
                           .sender = SLICE(ALICE),
                           .subject = subject_make(SUBJECT_ACCOUNT, SLICE(ALICE)) };
}

static double weight_of(const struct detect *d, uint32_t fuse, enum signal s)
{
    const struct evidence *all = detect_evidence(d, fuse);

    return all != NULL ? (double)all[s].weight : 0;
}

static void weights(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(blocked_cases); i++) {
        const struct detect_options options = { 0 };
        struct detect *d = detect_new(&options);
        struct wall at = { 1700000000 * (int64_t)SECOND_MS };
        struct event e = submission(at);
        struct verdict v;
        double got;

        (void)detect_event(d, &e);
        e = blocked(&blocked_cases[i], at);
        v = detect_event(d, &e);
        got = weight_of(d, v.fuse, SIGNAL_BLOCKED);
        if (fabs(got - blocked_cases[i].weight) > 0.01)
            fail_msg("%s: %.2f", blocked_cases[i].name, got);
        assert_false(v.suspicion_began); /* by itself it opens nothing */
        detect_free(d);
    }
}

/* Nobody who is not known gets a fuse by it. */
static void strangers(void **state)
{
    const struct detect_options options = { 0 };
    struct detect *d = detect_new(&options);
    struct event e = blocked(&blocked_cases[0], (struct wall){ 1700000000 * (int64_t)SECOND_MS });

    (void)state;
    assert_int_equal(detect_event(d, &e).fuse, UINT32_MAX);
    detect_free(d);
}

/* Thirty messages of alice, each refused as spam by another domain of one provider. */
static double refusals(bool site_refused)
{
    const struct detect_options options = { 0 };
    struct detect *d = detect_new(&options);
    struct wall at = { 1700000000 * (int64_t)SECOND_MS };
    struct event e;
    double weight;

    for (uint32_t i = 0; i < 30; i++) {
        at.ms += MINUTE_MS;
        e = submission(at);
        (void)detect_event(d, &e);
        e.type = EVENT_DELIVERY;
        e.status = DELIVERY_BOUNCED;
        e.reply = REPLY_SPAM;
        e.domain = i + 1;
        e.correspondent = hash_u64(i + 1);
        e.site_refused = site_refused;
        (void)detect_event(d, &e);
    }
    weight = weight_of(d, 0, SIGNAL_REFUSED_AS_SPAM);
    detect_free(d);
    return weight;
}

static void refused_with_all_others(void **state)
{
    (void)state;
    assert_true(refusals(false) > 4);
    assert_true(refusals(true) <= 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights),
        cmocka_unit_test(strangers),
        cmocka_unit_test(refused_with_all_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
