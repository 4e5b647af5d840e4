/* filters_test.c - content filters: a message has a second queue id, and stays what it was. */
#include "ledger/ledger_cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attributes.h"

#include "base/ban.h"

#define ACTIVE(id)                                                                                 \
    "postfix/qmgr[3]: " id ": from=<a@example.test>, size=500, nrcpt=1 (queue active)\n"
#define MESSAGE_ID(id) "postfix/cleanup[2]: " id ": message-id=<1@example.test>\n"
#define ACCEPTED(id) MESSAGE_ID(id) ACTIVE(id)
#define HOST(id) "postfix/smtpd[1]: " id ": client=erp.example.test[10.0.0.5]\n" ACCEPTED(id)
#define STRANGER(id) "postfix/smtpd[1]: " id ": client=mx.far.test[203.0.113.5]\n" ACCEPTED(id)
#define BACK(id) "postfix/smtpd[5]: " id ": client=localhost[127.0.0.1]\n" ACCEPTED(id)
#define LOGIN(id)                                                                                  \
    "postfix/smtpd[1]: " id                                                                        \
    ": client=pc[192.0.2.1], sasl_method=PLAIN, sasl_username=alice\n" ACCEPTED(id)
#define SENDMAIL(id) "postfix/pickup[6]: " id ": uid=998 from=<a@example.test>\n" ACCEPTED(id)
#define DONE ", delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent "
#define TO_AMAVIS(id, to, back)                                                                    \
    "postfix/smtp[4]: " id ": " to ", relay=127.0.0.1[127.0.0.1]:10024" DONE                       \
    "(250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as " back ")\n"
#define OUT(id, to)                                                                                \
    "postfix/smtp[4]: " id ": to=<" to ">, relay=mx.out.test[198.51.100.1]:25" DONE "(250 ok)\n"
#define LMTP(id, to)                                                                               \
    "postfix/lmtp[4]: " id ": to=<" to ">, relay=mx[private/lmtp]" DONE "(250 2.0.0 saved)\n"

static const struct ledger_case relay_cases[] = {
    { "a host without login, behind a filter that names what it gives back",
      HOST("A1B2C3D4E5") BACK("F1F2F3F4F5")
          TO_AMAVIS("A1B2C3D4E5", "to=<bob@out.test>", "F1F2F3F4F5")
              TO_AMAVIS("A1B2C3D4E5", "to=<eve@out.test>", "F1F2F3F4F5")
                  OUT("F1F2F3F4F5", "bob@out.test") OUT("F1F2F3F4F5", "eve@out.test"),
      "submission relay:10.0.0.5 nrcpt=1 from 10.0.0.5\n"
      "delivery relay:10.0.0.5 bob@out.test sent\n"
      "delivery relay:10.0.0.5 eve@out.test sent\n" },
    { "the filter's word on the other recipient comes late",
      HOST("A1B2C3D4E5") BACK("F1F2F3F4F5") TO_AMAVIS(
          "A1B2C3D4E5", "to=<bob@out.test>", "F1F2F3F4F5") OUT("F1F2F3F4F5", "bob@out.test")
          TO_AMAVIS("A1B2C3D4E5", "to=<eve@out.test>", "F1F2F3F4F5")
              OUT("F1F2F3F4F5", "eve@out.test"),
      "submission relay:10.0.0.5 nrcpt=1 from 10.0.0.5\n"
      "delivery relay:10.0.0.5 bob@out.test sent\n"
      "delivery relay:10.0.0.5 eve@out.test sent\n" },
    { "a program of this host relays, too: the filter is not taken for it",
      "postfix/smtpd[1]: B1B2C3D4E5: client=localhost[127.0.0.1]\n" ACTIVE("B1B2C3D4E5")
          OUT("B1B2C3D4E5", "bob@out.test") HOST("A1B2C3D4E5") BACK("F1F2F3F4F5") TO_AMAVIS(
              "A1B2C3D4E5", "to=<bob@out.test>", "F1F2F3F4F5") OUT("F1F2F3F4F5", "bob@out.test"),
      "submission relay:127.0.0.1 nrcpt=1 from 127.0.0.1\n"
      "delivery relay:127.0.0.1 bob@out.test sent\n"
      "submission relay:10.0.0.5 nrcpt=1 from 10.0.0.5\n"
      "delivery relay:10.0.0.5 bob@out.test sent\n" },
    { "a stranger writes to an alias that was resolved before the filter",
      STRANGER("A1B2C3D4E5") BACK("F1F2F3F4F5")
          TO_AMAVIS("A1B2C3D4E5", "to=<alice@home.test>, orig_to=<alice@example.test>",
                    "F1F2F3F4F5") OUT("F1F2F3F4F5", "alice@home.test"),
      "" },
    { "a stranger writes to a mailbox that sends its mail on, by SMTP to this host",
      STRANGER("A1B2C3D4E5") BACK("F1F2F3F4F5") LMTP("A1B2C3D4E5", "alice@example.test")
          OUT("F1F2F3F4F5", "alice@home.test"),
      "received account:alice@example.test\n" },
    { "a stranger writes to a mailbox here, and the filter is in between",
      STRANGER("A1B2C3D4E5") BACK("F1F2F3F4F5")
          TO_AMAVIS("A1B2C3D4E5", "to=<alice@example.test>", "F1F2F3F4F5")
              LMTP("F1F2F3F4F5", "alice@example.test"),
      "received account:alice@example.test\n" },
};

