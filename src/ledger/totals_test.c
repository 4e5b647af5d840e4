#include "ledger/totals.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "base/hash.h"

#include "base/ban.h"

/* A line that refuses, and the counter that it moves: the others must stay 0. */
static const struct refusal_case {
    enum record_event event;
    const char *daemon, *action;
    uint64_t rejected, warnings, held, discarded, milter_rejected;
} refusal_cases[] = {
    { RECORD_REJECT, "smtpd", "reject", 1, 0, 0, 0, 0 },
    { RECORD_REJECT, "postscreen", "reject", 1, 0, 0, 0, 0 },
    { RECORD_REJECT, "cleanup", "reject", 1, 0, 0, 0, 0 },
    { RECORD_REJECT_WARNING, "smtpd", "reject_warning", 0, 1, 0, 0, 0 },
    { RECORD_MILTER, "cleanup", "milter-reject", 1, 0, 0, 0, 0 },
    { RECORD_MILTER, "smtpd", "milter-reject", 0, 0, 0, 0, 1 },
    { RECORD_MILTER, "cleanup", "milter-hold", 0, 0, 1, 0, 0 },
    { RECORD_MILTER, "cleanup", "milter-discard", 0, 0, 0, 1, 0 },
    { RECORD_MILTER, "smtpd", "milter-hold", 0, 0, 0, 0, 0 },
    { RECORD_MILTER, "smtpd", "milter-discard", 0, 0, 0, 0, 0 },
    { RECORD_ACTION, "smtpd", "hold", 0, 0, 1, 0, 0 },
    { RECORD_ACTION, "cleanup", "hold", 0, 0, 1, 0, 0 },
    { RECORD_ACTION, "cleanup", "discard", 0, 0, 0, 1, 0 },
    { RECORD_ACTION, "cleanup", "warning", 0, 1, 0, 0, 0 },
    { RECORD_ACTION, "smtpd", "warn", 0, 0, 0, 0, 0 },
    { RECORD_ACTION, "smtpd", "filter", 0, 0, 0, 0, 0 },
    { RECORD_ACTION, "cleanup", "", 0, 0, 0, 0, 0 },
};

static void refusals(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(refusal_cases); i++) {
        const struct refusal_case *c = &refusal_cases[i];
        struct record r = { .event = c->event, .repeat = 3, .daemon = slice_of(c->daemon) };
        struct totals t = { 0 };

        record_set(&r, FIELD_ACTION, slice_of(c->action));
        totals_refusal(&t, &r);
        if (t.rejected != 3 * c->rejected || t.reject_warnings != 3 * c->warnings ||
            t.held != 3 * c->held || t.discarded != 3 * c->discarded ||
            t.milter_rejected != 3 * c->milter_rejected)
            fail_msg("%s %s: got %ju %ju %ju %ju %ju", c->daemon, c->action, (uintmax_t)t.rejected,
                     (uintmax_t)t.reject_warnings, (uintmax_t)t.held, (uintmax_t)t.discarded,
                     (uintmax_t)t.milter_rejected);
    }
}

static const struct domain_case {
    const char *name, *address, *want;
} domain_cases[] = {
    { "example.test", "192.0.2.1", "example.test" },
    { "mail.example.test", "192.0.2.1", "example.test" },
    { "a.b.c.example.test", "192.0.2.1", "example.test" },
    { "mail.example.co.uk", "192.0.2.1", "example.co.uk" },
    { "mail.example.com.au", "192.0.2.1", "example.com.au" },
    { "co.uk", "192.0.2.1", "co.uk" },
    { "mail.example.uk", "192.0.2.1", "example.uk" },
    { "localhost", "127.0.0.1", "localhost" },
    { "unknown", "192.0.2.1", "192.0.2.1" },
    { "", "2001:db8::1", "2001:db8::1" },
    { "example.", "192.0.2.1", "example." },
    { ".", "192.0.2.1", "." },
};

