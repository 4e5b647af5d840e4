#include "proto/postfix_cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/attributes.h"

#include "base/ban.h"

static const struct postfix_case delivery_cases[] = {
    { "sent", "postfix/smtp",
      "4A5B6C7D8E9: to=<b@d.test>, relay=mx.d.test[192.0.2.1]:25, delay=1.7, "
      "delays=0.02/0/1.7/0.06, dsn=2.0.0, status=sent (250 2.0.0 OK 1539154772 az9-v6 - gsmtp)",
      "delivery 4A5B6C7D8E9 recipient=b@d.test| relay_name=mx.d.test| relay_address=192.0.2.1| "
      "relay_port=25| delay=1.7| delays=0.02/0/1.7/0.06| dsn=2.0.0| status=sent| reply=250 2.0.0 "
      "OK 1539154772 az9-v6 - gsmtp|" },
    { "IPv6, orig_to, conn_use", "postfix/smtp",
      "4A5B6C7D8E9: to=<b@d.test>, orig_to=<c@example.test>, relay=mx.d.test[2001:db8::1]:25, "
      "conn_use=3, delay=1, delays=1/0/0/0, dsn=2.0.0, status=sent (250 ok)",
      "delivery 4A5B6C7D8E9 recipient=b@d.test| orig_recipient=c@example.test| "
      "relay_name=mx.d.test| relay_address=2001:db8::1| relay_port=25| delay=1| delays=1/0/0/0| "
      "dsn=2.0.0| status=sent| reply=250 ok|" },
    { "no comma behind conn_use", "postfix/smtp",
      "4A5B6C7D8E9: to=<b@d.test>, relay=mx.d.test[192.0.2.1]:25, conn_use=2 delay=1021, "
      "delays=1020/0.04/0.56/0.78, dsn=2.0.0, status=sent (250 ok)",
      "delivery 4A5B6C7D8E9 recipient=b@d.test| relay_name=mx.d.test| relay_address=192.0.2.1| "
      "relay_port=25| delay=1021| delays=1020/0.04/0.56/0.78| dsn=2.0.0| status=sent| reply=250 "
      "ok|" },
    { "of Postfix 2.2", "postfix/smtp",
      "4A5B6C7D8E9: to=<b@d.test>, relay=mx.d.test[192.0.2.1], delay=2, status=sent (250 Ok)",
      "delivery 4A5B6C7D8E9 recipient=b@d.test| relay_name=mx.d.test| relay_address=192.0.2.1| "
      "delay=2| status=sent| reply=250 Ok|" },
    { "TLS of Postfix 3.11", "postfix/smtp",
      "4A5B6C7D8E9: to=<b@d.test>, relay=mx.d.test[192.0.2.195]:25, delay=5.4, "
      "delays=0.08/0.01/3.5/1.9, tls=dane, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as "
      "4cbdb56t4MzPjfw)",
      "delivery 4A5B6C7D8E9 recipient=b@d.test| relay_name=mx.d.test| "
      "relay_address=192.0.2.195| relay_port=25| delay=5.4| delays=0.08/0.01/3.5/1.9| dsn=2.0.0| "
      "status=sent| reply=250 2.0.0 Ok: queued as 4cbdb56t4MzPjfw| new_queue_id=4cbdb56t4MzPjfw|" },
    { "TLS, connection used again", "postfix/smtp",
      "4A5B6C7D8E9: to=<b@d.test>, relay=mx.d.test[192.0.2.1]:25, conn_use=3, delay=1, "
      "delays=1/0/0/0, tls=!encrypt/(verify)?, dsn=4.7.5, status=deferred (Server certificate not "
      "trusted)",
      "delivery 4A5B6C7D8E9 recipient=b@d.test| relay_name=mx.d.test| relay_address=192.0.2.1| "
      "relay_port=25| delay=1| delays=1/0/0/0| dsn=4.7.5| status=deferred| reply=Server "
      "certificate not trusted|" },
    { "of a release to come", "postfix/smtp",
      "4A5B6C7D8E9: to=<b@d.test>, new_a=x y, relay=none, delay=1, delays=1/0/0/0, new_b=, "
      "dsn=4.4.1, new_c=<z>, status=deferred (x, y=z)",
      "delivery 4A5B6C7D8E9 recipient=b@d.test| dsn=4.4.1| status=deferred| reply=x, y=z|" },
    { "to a content filter", "postfix/smtp",
      "4A5B6C7D8E9: to=<b@d.test>, relay=127.0.0.1[127.0.0.1]:10024, delay=1, delays=1/0/0/0, "
      "dsn=2.0.0, status=sent (250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as "
      "9A8B7C6D5E)",
      "delivery 4A5B6C7D8E9 recipient=b@d.test| relay_name=127.0.0.1| relay_address=127.0.0.1| "
      "relay_port=10024| delay=1| delays=1/0/0/0| dsn=2.0.0| status=sent| reply=250 2.0.0 from "
      "MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as 9A8B7C6D5E| new_queue_id=9A8B7C6D5E|" },
    { "queued with a long id", "postfix/smtp",
      "4jXCS36Xbrz1bYl8: to=<b@d.test>, relay=mx.d.test[192.0.2.1]:25, delay=1, delays=1/0/0/0, "
      "dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 4jXCS42yzKz1bYlB)",
      "delivery 4jXCS36Xbrz1bYl8 recipient=b@d.test| relay_name=mx.d.test| "
      "relay_address=192.0.2.1| relay_port=25| delay=1| delays=1/0/0/0| dsn=2.0.0| status=sent| "
      "reply=250 2.0.0 Ok: queued as 4jXCS42yzKz1bYlB| new_queue_id=4jXCS42yzKz1bYlB|" },
    { "queued, says a refusal", "postfix/smtp",
      "4A5B6C7D8E9: to=<b@d.test>, relay=mx.d.test[192.0.2.1]:25, delay=1, delays=1/0/0/0, "
      "dsn=5.0.0, status=bounced (host mx.d.test[192.0.2.1] said: 550 queued as 9A8B7C6D5E)",
      "delivery 4A5B6C7D8E9 recipient=b@d.test| relay_name=mx.d.test| relay_address=192.0.2.1| "
      "relay_port=25| delay=1| delays=1/0/0/0| dsn=5.0.0| status=bounced| reply=host "
      "mx.d.test[192.0.2.1] said: 550 queued as 9A8B7C6D5E|" },
    { "queued is not the last word", "postfix/smtp",
      "4A5B6C7D8E9: to=<b@d.test>, relay=mx.d.test[192.0.2.1]:25, delay=1, delays=1/0/0/0, "
      "dsn=2.0.0, status=sent (250 queued as 9A8B7C6D5E thanks)",
      "delivery 4A5B6C7D8E9 recipient=b@d.test| relay_name=mx.d.test| relay_address=192.0.2.1| "
      "relay_port=25| delay=1| delays=1/0/0/0| dsn=2.0.0| status=sent| reply=250 queued as "
      "9A8B7C6D5E thanks|" },
    { "lmtp over a socket", "postfix/lmtp",
      "4A5B6C7D8E9: to=<b@d.test>, relay=mail.d.test[private/lmtp-dovecot], delay=0.1, "
      "delays=0.05/0.01/0.01/0.03, dsn=2.0.0, status=sent (250 2.0.0 <b@d.test> "
      "NoCGNUtbAmsNFgAAg+zDdQ Saved)",
      "delivery 4A5B6C7D8E9 recipient=b@d.test| relay_name=mail.d.test| "
      "relay_address=private/lmtp-dovecot| delay=0.1| delays=0.05/0.01/0.01/0.03| dsn=2.0.0| "
      "status=sent| reply=250 2.0.0 <b@d.test> NoCGNUtbAmsNFgAAg+zDdQ Saved|" },
    { "forwarded by local", "postfix/local",
      "4A5B6C7D8E9: to=<b@d.test>, relay=local, delay=0.1, delays=0.1/0/0/0, dsn=2.0.0, "
      "status=sent (forwarded as 9A8B7C6D5E)",
      "delivery 4A5B6C7D8E9 recipient=b@d.test| relay_name=local| delay=0.1| delays=0.1/0/0/0| "
      "dsn=2.0.0| status=sent| reply=forwarded as 9A8B7C6D5E| new_queue_id=9A8B7C6D5E|" },
    { "virtual", "postfix/virtual",
      "4A5B6C7D8E9: to=<b@d.test>, relay=virtual, delay=0.1, delays=0.1/0/0/0, dsn=2.0.0, "
      "status=sent (delivered to maildir)",
      "delivery 4A5B6C7D8E9 recipient=b@d.test| relay_name=virtual| delay=0.1| delays=0.1/0/0/0| "
      "dsn=2.0.0| status=sent| reply=delivered to maildir|" },
    { "pipe", "postfix/pipe",
      "4A5B6C7D8E9: to=<b@d.test>, relay=dovecot, delay=0.1, delays=0.1/0/0/0, dsn=2.0.0, "
      "status=sent (delivered via dovecot service)",
      "delivery 4A5B6C7D8E9 recipient=b@d.test| relay_name=dovecot| delay=0.1| delays=0.1/0/0/0| "
      "dsn=2.0.0| status=sent| reply=delivered via dovecot service|" },
    { "error", "postfix/error",
      "4A5B6C7D8E9: to=<b@d.test>, relay=none, delay=27077, delays=27077/0/0.57/0, dsn=4.4.3, "
      "status=deferred (delivery temporarily suspended: connect to mx.d.test[192.0.2.1]:25: "
      "Connection refused)",
      "delivery 4A5B6C7D8E9 recipient=b@d.test| relay_name=none| delay=27077| "
      "delays=27077/0/0.57/0| dsn=4.4.3| status=deferred| reply=delivery temporarily suspended: "
      "connect to mx.d.test[192.0.2.1]:25: Connection refused|" },
    { "bounced, parentheses within", "postfix/smtp",
      "4A5B6C7D8E9: to=<b@d.test>, relay=mx.d.test[192.0.2.1]:25, delay=5, delays=0/0/5/0, "
      "dsn=5.1.1, status=bounced (host mx.d.test[192.0.2.1] said: 550-5.1.1 no such user 550 5.1.1 "
      "(#1) (in reply to RCPT TO command))",
      "delivery 4A5B6C7D8E9 recipient=b@d.test| relay_name=mx.d.test| relay_address=192.0.2.1| "
      "relay_port=25| delay=5| delays=0/0/5/0| dsn=5.1.1| status=bounced| reply=host "
      "mx.d.test[192.0.2.1] said: 550-5.1.1 no such user 550 5.1.1 (#1) (in reply to RCPT TO "
      "command)|" },
    { "undeliverable", "postfix/local",
      "4A5B6C7D8E9: to=<b@d.test>, relay=local, delay=0.02, delays=0.01/0/0/0, dsn=5.1.1, "
      "status=undeliverable (unknown user: \"b\")",
      "delivery 4A5B6C7D8E9 recipient=b@d.test| relay_name=local| delay=0.02| delays=0.01/0/0/0| "
      "dsn=5.1.1| status=undeliverable| reply=unknown user: \"b\"|" },
    { "bounced by cleanup", "postfix/cleanup",
      "4A5B6C7D8E9: to=<b@d.test>, orig_to=<b>, relay=none, delay=0.1, delays=0.1/0/0/0, "
      "dsn=5.7.1, status=bounced optional text",
      "delivery 4A5B6C7D8E9 recipient=b@d.test| orig_recipient=b| relay_name=none| delay=0.1| "
      "delays=0.1/0/0/0| dsn=5.7.1| status=bounced| reply=optional text|" },
    { "blanks at the end", "postfix/smtp",
      "4A5B6C7D8E9: to=<b@d.test>, relay=none, delay=1, delays=1/0/0/0, dsn=5.0.0, status=bounced "
      "(x)  ",
      "delivery 4A5B6C7D8E9 recipient=b@d.test| relay_name=none| delay=1| delays=1/0/0/0| "
      "dsn=5.0.0| status=bounced| reply=x|" },
};