#define PIPED(id, to)                                                                              \
    "postfix/pipe[4]: " id ": to=<" to ">, relay=filter" DONE "(delivered via filter service)\n"
#define GONE(id) "postfix/qmgr[3]: " id ": removed\n"
/* The first message shows that the service is a filter. */
#define SHOWN                                                                                      \
    "postfix/smtpd[1]: 0A0A0A0A0A: client=mx.far.test[203.0.113.5]\n" SHOWN_ID("0A0A0A0A0A")       \
        PIPED("0A0A0A0A0A", "bob@example.test")                                                    \
            GONE("0A0A0A0A0A") "postfix/pickup[6]: 0B0B0B0B0B: uid=998 "                           \
                               "from=<a@example.test>\n" SHOWN_ID("0B0B0B0B0B")                    \
                                   LMTP("0B0B0B0B0B", "bob@example.test") GONE("0B0B0B0B0B")
#define SHOWN_ID(id) "postfix/cleanup[2]: " id ": message-id=<2@example.test>\n" ACTIVE(id)
#define SHOWN_EVENTS                                                                               \
    "received account:bob@example.test\nsubmission local:uid 998 nrcpt=1 from \n"                  \
    "received account:bob@example.test\ndelivery local:uid 998 bob@example.test sent\n"
#define ALICE_TO_OUT                                                                               \
    "submission account:alice nrcpt=1 from 192.0.2.1\n"                                            \
    "delivery account:alice bob@out.test sent\n"

