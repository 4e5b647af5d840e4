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

static void relays(void **state)
{
    (void)state;
    ledger_check_cases(relay_cases, COUNT(relay_cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(relays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
