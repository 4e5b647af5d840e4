#include "ledger/ledger.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ledger/ledger_cases.h"
#include "ledger/private.h"

#include "base/ban.h"

static const struct ledger_case ledger_cases[] = {
    { "a message from a login, delivered outside",
      "postfix/submission/smtpd[1]: A1B2C3D4E5: client=pc.example.test[192.0.2.1], "
      "sasl_method=PLAIN, "
      "sasl_username=Alice@Example.TEST\n"
      "postfix/cleanup[2]: A1B2C3D4E5: message-id=<1@example.test>\n"
      "postfix/qmgr[3]: A1B2C3D4E5: from=<alice@example.test>, size=500, nrcpt=1 (queue active)\n"
      "postfix/smtp[4]: A1B2C3D4E5: to=<Bob@out.test>, relay=mx.out.test[198.51.100.1]:25, "
      "delay=1, "
      "delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)\n"
      "postfix/qmgr[3]: A1B2C3D4E5: removed\n",
      "submission account:alice@example.test nrcpt=1 from 192.0.2.1\n"
      "delivery account:alice@example.test bob@out.test sent\n" },
    { "a client= line is an attempt, no message",
      "postfix/submission/smtpd[1]: A1B2C3D4E5: client=pc.example.test[192.0.2.1], "
      "sasl_method=PLAIN, "
      "sasl_username=alice@example.test\n"
      "postfix/submission/smtpd[1]: disconnect from pc.example.test[192.0.2.1] ehlo=1 auth=1 "
      "mail=1 "
      "rcpt=0/1 quit=1 commands=4/5\n",
      "" },
    { "a retry is no second message, its result says so",
      "postfix/smtpd[1]: A1B2C3D4E5: client=pc.example.test[192.0.2.1], sasl_method=PLAIN, "
      "sasl_username=alice@example.test\n"
      "postfix/qmgr[3]: A1B2C3D4E5: from=<alice@example.test>, size=500, nrcpt=1 (queue active)\n"
      "postfix/smtp[4]: A1B2C3D4E5: to=<bob@out.test>, relay=none, delay=30, delays=0/0/30/0, "
      "dsn=4.4.1, status=deferred (connect to mx.out.test[198.51.100.1]:25: Connection timed out)\n"
      "postfix/qmgr[3]: A1B2C3D4E5: from=<alice@example.test>, size=500, nrcpt=1 (queue active)\n"
      "postfix/smtp[4]: A1B2C3D4E5: to=<bob@out.test>, relay=mx.out.test[198.51.100.1]:25, "
      "delay=90, "
      "delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)\n",
      "submission account:alice@example.test nrcpt=1 from 192.0.2.1\n"
      "delivery account:alice@example.test bob@out.test deferred\n"
      "delivery account:alice@example.test bob@out.test sent retry\n" },
    { "a content filter hands it back: same Message-ID, counted once, results kept",
      "postfix/smtpd[1]: A1B2C3D4E5: client=pc.example.test[192.0.2.1], sasl_method=PLAIN, "
      "sasl_username=alice@example.test\n"
      "postfix/cleanup[2]: A1B2C3D4E5: message-id=<1@example.test>\n"
      "postfix/qmgr[3]: A1B2C3D4E5: from=<alice@example.test>, size=500, nrcpt=1 (queue active)\n"
      "postfix/smtpd[5]: F1F2F3F4F5: client=localhost[127.0.0.1]\n"
      "postfix/cleanup[2]: F1F2F3F4F5: message-id=<1@example.test>\n"
      "postfix/qmgr[3]: F1F2F3F4F5: from=<alice@example.test>, size=900, nrcpt=1 (queue active)\n"
      "postfix/smtp[4]: A1B2C3D4E5: to=<bob@out.test>, relay=127.0.0.1[127.0.0.1]:10024, delay=1, "
      "delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 "
      "2.0.0 "
      "Ok: queued as F1F2F3F4F5)\n"
      "postfix/qmgr[3]: A1B2C3D4E5: removed\n"
      "postfix/smtp[4]: F1F2F3F4F5: to=<bob@out.test>, relay=mx.out.test[198.51.100.1]:25, "
      "delay=1, "
      "delays=0/0/0/1, dsn=5.1.1, status=bounced (host mx.out.test[198.51.100.1] said: 550 5.1.1 "
      "User unknown)\n",
      "submission account:alice@example.test nrcpt=1 from 192.0.2.1\n"
      "delivery account:alice@example.test bob@out.test bounced unknown recipient\n" },
    { "a content filter that says whose message it hands back",
      "postfix/smtpd[1]: A1B2C3D4E5: client=pc.example.test[192.0.2.1], sasl_method=PLAIN, "
      "sasl_username=alice@example.test\n"
      "postfix/qmgr[3]: A1B2C3D4E5: from=<alice@example.test>, size=500, nrcpt=1 (queue active)\n"
      "postfix/smtpd[5]: F1F2F3F4F5: client=filter[10.0.0.9], orig_queue_id=A1B2C3D4E5, "
      "orig_client=pc.example.test[192.0.2.1]\n"
      "postfix/qmgr[3]: F1F2F3F4F5: from=<alice@example.test>, size=900, nrcpt=1 (queue active)\n"
      "postfix/smtp[4]: F1F2F3F4F5: to=<bob@out.test>, relay=mx.out.test[198.51.100.1]:25, "
      "delay=1, "
      "delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)\n",
      "submission account:alice@example.test nrcpt=1 from 192.0.2.1\n"
      "delivery account:alice@example.test bob@out.test sent\n" },
    { "a stranger cannot borrow a login with its Message-ID",
      "postfix/smtpd[1]: A1B2C3D4E5: client=pc.example.test[192.0.2.1], sasl_method=PLAIN, "
      "sasl_username=alice@example.test\n"
      "postfix/cleanup[2]: A1B2C3D4E5: message-id=<1@example.test>\n"
      "postfix/qmgr[3]: A1B2C3D4E5: from=<alice@example.test>, size=500, nrcpt=1 (queue active)\n"
      "postfix/smtpd[5]: F1F2F3F4F5: client=spammer.test[203.0.113.9]\n"
      "postfix/cleanup[2]: F1F2F3F4F5: message-id=<1@example.test>\n"
      "postfix/qmgr[3]: F1F2F3F4F5: from=<x@spammer.test>, size=900, nrcpt=1 (queue active)\n"
      "postfix/lmtp[4]: F1F2F3F4F5: to=<carol@example.test>, relay=mx[private/lmtp], delay=1, "
      "delays=0/0/0/1, dsn=5.1.1, status=bounced (host mx[private/lmtp] said: 550 5.1.1 User "
      "unknown)\n",
      "submission account:alice@example.test nrcpt=1 from 192.0.2.1\n" },
    { "what a milter holds is still there, and whose it is is known when it is released",
      "postfix/smtpd[1]: A1B2C3D4E5: client=pc.example.test[192.0.2.1], sasl_method=PLAIN, "
      "sasl_username=alice@example.test\n"
      "postfix/cleanup[2]: A1B2C3D4E5: milter-hold: END-OF-MESSAGE from "
      "pc.example.test[192.0.2.1]: "
      "milter triggers HOLD action; from=<alice@example.test> to=<bob@out.test> proto=ESMTP "
      "helo=<pc>\n"
      "postfix/qmgr[3]: A1B2C3D4E5: from=<alice@example.test>, size=500, nrcpt=1 (queue active)\n",
      "submission account:alice@example.test nrcpt=1 from 192.0.2.1\n" },
    { "what cleanup refuses is gone: the queue id used again is another message",
      "postfix/smtpd[1]: A1B2C3D4E5: client=pc.example.test[192.0.2.1], sasl_method=PLAIN, "
      "sasl_username=alice@example.test\n"
      "postfix/cleanup[2]: A1B2C3D4E5: milter-reject: END-OF-MESSAGE from "
      "pc.example.test[192.0.2.1]: 5.7.1 no; from=<alice@example.test> to=<bob@out.test> "
      "proto=ESMTP helo=<pc>\n"
      "postfix/qmgr[3]: A1B2C3D4E5: from=<>, size=500, nrcpt=1 (queue active)\n",
      "reject account:alice@example.test\n" },
    { "a before-queue proxy: the login is at the first smtpd",
      "postfix/smtpd[1]: NOQUEUE: client=pc.example.test[192.0.2.1], sasl_method=PLAIN, "
      "sasl_username=alice@example.test\n"
      "postfix/smtpd[5]: F1F2F3F4F5: client=localhost[127.0.0.1], "
      "orig_client=pc.example.test[192.0.2.1]\n"
      "postfix/qmgr[3]: F1F2F3F4F5: from=<alice@example.test>, size=900, nrcpt=3 (queue active)\n",
      "submission account:alice@example.test nrcpt=3 from 192.0.2.1\n" },
    { "postsuper -r: a new queue id, the same message",
      "postfix/smtpd[1]: A1B2C3D4E5: client=pc.example.test[192.0.2.1], sasl_method=PLAIN, "
      "sasl_username=alice@example.test\n"
      "postfix/qmgr[3]: A1B2C3D4E5: from=<alice@example.test>, size=500, nrcpt=1 (queue active)\n"
      "postfix/pickup[6]: 69C7BA726F1: uid=107 from=<alice@example.test> orig_id=A1B2C3D4E5\n"
      "postfix/qmgr[3]: 69C7BA726F1: from=<alice@example.test>, size=500, nrcpt=1 (queue active)\n"
      "postfix/smtp[4]: 69C7BA726F1: to=<bob@out.test>, relay=mx.out.test[198.51.100.1]:25, "
      "delay=1, "
      "delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)\n",
      "submission account:alice@example.test nrcpt=1 from 192.0.2.1\n"
      "delivery account:alice@example.test bob@out.test sent\n" },
    { "postsuper -r of a message that came before the log began: nobody's",
      "postfix/pickup[6]: 69C7BA726F1: uid=107 from=<alice@example.test> orig_id=A1B2C3D4E5\n"
      "postfix/qmgr[3]: 69C7BA726F1: from=<alice@example.test>, size=500, nrcpt=1 (queue active)\n"
      "postfix/smtp[4]: 69C7BA726F1: to=<bob@out.test>, relay=mx.out.test[198.51.100.1]:25, "
      "delay=1, "
      "delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)\n",
      "" },
    { "held and released before anything was delivered: the first result is no retry",
      "postfix/smtpd[1]: A1B2C3D4E5: client=pc.example.test[192.0.2.1], sasl_method=PLAIN, "
      "sasl_username=alice@example.test\n"
      "postfix/qmgr[3]: A1B2C3D4E5: from=<alice@example.test>, size=500, nrcpt=1 (queue active)\n"
      "postfix/postsuper[7]: A1B2C3D4E5: placed on hold\n"
      "postfix/postsuper[8]: A1B2C3D4E5: released from hold\n"
      "postfix/qmgr[3]: A1B2C3D4E5: from=<alice@example.test>, size=500, nrcpt=1 (queue active)\n"
      "postfix/smtp[4]: A1B2C3D4E5: to=<bob@out.test>, relay=mx.out.test[198.51.100.1]:25, "
      "delay=1, "
      "delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)\n",
      "submission account:alice@example.test nrcpt=1 from 192.0.2.1\n"
      "delivery account:alice@example.test bob@out.test sent\n" },
    { "sendmail(1): the local user's",
      "postfix/pickup[6]: A1B2C3D4E5: uid=33 from=<www-data>\n"
      "postfix/qmgr[3]: A1B2C3D4E5: from=<www-data@mx.example.test>, size=500, nrcpt=7 (queue "
      "active)\n",
      "submission local:uid 33 nrcpt=7 from \n" },
    { "a client without login that has mail sent outside is a relay client",
      "postfix/smtpd[1]: A1B2C3D4E5: client=erp.example.test[10.0.0.5]\n"
      "postfix/qmgr[3]: A1B2C3D4E5: from=<erp@example.test>, size=500, nrcpt=1 (queue active)\n"
      "postfix/smtp[4]: A1B2C3D4E5: to=<bob@out.test>, relay=mx.out.test[198.51.100.1]:25, "
      "delay=1, "
      "delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)\n"
      "postfix/smtpd[1]: B1B2C3D4E5: client=erp.example.test[10.0.0.5]\n"
      "postfix/qmgr[3]: B1B2C3D4E5: from=<erp@example.test>, size=500, nrcpt=2 (queue active)\n",
      "submission relay:10.0.0.5 nrcpt=1 from 10.0.0.5\n"
      "delivery relay:10.0.0.5 bob@out.test sent\n"
      "submission relay:10.0.0.5 nrcpt=2 from 10.0.0.5\n" },
    { "mail from a stranger that one of ours forwards makes no relay client",
      "postfix/smtpd[1]: A1B2C3D4E5: client=mx.far.test[203.0.113.5]\n"
      "postfix/qmgr[3]: A1B2C3D4E5: from=<x@far.test>, size=500, nrcpt=1 (queue active)\n"
      "postfix/smtp[4]: A1B2C3D4E5: to=<alice@home.test>, orig_to=<alice@example.test>, "
      "relay=mx.home.test[198.51.100.1]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 "
      "ok)\n",
      "" },
    { "mail from a stranger into a mailbox",
      "postfix/smtpd[1]: A1B2C3D4E5: client=mx.far.test[203.0.113.5]\n"
      "postfix/qmgr[3]: A1B2C3D4E5: from=<x@far.test>, size=500, nrcpt=1 (queue active)\n"
      "postfix/lmtp[4]: A1B2C3D4E5: to=<alice@example.test>, relay=mx[private/lmtp], delay=1, "
      "delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 saved)\n",
      "received account:alice@example.test\n" },
    { "a short queue id is used again",
      "postfix/smtpd[1]: A1B2C3D4E5: client=pc.example.test[192.0.2.1], sasl_method=PLAIN, "
      "sasl_username=alice@example.test\n"
      "postfix/qmgr[3]: A1B2C3D4E5: from=<alice@example.test>, size=500, nrcpt=1 (queue active)\n"
      "postfix/smtpd[1]: A1B2C3D4E5: client=pc.example.test[192.0.2.2], sasl_method=PLAIN, "
      "sasl_username=bob@example.test\n"
      "postfix/qmgr[3]: A1B2C3D4E5: from=<bob@example.test>, size=500, nrcpt=4 (queue active)\n",
      "submission account:alice@example.test nrcpt=1 from 192.0.2.1\n"
      "submission account:bob@example.test nrcpt=4 from 192.0.2.2\n" },
    { "a failed login, with Dovecot's line lending the name",
      "dovecot: auth: passwd-file(alice@example.test,192.0.2.7): Password mismatch\n"
      "postfix/submission/smtpd[1]: warning: unknown[192.0.2.7]: SASL PLAIN authentication failed: "
      "\n"
      "postfix/submission/smtpd[1]: warning: unknown[192.0.2.8]: SASL LOGIN authentication failed: "
      "x, "
      "sasl_username=bob@example.test\n",
      "failure account:alice@example.test from 192.0.2.7 x1\n"
      "failure account:bob@example.test from 192.0.2.8 x1\n" },
    { "a deny list that does not have the user is no failure",
      "dovecot: auth: passwd-file(alice@example.test,192.0.2.7): unknown user\n"
      "dovecot: imap-login: Login: user=<alice@example.test>, method=PLAIN, rip=192.0.2.7, "
      "lip=192.0.2.25, mpid=7, TLS, session=<x>\n",
      "login account:alice@example.test from 192.0.2.7\n" },
    { "a failure that is repeated",
      "postfix/smtpd[1]: warning: unknown[192.0.2.8]: SASL LOGIN authentication failed: x, "
      "sasl_username=bob@example.test\n"
      "last message repeated 4 times\n"
      "last message repeated 4 times\n",
      "failure account:bob@example.test from 192.0.2.8 x1\n"
      "failure account:bob@example.test from 192.0.2.8 x4\n" },
    { "a LAN host tries port 25 outside; port 443 and neighbours do not matter",
      "kernel: [1.0] fw IN=br0 OUT=ppp0 SRC=192.168.1.7 DST=198.51.100.9 LEN=52 PROTO=TCP SPT=5 "
      "DPT=25 WINDOW=9\n"
      "kernel: [1.0] fw IN=br0 OUT=ppp0 SRC=192.168.1.7 DST=198.51.100.9 LEN=52 PROTO=TCP SPT=5 "
      "DPT=443 WINDOW=9\n"
      "kernel: [1.0] fw IN=br0 OUT=br1 SRC=192.168.1.7 DST=192.168.2.9 LEN=52 PROTO=TCP SPT=5 "
      "DPT=25 WINDOW=9\n"
      "kernel: [1.0] fw IN=br0 OUT= SRC=198.51.100.9 DST=192.168.1.7 LEN=52 PROTO=TCP SPT=5 "
      "DPT=25 WINDOW=9\n",
      "firewall lan:192.168.1.7 from 192.168.1.7 x1\n" },
    { "our own firewall rules: whoever it was, and whatever port they close",
      "kernel: mailfuse smtp-out: IN=br0 OUT=ppp0 SRC=2001:db8:1::7 DST=2001:db8:9::25 LEN=80 "
      "PROTO=TCP SPT=5 DPT=25 WINDOW=9\n"
      "kernel: mailfuse smtp-out: IN= OUT=eth0 SRC=192.0.2.25 DST=198.51.100.9 LEN=60 PROTO=TCP "
      "SPT=5 DPT=465 WINDOW=9 UID=33 GID=33\n"
      "kernel: other: IN= OUT=eth0 SRC=192.0.2.25 DST=198.51.100.9 LEN=60 PROTO=TCP SPT=5 DPT=25 "
      "WINDOW=9 UID=33 GID=33\n",
      "firewall lan:2001:db8:1::7 from 2001:db8:1::7 x1\n"
      "firewall lan:192.0.2.25 from 192.0.2.25 x1\n" },
    { "a mailbox login",
      "dovecot: imap-login: Login: user=<Alice@example.test>, method=PLAIN, rip=192.0.2.1, "
      "lip=192.0.2.25, mpid=1, TLS, session=<abc>\n",
      "login account:alice@example.test from 192.0.2.1\n" },
};