/* FILTER_README, "Simple content filter": pipe(8) and sendmail(1). */
static const struct ledger_case pipe_cases[] = {
    { "with a login",
      SHOWN LOGIN("A1B2C3D4E5") PIPED("A1B2C3D4E5", "bob@out.test") GONE("A1B2C3D4E5")
          SENDMAIL("F1F2F3F4F5") OUT("F1F2F3F4F5", "bob@out.test"),
      SHOWN_EVENTS ALICE_TO_OUT },
    { "the filter gives it back before pipe says so",
      SHOWN LOGIN("A1B2C3D4E5") SENDMAIL("F1F2F3F4F5") PIPED("A1B2C3D4E5", "bob@out.test")
          GONE("A1B2C3D4E5") OUT("F1F2F3F4F5", "bob@out.test"),
      SHOWN_EVENTS ALICE_TO_OUT },
    { "a host without login",
      SHOWN HOST("A1B2C3D4E5") PIPED("A1B2C3D4E5", "bob@out.test") GONE("A1B2C3D4E5")
          SENDMAIL("F1F2F3F4F5") OUT("F1F2F3F4F5", "bob@out.test"),
      SHOWN_EVENTS "submission relay:10.0.0.5 nrcpt=1 from 10.0.0.5\n"
                   "delivery relay:10.0.0.5 bob@out.test sent\n" },
    { "a host without login, given back before pipe says so",
      SHOWN HOST("A1B2C3D4E5") SENDMAIL("F1F2F3F4F5") PIPED("A1B2C3D4E5", "bob@out.test")
          GONE("A1B2C3D4E5") OUT("F1F2F3F4F5", "bob@out.test"),
      SHOWN_EVENTS "submission relay:10.0.0.5 nrcpt=1 from 10.0.0.5\n"
                   "delivery relay:10.0.0.5 bob@out.test sent\n" },
    { "mail from outside, into a mailbox",
      SHOWN STRANGER("A1B2C3D4E5") PIPED("A1B2C3D4E5", "eve@example.test") GONE("A1B2C3D4E5")
          SENDMAIL("F1F2F3F4F5") LMTP("F1F2F3F4F5", "eve@example.test"),
      SHOWN_EVENTS "received account:eve@example.test\n" },
    { "a program of this host, through the filter itself",
      SHOWN SENDMAIL("A1B2C3D4E5") PIPED("A1B2C3D4E5", "bob@out.test") GONE("A1B2C3D4E5")
          SENDMAIL("F1F2F3F4F5") OUT("F1F2F3F4F5", "bob@out.test"),
      SHOWN_EVENTS "submission local:uid 998 nrcpt=1 from \n"
                   "delivery local:uid 998 bob@out.test sent\n" },
    { "the domains of those that logins write to are not ours: the next host relays there",
      LOGIN("A1B2C3D4E5") PIPED("A1B2C3D4E5", "bob@out.test") GONE("A1B2C3D4E5") HOST("F1F2F3F4F5")
          OUT("F1F2F3F4F5", "eve@out.test"),
      "submission account:alice nrcpt=1 from 192.0.2.1\n"
      "delivery account:alice bob@out.test sent\n"
      "submission relay:10.0.0.5 nrcpt=1 from 10.0.0.5\n"
      "delivery relay:10.0.0.5 eve@out.test sent\n" },
    { "a mailbox that pipe delivers into sends mail on: that is no filter",
      STRANGER("A1B2C3D4E5") PIPED("A1B2C3D4E5", "bob@example.test") GONE("A1B2C3D4E5")
          SENDMAIL("F1F2F3F4F5") OUT("F1F2F3F4F5", "bob@home.test") GONE("F1F2F3F4F5")
              STRANGER("A1B2C3D4E6") PIPED("A1B2C3D4E6", "bob@example.test"),
      "received account:bob@example.test\nsubmission local:uid 998 nrcpt=1 from \n"
      "delivery local:uid 998 bob@home.test sent\nreceived account:bob@example.test\n" },
    { "a list server that sends to more people than the filter was given it for",
      SHOWN LOGIN("A1B2C3D4E5") PIPED("A1B2C3D4E5", "list@example.test")
          GONE("A1B2C3D4E5") "postfix/pickup[6]: F1F2F3F4F5: uid=38 "
                             "from=<list@example.test>\n" MESSAGE_ID(
                                 "F1F2F3F4F5") "postfix/qmgr[3]: F1F2F3F4F5: "
                                               "from=<list@example.test>, size=1, nrcpt=50 (queue "
                                               "active)\n" OUT("F1F2F3F4F5", "bob@out.test"),
      SHOWN_EVENTS "submission account:alice nrcpt=1 from 192.0.2.1\n"
                   "submission local:uid 38 nrcpt=50 from \n"
                   "delivery local:uid 38 bob@out.test sent\n" },
};

static void pipes(void **state)
{
    (void)state;
    ledger_check_cases(pipe_cases, COUNT(pipe_cases));
}

