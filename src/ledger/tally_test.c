#include "ledger/tally.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attributes.h"

#include "base/ban.h"

#define NOON (INT64_C(20000) * DAY_MS + 12 * HOUR_MS)

enum happening { CALM, BEGAN, ENDED };

static struct event event_of(enum event_type type, int minute)
{
    struct event e = { .type = type, .count = 1, .at = { NOON + minute * (int64_t)MINUTE_MS } };

    e.queued = e.at;
    e.subject = subject_make(SUBJECT_ACCOUNT, SLICE("alice@example.test"));
    e.recipient = SLICE("bob@out.test");
    assert_true(ip_parse(SLICE("192.0.2.1"), &e.client));
    return e;
}

static void take(struct tally *t, uint32_t fuse, const struct event *e, enum happening what,
                 enum stage stage)
{
    struct verdict v = { .fuse = fuse,
                         .stage = stage,
                         .hold = stage != STAGE_OBSERVE,
                         .suspicion_began = what == BEGAN,
                         .suspicion_ended = what == ENDED,
                         .score = what == CALM && stage == STAGE_OBSERVE ? 0.5 : 3 };

    tally_event(t, e, &v, false);
}

static void submit(struct tally *t, int minute, uint32_t recipients, enum happening what,
                   enum stage stage)
{
    struct event e = event_of(EVENT_SUBMISSION, minute);

    e.recipients = recipients;
    e.sender = SLICE("alice@example.test");
    take(t, 0, &e, what, stage);
}

static void deliver(struct tally *t, int minute, enum delivery_status status,
                    enum reply_class reply, enum happening what)
{
    struct event e = event_of(EVENT_DELIVERY, minute);

    e.status = status;
    e.reply = reply;
    e.recipients = 5;
    e.text = SLICE("host mx.out.test[198.51.100.1] said: 550 5.7.1 go away");
    take(t, 0, &e, what, STAGE_OBSERVE);
}

/* The run that goes on when suspicion begins belongs to the incident; what was before a pause does
 * not. */
static void notes_begin_and_end_with_suspicion(void **state)
{
    struct tally t = { 0 };
    const struct notes *n;

    (void)state;
    submit(&t, -30, 7, CALM, STAGE_OBSERVE);
    submit(&t, 0, 1, CALM, STAGE_OBSERVE);
    assert_null(tally_row(&t, 0)->notes);
    submit(&t, 1, 10, BEGAN, STAGE_OBSERVE);
    submit(&t, 2, 10, CALM, STAGE_HOLD);
    submit(&t, 3, 10, CALM, STAGE_LOCK);
    n = tally_row(&t, 0)->notes;
    assert_non_null(n);
    assert_int_equal(n->all.messages, 4);
    assert_int_equal(n->all.recipients, 31);
    assert_int_equal(n->held.messages, 1);
    assert_int_equal(n->held.recipients, 10);
    assert_int_equal(n->refused.messages, 1);
    assert_int_equal(n->refused.recipients, 10);
    assert_int_equal(n->clients_n, 1);
    assert_int_equal(n->clients[0].recipients, 30);
    assert_int_equal(n->first.ms, NOON);
    assert_int_equal(tally_row(&t, 0)->messages, 5);
    submit(&t, 60, 1, ENDED, STAGE_OBSERVE);
    assert_null(tally_row(&t, 0)->notes);
    assert_int_equal(t.notes_n, 0);
    tally_done(&t);
}

/* The result that raises suspicion comes after the message: it is counted with the notes. */
static void a_result_may_begin_suspicion(void **state)
{
    struct tally t = { 0 };
    const struct notes *n;

    (void)state;
    submit(&t, 0, 5, CALM, STAGE_OBSERVE);
    deliver(&t, 0, DELIVERY_BOUNCED, REPLY_UNKNOWN_RECIPIENT, BEGAN);
    n = tally_row(&t, 0)->notes;
    assert_int_equal(n->all.messages, 1);
    assert_int_equal(n->all.recipients, 5);
    assert_int_equal(n->bounced, 1);
    assert_int_equal(n->unknown, 1);
    deliver(&t, -1, DELIVERY_BOUNCED, REPLY_UNKNOWN_RECIPIENT, CALM); /* of an earlier message */
    assert_int_equal(n->bounced, 1);
    tally_done(&t);
}