static const struct postfix_case imitation_cases[] = {
    { "quoted local part", "postfix/smtp",
      "4A5B6C7D8E9: to=<\"a>, relay=x, status=sent (y), b\"@d.test>, "
      "relay=mx.d.test[192.0.2.1]:25, delay=1, delays=1/0/0/0, dsn=2.0.0, status=sent (250 ok)",
      "delivery 4A5B6C7D8E9 recipient=\"a>, relay=x, status=sent (y), b\"@d.test| "
      "relay_name=mx.d.test| relay_address=192.0.2.1| relay_port=25| delay=1| delays=1/0/0/0| "
      "dsn=2.0.0| status=sent| reply=250 ok|" },
    { "quoted quote", "postfix/smtp",
      "4A5B6C7D8E9: to=<\"a\\\">, b\"@d.test>, relay=none, delay=1, delays=1/0/0/0, dsn=4.4.1, "
      "status=deferred (x)",
      "delivery 4A5B6C7D8E9 recipient=\"a\\\">, b\"@d.test| relay_name=none| delay=1| "
      "delays=1/0/0/0| dsn=4.4.1| status=deferred| reply=x|" },
    { "quote without end", "postfix/smtp",
      "4A5B6C7D8E9: to=<\"a@d.test>, relay=none, delay=1, delays=1/0/0/0, dsn=4.4.1, "
      "status=deferred (x)",
      "delivery 4A5B6C7D8E9" },
    { "blank, UTF-8", "postfix/smtp",
      "4A5B6C7D8E9: to=<\"odd local\"@dömäin.test>, relay=none, delay=1, delays=1/0/0/0, "
      "dsn=4.4.1, status=deferred (x)",
      "delivery 4A5B6C7D8E9 recipient=\"odd local\"@dömäin.test| relay_name=none| delay=1| "
      "delays=1/0/0/0| dsn=4.4.1| status=deferred| reply=x|" },
    { "the reply", "postfix/smtp",
      "4A5B6C7D8E9: to=<b@d.test>, relay=mx.d.test[192.0.2.1]:25, delay=1, delays=1/0/0/0, "
      "dsn=4.0.0, status=deferred (host mx.d.test[192.0.2.1] said: 450 x), to=<c@d.test>, "
      "status=sent (250 Ok: queued as 9A8B7C6D5E)",
      "delivery 4A5B6C7D8E9 recipient=b@d.test| relay_name=mx.d.test| relay_address=192.0.2.1| "
      "relay_port=25| delay=1| delays=1/0/0/0| dsn=4.0.0| status=deferred| reply=host "
      "mx.d.test[192.0.2.1] said: 450 x), to=<c@d.test>, status=sent (250 Ok: queued as "
      "9A8B7C6D5E|" },
    { "null address", "postfix/smtp",
      "4A5B6C7D8E9: to=<>, relay=none, delay=1, status=bounced (mail for d.test loops back to "
      "myself)",
      "delivery 4A5B6C7D8E9 recipient=| relay_name=none| delay=1| status=bounced| reply=mail for "
      "d.test loops back to myself|" },
};

