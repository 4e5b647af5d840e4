/* postfix_check_test.c - what cleanup says of header and body lines; uncut, a text may imitate the
 * rest of its line. */
#include "proto/postfix_cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/attributes.h"

#include "base/ban.h"

static const struct postfix_case check_cases[] = {
    { "reject", "postfix/cleanup",
      "4A5B6C7D8E9: reject: header Subject: cheap from a.test[192.0.2.1]; from=<a@d.test> "
      "to=<b@d.test> proto=ESMTP helo=<pc>: 5.7.1 not here",
      "reject 4A5B6C7D8E9 client_name=a.test| client_address=192.0.2.1| helo_name=pc| "
      "protocol_name=ESMTP| sender=a@d.test| recipient=b@d.test| dsn=5.7.1| reply=5.7.1 not here| "
      "action=reject| stage=header| reason=not here|" },
    { "reject body, local", "postfix/cleanup",
      "4A5B6C7D8E9: reject: body cheap from local; from=<root@example.test>: optional text",
      "reject 4A5B6C7D8E9 sender=root@example.test| reply=optional text| action=reject| "
      "stage=body| reason=optional text|" },
    { "hold without reason", "postfix/cleanup",
      "4A5B6C7D8E9: hold: header Message-ID: <x@d.test> from localhost[127.0.0.1]; from=<a@d.test> "
      "to=<b@d.test> proto=ESMTP helo=<pc>",
      "action 4A5B6C7D8E9 client_name=localhost| client_address=127.0.0.1| helo_name=pc| "
      "protocol_name=ESMTP| sender=a@d.test| recipient=b@d.test| action=hold| stage=header|" },
    { "warn", "postfix/cleanup",
      "4A5B6C7D8E9: warning: header Date: x from a.test[192.0.2.1]; from=<a@d.test> to=<b@d.test> "
      "proto=ESMTP helo=<pc>: odd",
      "action 4A5B6C7D8E9 client_name=a.test| client_address=192.0.2.1| helo_name=pc| "
      "protocol_name=ESMTP| sender=a@d.test| recipient=b@d.test| action=warn| stage=header| "
      "reason=odd|" },
    { "from is in the header", "postfix/cleanup",
      "4A5B6C7D8E9: prepend: header Received: from x by y from z from a.test[192.0.2.1]; "
      "from=<a@d.test> to=<b@d.test> proto=ESMTP helo=<pc>: X-A: b",
      "action 4A5B6C7D8E9 client_name=a.test| client_address=192.0.2.1| helo_name=pc| "
      "protocol_name=ESMTP| sender=a@d.test| recipient=b@d.test| action=prepend| stage=header| "
      "reason=X-A: b|" },
    { "pass", "postfix/cleanup",
      "4A5B6C7D8E9: pass: header Subject: x from local; from=<a@d.test> to=<b@d.test>: known",
      "action 4A5B6C7D8E9 sender=a@d.test| recipient=b@d.test| action=pass| stage=header| "
      "reason=known|" },
    { "mime-error", "postfix/cleanup",
      "4A5B6C7D8E9: reject: mime-error improper use of 8-bit data in message header: Subject: x "
      "from a.test[192.0.2.1]; from=<a@d.test> to=<b@d.test>",
      "reject 4A5B6C7D8E9 client_name=a.test| client_address=192.0.2.1| sender=a@d.test| "
      "recipient=b@d.test| action=reject| stage=mime-error|" },
    { "milter_header_checks, reject", "postfix/cleanup",
      "4A5B6C7D8E9: milter-header-reject: header X-Spam: Yes from a.test[192.0.2.1]; "
      "from=<a@d.test> to=<b@d.test> proto=ESMTP helo=<pc>: 5.7.1 spam",
      "milter 4A5B6C7D8E9 client_name=a.test| client_address=192.0.2.1| helo_name=pc| "
      "protocol_name=ESMTP| sender=a@d.test| recipient=b@d.test| dsn=5.7.1| reply=5.7.1 spam| "
      "action=reject| stage=header| reason=spam|" },
    { "milter_header_checks, hold", "postfix/cleanup",
      "4A5B6C7D8E9: milter-header-hold: header X-Spam: Yes from a.test[192.0.2.1]; "
      "from=<a@d.test> to=<b@d.test> proto=ESMTP helo=<pc>",
      "action 4A5B6C7D8E9 client_name=a.test| client_address=192.0.2.1| helo_name=pc| "
      "protocol_name=ESMTP| sender=a@d.test| recipient=b@d.test| action=hold| stage=header|" },
    { "milter_header_checks, warn", "postfix/cleanup",
      "4A5B6C7D8E9: milter-header-warning: header X-Spam: Yes from local; from=<a@d.test>: odd",
      "action 4A5B6C7D8E9 sender=a@d.test| action=warn| stage=header| reason=odd|" },
    { "of a milter, and nothing we know", "postfix/cleanup", "4A5B6C7D8E9: milter-envelope: x",
      "unknown 4A5B6C7D8E9" },
    { "smtp", "postfix/smtp",
      "4A5B6C7D8E9: replace: header Sender: <a@d.test> : Sender: <b@d.test>",
      "action 4A5B6C7D8E9 action=replace| stage=header|" },
};

static const struct postfix_case imitation_cases[] = {
    { "a quoted sender like a client", "postfix/cleanup",
      "4A5B6C7D8E9: reject: header Subject: x from a.test[192.0.2.1]; from=<\"y from "
      "b.test[192.0.2.66]; z\"@d.test> to=<b@d.test> proto=ESMTP helo=<pc>: 5.7.1 not here",
      "reject 4A5B6C7D8E9 client_name=a.test| client_address=192.0.2.1| helo_name=pc| "
      "protocol_name=ESMTP| sender=\"y from b.test[192.0.2.66]; z\"@d.test| recipient=b@d.test| "
      "dsn=5.7.1| reply=5.7.1 not here| action=reject| stage=header| reason=not here|" },
    { "header like a log line", "postfix/cleanup",
      "4A5B6C7D8E9: reject: header Subject: x from evil.test[192.0.2.66]; from=<ceo@example.test> "
      "to=<x@d.test> proto=ESMTP helo=<y>: 5.7.1 z from a.test[192.0.2.1]; from=<a@d.test> "
      "to=<b@d.test> proto=ESMTP helo=<pc>: 5.7.1 not here",
      "reject 4A5B6C7D8E9 client_name=a.test| client_address=192.0.2.1| helo_name=pc| "
      "protocol_name=ESMTP| sender=a@d.test| recipient=b@d.test| dsn=5.7.1| reply=5.7.1 not here| "
      "action=reject| stage=header| reason=not here|" },
};

static void test_check(void **state)
{
    (void)state;
    postfix_check_cases(check_cases, COUNT(check_cases));
}

static void test_imitation(void **state)
{
    (void)state;
    postfix_check_uncut(imitation_cases, COUNT(imitation_cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check),
        cmocka_unit_test(test_imitation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
