/* wire_test.c - the SMTP dialogue and the log tell of the same message: it counts once, whichever
 * comes first. */
#include "ledger/ledger.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "proto/understand.h"

#include "base/ban.h"

static const char *const lines[] = {
    "postfix/submission/smtpd[1]: A1B2C3D4E5: client=pc.provider.example[192.0.2.1], "
    "sasl_method=PLAIN, sasl_username=alice@example.test",
    "postfix/cleanup[2]: A1B2C3D4E5: message-id=<1@example.test>",
    "postfix/qmgr[3]: A1B2C3D4E5: from=<alice@example.test>, size=500, nrcpt=2 (queue active)",
    "postfix/smtp[4]: A1B2C3D4E5: to=<bob@out.test>, relay=mx.out.test[198.51.100.1]:25, delay=1, "
    "delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)",
    "postfix/smtp[4]: A1B2C3D4E5: to=<eve@out.test>, relay=mx.out.test[198.51.100.1]:25, delay=1, "
    "delays=0/0/0/1, dsn=4.0.0, status=deferred (450 later)",
    "postfix/qmgr[3]: A1B2C3D4E5: from=<alice@example.test>, size=500, nrcpt=2 (queue active)",
    "postfix/smtp[4]: A1B2C3D4E5: to=<eve@out.test>, relay=mx.out.test[198.51.100.1]:25, delay=9, "
    "delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)",
    "postfix/qmgr[3]: A1B2C3D4E5: removed",
};

struct seen {
    unsigned logins, submissions, programs, deliveries, retries, software, provider;
};

static uint32_t sink(void *ctx, const struct event *e)
{
    struct seen *s = ctx;

    assert_true(slice_eq(e->subject.name, SLICE("alice@example.test")));
    s->logins += e->type == EVENT_LOGIN;
    s->submissions += e->type == EVENT_SUBMISSION;
    s->programs += e->type == EVENT_SOFTWARE;
    s->deliveries += e->type == EVENT_DELIVERY && !e->retry;
    s->retries += e->type == EVENT_DELIVERY && e->retry;
    s->software += e->software != 0;
    s->provider += e->type == EVENT_SUBMISSION && e->provider != 0;
    if (e->type == EVENT_SUBMISSION)
        assert_int_equal(e->recipients, 2);
    return 0;
}

static void feed(struct ledger *l, const char *line, unsigned second)
{
    struct stamp_clock clock = { 0 };
    struct logline framed;
    struct record record;
    char text[400];

    snprintf(text, sizeof text, "2026-11-22T10:00:%02u+00:00 mx %s", second, line);
    assert_int_equal(logline_parse(&clock, slice_of(text), &framed), LOGLINE_OK);
    assert_true(understand(&framed, &record));
    ledger_line(l, &framed, &record, 0);
}

static struct ledger_submission told(void)
{
    struct ledger_submission s = { .at = { 1795341600000 }, /* 2026-11-22T10:00 */
                                   .queue_id = SLICE("A1B2C3D4E5"),
                                   .account = SLICE("alice@example.test"),
                                   .client_name = SLICE("pc.provider.example"),
                                   .sender = SLICE("Alice@example.test"),
                                   .recipients = 2,
                                   .size = 480 };

    assert_true(ip_parse(SLICE("192.0.2.1"), &s.client));
    return s;
}

static void count_awaited(void *ctx, const struct ledger_submission *s)
{
    assert_true(slice_eq(s->account, SLICE("alice@example.test")) && s->recipients == 2);
    ++*(unsigned *)ctx;
}

/* accepted  before which line the dialogue tells; the last lines come after a restart when the
 *           message is restored there */
static void counted_once(void **state)
{
    (void)state;
    for (unsigned accepted = 0; accepted <= 2; accepted++) {
        struct seen s = { 0 };
        struct ledger_options options = { .one_host = true, .sink = sink, .sink_ctx = &s };
        struct ledger *l = ledger_new(&options);
        struct ledger_submission t = told();
        unsigned awaited = 0;

        for (unsigned i = 0; i < COUNT(lines); i++) {
            if (i == accepted)
                (void)ledger_accept(l, &t);
            feed(l, lines[i], i);
            if (i == accepted && i < 2)
                ledger_each_awaited(l, (struct wall){ 0 }, count_awaited, &awaited);
        }
        assert_int_equal(awaited, accepted < 2);
        ledger_each_awaited(l, (struct wall){ 0 }, count_awaited, &awaited);
        assert_int_equal(awaited, accepted < 2); /* the log has told of it */
        assert_int_equal(s.logins, 1);
        assert_int_equal(s.submissions, 1);
        assert_int_equal(s.software, 1); /* with the submission, or later */
        assert_int_equal(s.programs, accepted < 2);
        assert_int_equal(s.deliveries, 2);
        assert_int_equal(s.retries, 1);
        assert_int_equal(s.provider, 1);
        assert_int_equal(ledger_totals(l)->submitted, 1);
        ledger_free(l);
    }
}

/* What is restored was counted before; its results still come. */
static void restored_is_not_counted(void **state)
{
    static const struct {
        unsigned from;
        bool seen;
        unsigned deliveries, retries;
    } rows[] = { { 0, false, 2, 1 }, { 2, false, 2, 1 }, { 3, true, 2, 1 }, { 5, true, 0, 1 } };

    (void)state;
    for (size_t r = 0; r < COUNT(rows); r++) {
        struct seen s = { 0 };
        struct ledger_options options = { .one_host = true, .sink = sink, .sink_ctx = &s };
        struct ledger *l = ledger_new(&options);
        struct ledger_submission t = told();

        ledger_restore(l, &t, rows[r].seen);
        ledger_restore(l, &t, true); /* found in the queue, too: no change */
        for (unsigned i = rows[r].from; i < COUNT(lines); i++)
            feed(l, lines[i], i);
        assert_int_equal(s.submissions, 0);
        assert_int_equal(s.logins, 0);
        assert_int_equal(s.deliveries, rows[r].deliveries);
        assert_int_equal(s.retries, rows[r].retries);
        ledger_free(l);
    }
}