static const struct postfix_case cut_cases[] = {
    { "in the address", "postfix/smtp", "4A5B6C7D8E9: to=<b@d.te", "delivery 4A5B6C7D8E9" },
    { "in the relay", "postfix/smtp", "4A5B6C7D8E9: to=<b@d.test>, relay=mx.d",
      "delivery 4A5B6C7D8E9 recipient=b@d.test|" },
    { "in the delays", "postfix/smtp",
      "4A5B6C7D8E9: to=<b@d.test>, relay=none, delay=1, delays=1/0/0",
      "delivery 4A5B6C7D8E9 recipient=b@d.test| relay_name=none| delay=1|" },
    { "in what is new", "postfix/smtp",
      "4A5B6C7D8E9: to=<b@d.test>, relay=none, delay=1, delays=1/0/0/0, tl",
      "delivery 4A5B6C7D8E9 recipient=b@d.test| relay_name=none| delay=1| delays=1/0/0/0|" },
    { "behind a comma", "postfix/smtp",
      "4A5B6C7D8E9: to=<b@d.test>, relay=none, delay=1, delays=1/0/0/0, dsn=2.0.0,",
      "delivery 4A5B6C7D8E9 recipient=b@d.test| relay_name=none| delay=1| delays=1/0/0/0| "
      "dsn=2.0.0|" },
    { "in the reply", "postfix/smtp",
      "4A5B6C7D8E9: to=<b@d.test>, relay=none, delay=1, delays=1/0/0/0, dsn=4.4.1, status=deferred "
      "(connect to mx.d.te",
      "delivery 4A5B6C7D8E9 recipient=b@d.test| relay_name=none| delay=1| delays=1/0/0/0| "
      "dsn=4.4.1| status=deferred| reply=connect to mx.d.te|" },
};