static void client_domains(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(domain_cases); i++) {
        const struct domain_case *c = &domain_cases[i];

        if (totals_client_domain(slice_of(c->name), slice_of(c->address)) !=
            hash_slice(slice_of(c->want), 0))
            fail_msg("%s[%s]: want %s", c->name, c->address, c->want);
    }
}

static void senders_are_told_apart_as_pflogsumm_does(void **state)
{
    struct totals t = { 0 };
    uint64_t client = totals_client_domain(SLICE("mail.out.test"), SLICE("192.0.2.1"));

    (void)state;
    totals_queued(&t, SLICE("alice@example.test"), client, 100);
    totals_queued(&t, SLICE("alice@EXAMPLE.test"), client, 100); /* the same */
    totals_queued(&t, SLICE("Alice@example.test"), client, 100); /* another local part */
    totals_queued(&t, SLICE(""), client, 100);                   /* from=<>, of its client */
    totals_queued(&t, SLICE("root"), client, 100);
    assert_int_equal(distinct_count(&t.senders), 4);
    assert_int_equal(distinct_count(&t.sending_domains), 2); /* example.test, out.test */
    assert_int_equal(t.bytes_received, 500);
    totals_done(&t);
}

/* Results of one recipient after the other, and what they add up to. */
static const struct delivery_case {
    const char *status, *reply;
    bool first_deferral;
    uint64_t delivered, forwarded, deferred, deferrals, bounced, bytes;
} delivery_cases[] = {
    { "sent", "250 ok", true, 1, 0, 0, 0, 0, 500 },
    { "sent", "forwarded as A1B2C3D4E5", true, 0, 1, 0, 0, 0, 0 },
    { "sent", "delivered to mailbox: forwarded as ", true, 1, 0, 0, 0, 0, 500 },
    { "deferred", "timeout", true, 0, 0, 1, 1, 0, 0 },
    { "deferred", "timeout", false, 0, 0, 0, 1, 0, 0 },
    { "bounced", "550 no", true, 0, 0, 0, 0, 1, 0 },
    { "expired", "", true, 0, 0, 0, 0, 0, 0 },
    { "", "", true, 0, 0, 0, 0, 0, 0 },
};

static void deliveries(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(delivery_cases); i++) {
        const struct delivery_case *c = &delivery_cases[i];
        struct record r = { .event = RECORD_DELIVERY, .repeat = 1 };
        struct totals t = { 0 };

        record_set(&r, FIELD_STATUS, slice_of(c->status));
        record_set(&r, FIELD_REPLY, slice_of(c->reply));
        totals_delivery(&t, &r, SLICE("bob@out.test"), 500, c->first_deferral);
        if (t.delivered != c->delivered || t.forwarded != c->forwarded ||
            t.deferred != c->deferred || t.deferrals != c->deferrals || t.bounced != c->bounced ||
            t.bytes_delivered != c->bytes || distinct_count(&t.recipients) != c->delivered)
            fail_msg("%s (%s): got %ju %ju %ju %ju %ju %ju", c->status, c->reply,
                     (uintmax_t)t.delivered, (uintmax_t)t.forwarded, (uintmax_t)t.deferred,
                     (uintmax_t)t.deferrals, (uintmax_t)t.bounced, (uintmax_t)t.bytes_delivered);
        totals_done(&t);
    }
}

static void sizes_add_up_without_overflow(void **state)
{
    struct totals t = { 0 };
    struct record r = { .event = RECORD_DELIVERY, .repeat = 1 };

    (void)state;
    record_set(&r, FIELD_STATUS, SLICE("sent"));
    for (int i = 0; i < 2; i++) {
        totals_queued(&t, SLICE("alice@example.test"), 1, UINT64_MAX);
        totals_delivery(&t, &r, SLICE("bob@out.test"), UINT64_MAX, true);
    }
    assert_true(t.bytes_received == UINT64_MAX);
    assert_true(t.bytes_delivered == UINT64_MAX);
    totals_done(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refusals),
        cmocka_unit_test(client_domains),
        cmocka_unit_test(senders_are_told_apart_as_pflogsumm_does),
        cmocka_unit_test(deliveries),
        cmocka_unit_test(sizes_add_up_without_overflow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