/* What was let go at once counts for the hold that goes on; of earlier ones it is past. */
static void what_a_hold_lets_pass(void **state)
{
    static const struct {
        enum stage stage;
        bool hold;
        unsigned held, passed, refused; /* messages, afterwards */
    } steps[] = {
        { STAGE_OBSERVE, false, 0, 0, 0 }, { STAGE_HOLD, false, 0, 1, 0 },
        { STAGE_HOLD, true, 1, 1, 0 },     { STAGE_OBSERVE, false, 1, 0, 0 },
        { STAGE_HOLD, false, 1, 1, 0 },    { STAGE_HOLD, false, 1, 2, 0 },
        { STAGE_HOLD, true, 2, 2, 0 },     { STAGE_LOCK, true, 2, 2, 1 },
        { STAGE_LOCK, true, 2, 2, 2 },
    };
    struct tally t = { 0 };
    const struct notes *n = NULL;

    (void)state;
    for (unsigned i = 0; i < COUNT(steps); i++) {
        struct event e = event_of(EVENT_SUBMISSION, (int)i);
        struct verdict v = { .stage = steps[i].stage,
                             .hold = steps[i].hold,
                             .suspicion_began = i == 0 };

        e.recipients = 3;
        tally_event(&t, &e, &v, false);
        n = tally_row(&t, 0)->notes;
        assert_int_equal(n->all.messages, i + 1);
        assert_int_equal(n->held.messages, steps[i].held);
        assert_int_equal(n->passed.messages, steps[i].passed);
        assert_int_equal(n->refused.messages, steps[i].refused);
    }
    assert_int_equal(n->all.recipients, 3 * COUNT(steps));
    assert_int_equal(n->passed.recipients, 3 * 2);
    tally_done(&t);
}

/* Connections of a LAN host, as many as the line stands for. */
static void connections_in_a_hold_are_held(void **state)
{
    struct tally t = { 0 };
    struct event e = event_of(EVENT_FIREWALL, 0);
    const struct notes *n;

    (void)state;
    e.count = 4;
    take(&t, 0, &e, BEGAN, STAGE_OBSERVE);
    take(&t, 0, &e, CALM, STAGE_HOLD);
    take(&t, 0, &e, CALM, STAGE_LOCK);
    n = tally_row(&t, 0)->notes;
    assert_int_equal(n->all.messages, 12);
    assert_int_equal(n->held.messages, 4);
    assert_int_equal(n->refused.messages, 4);
    tally_done(&t);
}

static void notes_are_limited(void **state)
{
    struct tally t = { 0 };
    struct event e = event_of(EVENT_SUBMISSION, 0);

    (void)state;
    for (uint32_t i = 0; i < NOTES_MAX + 10; i++)
        take(&t, i, &e, BEGAN, STAGE_HOLD);
    assert_int_equal(t.notes_n, NOTES_MAX);
    assert_int_equal(t.forgotten, 10);
    take(&t, 0, &e, ENDED, STAGE_OBSERVE);
    take(&t, NOTES_MAX, &e, BEGAN, STAGE_HOLD);
    assert_non_null(tally_row(&t, NOTES_MAX)->notes);
    assert_int_equal(t.forgotten, 10);
    tally_done(&t);
}

static void focus_takes_notes_of_anybody(void **state)
{
    struct tally t = { 0 };
    struct event e = event_of(EVENT_SUBMISSION, 0);
    struct verdict v = { .fuse = 3 };

    (void)state;
    tally_event(&t, &e, &v, true);
    v.suspicion_ended = true;
    tally_event(&t, &e, &v, true);
    assert_non_null(tally_row(&t, 3)->notes);
    assert_int_equal(tally_row(&t, 3)->notes->all.messages, 2);
    tally_done(&t);
}

/* Thousands of addresses: those with most messages stay, all are counted. */
static void a_botnet_s_addresses(void **state)
{
    struct tally t = { 0 };
    struct event e = event_of(EVENT_SUBMISSION, 0);
    uint64_t all;

    (void)state;
    take(&t, 0, &e, BEGAN, STAGE_HOLD);
    for (int i = 0; i < 300; i++) {
        e.client.b[14] = (uint8_t)(i >> 8);
        e.client.b[15] = (uint8_t)i;
        for (int k = 0; k < (i < 8 ? 20 : 1); k++)
            take(&t, 0, &e, CALM, STAGE_HOLD);
    }
    assert_int_equal(tally_row(&t, 0)->notes->clients_n, NOTES_CLIENTS);
    all = tally_addresses(tally_row(&t, 0)->notes->addresses, 4);
    assert_in_range(all, 250, 350);
    for (int i = 0; i < 8; i++) {
        bool kept = false;

        for (uint32_t k = 0; k < NOTES_CLIENTS; k++)
            kept |= tally_row(&t, 0)->notes->clients[k].ip.b[15] == i &&
                    tally_row(&t, 0)->notes->clients[k].messages >= 20;
        assert_true(kept);
    }
    tally_done(&t);
}