static const struct postfix_case peer_cases[] = {
    { "another server is tried", "postfix/smtp",
      "4A5B6C7D8E9: host mx.d.test[192.0.2.1] said: 450 4.7.1 Greylisted (in reply to RCPT TO "
      "command)",
      "other 4A5B6C7D8E9 relay_name=mx.d.test| relay_address=192.0.2.1| reply=450 4.7.1 Greylisted "
      "(in reply to RCPT TO command)|" },
    { "refused to talk", "postfix/smtp",
      "4A5B6C7D8E9: host mx.d.test[192.0.2.1] refused to talk to me: 554 5.7.1 blocked",
      "other 4A5B6C7D8E9 relay_name=mx.d.test| relay_address=192.0.2.1| reply=554 5.7.1 blocked|" },
    { "connect to", "postfix/smtp", "connect to mx.d.test[2001:db8::1]:25: Network is unreachable",
      "other - relay_name=mx.d.test| relay_address=2001:db8::1| relay_port=25| reason=Network is "
      "unreachable|" },
    { "lost", "postfix/smtp",
      "4A5B6C7D8E9: lost connection with mx.d.test[192.0.2.1] while sending MAIL FROM",
      "other 4A5B6C7D8E9" },
};

static void test_delivery(void **state)
{
    (void)state;
    postfix_check_cases(delivery_cases, COUNT(delivery_cases));
}

static void test_imitation(void **state)
{
    (void)state;
    postfix_check_cases(imitation_cases, COUNT(imitation_cases));
}

static void test_cut(void **state)
{
    (void)state;
    postfix_check_cases(cut_cases, COUNT(cut_cases));
}

static void test_peer(void **state)
{
    (void)state;
    postfix_check_cases(peer_cases, COUNT(peer_cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_delivery),
        cmocka_unit_test(test_imitation),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_peer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