static void joins(void **state)
{
    (void)state;
    ledger_check_cases(ledger_cases, COUNT(ledger_cases));
}

static const char message[] =
    "postfix/smtpd[1]: A1B2C3D4E5: client=pc.example.test[192.0.2.1], sasl_method=PLAIN, "
    "sasl_username=alice@example.test\n"
    "postfix/qmgr[3]: A1B2C3D4E5: from=<alice@example.test>, size=500, nrcpt=1 (queue active)\n";

static void note_queued(void *ctx, struct slice host, struct slice queue_id, struct wall queued)
{
    struct collector *c = ctx;

    (void)queued;
    buf_printf(&c->text, "%.*s/%.*s\n", SLICE_ARG(host), SLICE_ARG(queue_id));
}

static void two_hosts_have_two_queues(void **state)
{
    struct collector events = { .text = buf_make(65536) }, queue = { .text = buf_make(4096) };
    struct ledger *l = ledger_for(&events, 0);
    struct subject alice = subject_make(SUBJECT_ACCOUNT, SLICE("alice@example.test"));

    (void)state;
    ledger_feed(l, message, "mx1");
    ledger_feed(l, message, "mx2");
    ledger_feed(l, "postfix/qmgr[3]: A1B2C3D4E5: removed\n", "mx1");
    ledger_each_queued(l, &alice, note_queued, &queue);
    assert_true(slice_eq(buf_slice(&queue.text), SLICE("mx2/A1B2C3D4E5\n")));
    assert_int_equal(ledger_hosts(l), 2);
    ledger_free(l);
    buf_done(&events.text);
    buf_done(&queue.text);
}