static const struct block_case {
    const char *name;
    enum delivery_status status;
    enum reply_class reply;
    bool local, retry;
    unsigned want;
} block_cases[] = {
    { "refused as spam", DELIVERY_BOUNCED, REPLY_SPAM, false, false, 1 },
    { "deferred as spam", DELIVERY_DEFERRED, REPLY_SPAM, false, false, 1 },
    { "a retry of it", DELIVERY_DEFERRED, REPLY_SPAM, false, true, 0 },
    { "our own filter", DELIVERY_BOUNCED, REPLY_SPAM, true, false, 0 },
    { "an unknown recipient", DELIVERY_BOUNCED, REPLY_UNKNOWN_RECIPIENT, false, false, 0 },
    { "taken", DELIVERY_SENT, REPLY_SPAM, false, false, 0 },
};

static void who_refuses_us(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(block_cases); i++) {
        const struct block_case *c = &block_cases[i];
        struct event e = event_of(EVENT_DELIVERY, 0);
        struct tally t = { 0 };

        e.status = c->status;
        e.reply = c->reply;
        e.local = c->local;
        e.retry = c->retry;
        e.text = SLICE("550 5.7.1 spam");
        take(&t, 0, &e, CALM, STAGE_OBSERVE);
        if (t.blocks[0].n != c->want)
            fail_msg("%s: got %ju, want %u", c->name, (uintmax_t)t.blocks[0].n, c->want);
        if (c->want > 0)
            assert_string_equal(t.blocks[0].who, "out.test");
        tally_done(&t);
    }
}

/* Domains longer than there is room for, without a domain, and more than there is room for. */
static void blocks_have_a_fixed_size(void **state)
{
    static char longer[4000] = "x@";
    struct event e = event_of(EVENT_DELIVERY, 0);
    struct tally t = { 0 };
    char recipient[32];

    (void)state;
    e.status = DELIVERY_BOUNCED;
    e.reply = REPLY_SPAM;
    e.text = (struct slice){ longer, sizeof longer };
    memset(longer + 2, 'd', sizeof longer - 2);
    e.recipient = (struct slice){ longer, sizeof longer };
    take(&t, 0, &e, CALM, STAGE_OBSERVE);
    take(&t, 0, &e, CALM, STAGE_OBSERVE);
    assert_int_equal(t.blocks[0].n, 2);
    assert_int_equal(strlen(t.blocks[0].who), sizeof t.blocks[0].who - 1);
    e.recipient = SLICE("root");
    take(&t, 0, &e, CALM, STAGE_OBSERVE);
    for (int i = 0; i < 1000; i++) {
        snprintf(recipient, sizeof recipient, "x@d%d.test", i % 100);
        e.recipient = slice_of(recipient);
        take(&t, 0, &e, CALM, STAGE_OBSERVE);
    }
    tally_done(&t);
}

static void rows_count_each_kind(void **state)
{
    struct tally t = { 0 };
    struct event e = event_of(EVENT_LOGIN_FAILURE, 0);

    (void)state;
    e.count = 7;
    take(&t, UINT32_MAX, &e, CALM, STAGE_OBSERVE); /* of nobody: only the server's time line */
    assert_int_equal(t.rows.n, 0);
    take(&t, 2, &e, CALM, STAGE_OBSERVE);
    assert_int_equal(t.all.bar[0].login_failures, 14);
    assert_int_equal(tally_row(&t, 2)->login_failures, 7);
    e = event_of(EVENT_LOGIN, 1);
    take(&t, 2, &e, CALM, STAGE_OBSERVE);
    e = event_of(EVENT_REJECT, 2);
    take(&t, 2, &e, CALM, STAGE_OBSERVE);
    e = event_of(EVENT_FIREWALL, 3);
    e.count = 4;
    take(&t, 2, &e, CALM, STAGE_OBSERVE);
    e = event_of(EVENT_RECEIVED, 9);
    take(&t, 2, &e, CALM, STAGE_OBSERVE);
    assert_int_equal(tally_row(&t, 2)->logins, 1);
    assert_int_equal(tally_row(&t, 2)->rejected, 1);
    assert_int_equal(tally_row(&t, 2)->messages, 4);
    assert_int_equal(tally_row(&t, 2)->last.ms,
                     NOON + 3 * MINUTE_MS); /* mail for it is not its doing */
    assert_false(tally_row(&t, 0)->seen);
    tally_done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(notes_begin_and_end_with_suspicion),
        cmocka_unit_test(a_result_may_begin_suspicion),
        cmocka_unit_test(what_a_hold_lets_pass),
        cmocka_unit_test(connections_in_a_hold_are_held),
        cmocka_unit_test(notes_are_limited),
        cmocka_unit_test(focus_takes_notes_of_anybody),
        cmocka_unit_test(a_botnet_s_addresses),
        cmocka_unit_test(who_refuses_us),
        cmocka_unit_test(blocks_have_a_fixed_size),
        cmocka_unit_test(rows_count_each_kind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