/* Without a log: the dialogue alone counts, and an id that is used again is another message. */
static void the_dialogue_alone(void **state)
{
    struct seen s = { 0 };
    struct ledger_options options = { .one_host = true, .sink = sink, .sink_ctx = &s };
    struct ledger *l = ledger_new(&options);
    struct ledger_submission t = told();

    (void)state;
    assert_true(ledger_accept(l, &t));
    t.at.ms += 60000;
    assert_true(ledger_accept(l, &t));
    assert_int_equal(s.logins, 2);
    assert_int_equal(s.submissions, 2);
    ledger_free(l);
}

/* Postfix waits for an answer for some seconds, and asks again. */
static void asked_again(void **state)
{
    struct seen s = { 0 };
    struct ledger_options options = { .one_host = true, .sink = sink, .sink_ctx = &s };
    struct ledger *l = ledger_new(&options);
    struct ledger_submission t = told();

    (void)state;
    assert_true(ledger_accept(l, &t));
    t.at.ms += 3000;
    assert_false(ledger_accept(l, &t));
    t.at.ms += 3000;
    assert_false(ledger_accept(l, &t));
    assert_int_equal(s.logins, 1);
    assert_int_equal(s.submissions, 1);
    t.size++; /* the id is used again */
    assert_true(ledger_accept(l, &t));
    for (unsigned i = 0; i < 3; i++)
        feed(l, lines[i], i);
    t.size = 500; /* as the log said: in the queue by now */
    assert_true(ledger_accept(l, &t));
    assert_int_equal(s.submissions, 3);
    ledger_free(l);
}

static const char *const relayed[] = {
    "postfix/smtpd[1]: A1B2C3D4E5: client=unknown[10.1.2.3]",
    "postfix/cleanup[2]: A1B2C3D4E5: message-id=<1@app.example.test>",
    "postfix/qmgr[3]: A1B2C3D4E5: from=<app@example.test>, size=500, nrcpt=1 (queue active)",
    "postfix/smtp[4]: A1B2C3D4E5: to=<bob@out.test>, relay=mx[198.51.100.1]:25, status=sent (250)",
    "postfix/qmgr[3]: A1B2C3D4E5: removed",
};

static uint32_t relay_sink(void *ctx, const struct event *e)
{
    struct seen *s = ctx;

    assert_int_equal(e->subject.kind, SUBJECT_RELAY);
    assert_true(slice_eq(e->subject.name, SLICE("10.1.2.3")));
    s->logins += e->type == EVENT_LOGIN;
    s->submissions += e->type == EVENT_SUBMISSION;
    s->deliveries += e->type == EVENT_DELIVERY;
    return 0;
}

/* The same of a host that relays without login; its mail counts once, whoever tells first. Without
 * the dialogue it counts when it leaves. */
static void a_host_counts_once(void **state)
{
    (void)state;
    for (unsigned accepted = 0; accepted <= COUNT(relayed); accepted++) {
        struct seen s = { 0 };
        struct ledger_options options = { .one_host = true, .sink = relay_sink, .sink_ctx = &s };
        struct ledger *l = ledger_new(&options);
        struct ledger_submission t = told();

        t.kind = SUBJECT_RELAY;
        t.account = SLICE("10.1.2.3");
        t.recipients = 1;
        assert_true(ip_parse(t.account, &t.client));
        assert_true(ledger_leaves(l, &t.client, SLICE("bob@out.test")));
        for (unsigned i = 0; i < COUNT(relayed); i++) {
            if (i == accepted && i < 2) /* Postfix asks before cleanup hands it over */
                (void)ledger_accept(l, &t);
            feed(l, relayed[i], i);
        }
        assert_int_equal(s.logins, 0);
        assert_int_equal(s.submissions, 1);
        assert_int_equal(s.deliveries, 1);
        assert_int_equal(ledger_totals(l)->submitted, 0);
        ledger_free(l);
    }
}

/* What leaves is known of neighbours only, and not of this machine. */
static void who_relays(void **state)
{
    static const struct {
        const char *client, *recipient;
        bool want;
    } rows[] = { { "10.1.2.3", "bob@out.test", true },
                 { "10.1.2.3", "bob@example.test", false },
                 { "10.1.2.3", "", false },
                 { "127.0.0.1", "bob@out.test", false },
                 { "192.0.2.1", "bob@out.test", false },
                 { "fd00::1", "bob@out.test", true } };
    struct seen s = { 0 };
    struct ledger_options options = { .one_host = true, .sink = sink, .sink_ctx = &s };
    struct ledger *l = ledger_new(&options);
    struct ledger_submission t = told();

    (void)state;
    (void)ledger_accept(l, &t); /* example.test is ours */
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct ip client;

        assert_true(ip_parse(slice_of(rows[i].client), &client));
        if (ledger_leaves(l, &client, slice_of(rows[i].recipient)) != rows[i].want)
            fail_msg("%s to %s: want %d", rows[i].client, rows[i].recipient, rows[i].want);
    }
    ledger_free(l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counted_once),       cmocka_unit_test(restored_is_not_counted),
        cmocka_unit_test(the_dialogue_alone), cmocka_unit_test(asked_again),
        cmocka_unit_test(a_host_counts_once), cmocka_unit_test(who_relays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