#define TWO(id) "postfix/qmgr[3]: " id ": from=<a@example.test>, size=5, nrcpt=2 (queue active)\n"
#define LOGIN_TO_TWO(id)                                                                           \
    "postfix/smtpd[1]: " id                                                                        \
    ": client=pc[192.0.2.1], sasl_method=PLAIN, sasl_username=alice\n" MESSAGE_ID(id) TWO(id)
#define TO_FILTER(id, to)                                                                          \
    "postfix/smtp[4]: " id ": to=<" to ">, relay=127.0.0.1[127.0.0.1]:10024" DONE "(250 ok)\n"

static const struct ledger_case part_cases[] = {
    { "given back in parts, the first of which is delivered at once",
      LOGIN_TO_TWO("A1B2C3D4E5") BACK("F1F2F3F4F5") OUT("F1F2F3F4F5", "bob@out.test")
          GONE("F1F2F3F4F5") BACK("F1F2F3F4F6") OUT("F1F2F3F4F6", "eve@out.test"),
      "submission account:alice nrcpt=2 from 192.0.2.1\n"
      "delivery account:alice bob@out.test sent\n"
      "delivery account:alice eve@out.test sent\n" },
    { "two filters, one behind the other; the message itself is gone, or done",
      LOGIN("A1B2C3D4E5") BACK("F1F2F3F4F5") TO_FILTER("A1B2C3D4E5", "bob@out.test")
          GONE("A1B2C3D4E5") BACK("F1F2F3F4F6") OUT("F1F2F3F4F6", "bob@out.test"),
      "submission account:alice nrcpt=1 from 192.0.2.1\n"
      "delivery account:alice bob@out.test sent\n"
      "delivery account:alice bob@out.test sent\n" },
    { "the same, done but not gone",
      LOGIN("A1B2C3D4E5") BACK("F1F2F3F4F5") TO_FILTER("A1B2C3D4E5", "bob@out.test")
          BACK("F1F2F3F4F6") OUT("F1F2F3F4F6", "bob@out.test"),
      "submission account:alice nrcpt=1 from 192.0.2.1\n"
      "delivery account:alice bob@out.test sent\n"
      "delivery account:alice bob@out.test sent\n" },
};

#define AT_PROXY(who)                                                                              \
    "postfix/smtpd[1]: NOQUEUE: client=pc[192.0.2.1], sasl_method=PLAIN, sasl_username=" who "\n"
#define FROM_PROXY(id, from)                                                                       \
    "postfix/smtpd[5]: " id ": client=localhost[127.0.0.1], orig_client=pc[192.0.2.1]\n"           \
    "postfix/qmgr[3]: " id ": from=<" from ">, size=900, nrcpt=1 (queue active)\n"

static const struct ledger_case proxy_cases[] = {
    { "two people of one office, at the same time",
      AT_PROXY("alice@example.test") AT_PROXY("bob@example.test") FROM_PROXY(
          "F1F2F3F4F5", "Alice@Example.test") FROM_PROXY("F1F2F3F4F6", "bob@example.test"),
      "submission account:alice@example.test nrcpt=1 from 192.0.2.1\n"
      "submission account:bob@example.test nrcpt=1 from 192.0.2.1\n" },
    { "with another sender: of who logged in last",
      AT_PROXY("alice@example.test") AT_PROXY("bob@example.test")
          FROM_PROXY("F1F2F3F4F5", "office@example.test"),
      "submission account:bob@example.test nrcpt=1 from 192.0.2.1\n" },
    { "with the sender of who did not log in there",
      AT_PROXY("bob@example.test") FROM_PROXY("F1F2F3F4F5", "alice@example.test"),
      "submission account:bob@example.test nrcpt=1 from 192.0.2.1\n" },
};

static void proxies(void **state)
{
    (void)state;
    ledger_check_cases(proxy_cases, COUNT(proxy_cases));
}

static void parts(void **state)
{
    (void)state;
    ledger_check_cases(part_cases, COUNT(part_cases));
}

static void relays(void **state)
{
    (void)state;
    ledger_check_cases(relay_cases, COUNT(relay_cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(relays),
        cmocka_unit_test(pipes),
        cmocka_unit_test(parts),
        cmocka_unit_test(proxies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