/* No "queue active" comes for what cleanup(8) or smtpd(8) put on hold. */
static void what_is_held_at_its_receipt_is_in_the_queue(void **state)
{
    static const char *const holds[] = {
        "postfix/cleanup[2]: A1B2C3D4E5: milter-hold: END-OF-MESSAGE from pc[192.0.2.1]: milter "
        "triggers HOLD action; from=<a@example.test> to=<b@out.test> proto=ESMTP helo=<pc>\n",
        "postfix/cleanup[2]: A1B2C3D4E5: hold: header Subject: x from pc[192.0.2.1]; "
        "from=<a@example.test> to=<b@out.test> proto=ESMTP helo=<pc>: why\n",
        "postfix/smtpd[2]: A1B2C3D4E5: hold: END-OF-MESSAGE from pc[192.0.2.1]: <x>: Data command "
        "why; from=<a@example.test> to=<b@out.test> proto=ESMTP helo=<pc>\n",
    };
    struct subject alice = subject_make(SUBJECT_ACCOUNT, SLICE("alice@example.test"));

    (void)state;
    for (size_t i = 0; i < COUNT(holds); i++) {
        struct collector events = { .text = buf_make(65536) }, queue = { .text = buf_make(4096) };
        struct ledger *l = ledger_for(&events, 0);

        ledger_feed(l,
                    "postfix/smtpd[1]: A1B2C3D4E5: client=pc.example.test[192.0.2.1], "
                    "sasl_method=PLAIN, sasl_username=alice@example.test\n",
                    "mx");
        ledger_each_queued(l, &alice, note_queued, &queue);
        assert_int_equal(queue.text.n, 0);
        ledger_feed(l, holds[i], "mx");
        ledger_each_queued(l, &alice, note_queued, &queue);
        assert_true(slice_eq(buf_slice(&queue.text), SLICE("/A1B2C3D4E5\n")));
        ledger_free(l);
        buf_done(&events.text);
        buf_done(&queue.text);
    }
}

static void old_entries_make_room(void **state)
{
    struct collector events = { .text = buf_make(1 << 20) };
    struct ledger *l = ledger_for(&events, 16);
    char line[256];

    (void)state;
    for (int i = 0; i < 100; i++) {
        snprintf(line, sizeof line,
                 "postfix/smtpd[1]: A1B2C%05X: client=pc.example.test[192.0.2.1]\n", (unsigned)i);
        ledger_feed(l, line, "mx");
    }
    assert_int_equal(ledger_forgotten(l), 100 - 16);
    ledger_free(l);
    buf_done(&events.text);
}

/* Room that was made is no limit, and nothing is lost by making it. */
static void test_expected_subjects(void **state)
{
    static const uint32_t expected[] = { 0, 1, 300, 100000 };

    (void)state;
    for (size_t i = 0; i < COUNT(expected); i++) {
        struct collector events = { .text = buf_make(1 << 20) };
        struct ledger *l = ledger_for(&events, 1000);

        for (uint32_t n = 0; n < 600; n++) {
            char name[40];

            snprintf(name, sizeof name, "user%u@example.test", n % 400);
            assert_int_equal(ledger_owner(l, SUBJECT_ACCOUNT, slice_of(name)), n % 400);
            if (n == 50)
                ledger_expect(l, expected[i]);
        }
        ledger_free(l);
        buf_done(&events.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joins),
        cmocka_unit_test(two_hosts_have_two_queues),
        cmocka_unit_test(what_is_held_at_its_receipt_is_in_the_queue),
        cmocka_unit_test(old_entries_make_room),
        cmocka_unit_test(test_expected_subjects),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
