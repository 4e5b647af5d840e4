#include "proto/postfix_cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/attributes.h"

#include "base/ban.h"

static const struct postfix_case login_failure_cases[] = {
    { "reason", NULL,
      "warning: unknown[192.0.2.1]: SASL LOGIN authentication failed: authentication failure",
      "login_failure - client_name=unknown| client_address=192.0.2.1| sasl_method=LOGIN| "
      "reason=authentication failure|" },
    { "Postfix 3.9", "postfix/submission/smtpd",
      "warning: unknown[2001:db8::1]: SASL PLAIN authentication failed: (reason unavailable), "
      "sasl_username=alice@example.test",
      "login_failure - client_name=unknown| client_address=2001:db8::1| sasl_method=PLAIN| "
      "sasl_username=alice@example.test| reason=(reason unavailable)|" },
    { "name not known", "postfix/submission/smtpd",
      "warning: unknown[192.0.2.1]: SASL CRAM-MD5 authentication failed: Invalid authentication "
      "mechanism, sasl_username=(unavailable)",
      "login_failure - client_name=unknown| client_address=192.0.2.1| sasl_method=CRAM-MD5| "
      "reason=Invalid authentication mechanism|" },
    { "port", NULL,
      "warning: unknown[192.0.2.1]:55729: SASL LOGIN authentication failed: UGFzc3dvcmQ6",
      "login_failure - client_name=unknown| client_address=192.0.2.1| client_port=55729| "
      "sasl_method=LOGIN| reason=UGFzc3dvcmQ6|" },
    { "no reason, no blank", NULL, "warning: unknown[192.0.2.1]: SASL login authentication failed:",
      "login_failure - client_name=unknown| client_address=192.0.2.1| sasl_method=login|" },
    { "no reason", NULL, "warning: unknown[192.0.2.1]: SASL login authentication failed",
      "login_failure - client_name=unknown| client_address=192.0.2.1| sasl_method=login|" },
    { "aborted", NULL, "warning: unknown[192.0.2.1]: SASL PLAIN authentication aborted",
      "login_failure - client_name=unknown| client_address=192.0.2.1| sasl_method=PLAIN| "
      "reason=aborted|" },
    { "name like a field", "postfix/submission/smtpd",
      "warning: unknown[192.0.2.1]: SASL PLAIN authentication failed: x, sasl_username=bob, "
      "sasl_username=alice",
      "login_failure - client_name=unknown| client_address=192.0.2.1| sasl_method=PLAIN| "
      "sasl_username=bob, sasl_username=alice| reason=x|" },
    { "something else", NULL, "warning: unknown[192.0.2.1]: SASL PLAIN authentication went well",
      "warning - action=warning| reason=unknown[192.0.2.1]: SASL PLAIN authentication went well|" },
};

static const struct postfix_case warning_cases[] = {
    { "text", NULL, "warning: problem talking to server 127.0.0.1:12525: Connection refused",
      "warning - action=warning| reason=problem talking to server 127.0.0.1:12525: Connection "
      "refused|" },
    { "fatal", NULL, "fatal: watchdog timeout",
      "warning - action=fatal| reason=watchdog timeout|" },
    { "panic", NULL, "panic: myfree: corrupt or unallocated memory block",
      "warning - action=panic| reason=myfree: corrupt or unallocated memory block|" },
    { "error", "postfix/postscreen", "error: open /example: No such file or directory",
      "warning - action=error| reason=open /example: No such file or directory|" },
    { "of a message", NULL, "NOQUEUE: fatal: update queue file active/4B709F060E: File too large",
      "warning - action=fatal| reason=update queue file active/4B709F060E: File too large|" },
    { "limit", NULL,
      "warning: Connection rate limit exceeded: 31 from a.test[192.0.2.1] for service smtpd",
      "warning - client_name=a.test| client_address=192.0.2.1| action=warning| reason=Connection "
      "rate limit exceeded: 31 from a.test[192.0.2.1] for service smtpd|" },
    { "limit, name not known", "postfix/submission/smtpd",
      "warning: AUTH command rate limit exceeded: 9 from unknown[192.0.2.1] for service "
      "127.0.0.1:587",
      "warning - client_name=unknown| client_address=192.0.2.1| action=warning| reason=AUTH "
      "command rate limit exceeded: 9 from unknown[192.0.2.1] for service 127.0.0.1:587|" },
    { "what was sent may be a password", NULL,
      "warning: non-SMTP command from unknown[192.0.2.1]: c2VjcmV0",
      "warning - client_name=unknown| client_address=192.0.2.1| action=warning| reason=non-SMTP "
      "command from unknown[192.0.2.1]|" },
    { "address syntax", NULL,
      "warning: Illegal address syntax from a.test[192.0.2.1] in RCPT command: <>",
      "warning - client_name=a.test| client_address=192.0.2.1| action=warning| reason=Illegal "
      "address syntax from a.test[192.0.2.1] in RCPT command: <>|" },
    { "host name", NULL,
      "warning: hostname a.example.test does not resolve to address 2001:db8::1: Name or service "
      "not known",
      "warning - client_address=2001:db8::1| action=warning| reason=hostname a.example.test does "
      "not resolve to address 2001:db8::1: Name or service not known|" },
};

static const struct postfix_case postscreen_cases[] = {
    { "connect", "postfix/postscreen", "CONNECT from [192.0.2.1]:12345 to [192.0.2.25]:25",
      "postscreen - client_address=192.0.2.1| client_port=12345| action=CONNECT|" },
    { "pass", "postfix/postscreen", "PASS NEW [2001:db8::1]:12345",
      "postscreen - client_address=2001:db8::1| client_port=12345| action=PASS NEW|" },
    { "rank", "postfix/postscreen", "DNSBL rank 8 for [192.0.2.1]:12345",
      "postscreen - client_address=192.0.2.1| client_port=12345| action=DNSBL| dnsbl_rank=8|" },
    { "pregreet", "postfix/postscreen",
      "PREGREET 14 after 0.08 from [192.0.2.1]:59415: EHLO x\\r\\n",
      "postscreen - client_address=192.0.2.1| client_port=59415| action=PREGREET|" },
    { "hangup", "postfix/postscreen",
      "HANGUP after 1.6 from [192.0.2.1]:48119 in tests after SMTP handshake",
      "postscreen - client_address=192.0.2.1| client_port=48119| action=HANGUP|" },
    { "time limit", "postfix/postscreen", "COMMAND TIME LIMIT from [192.0.2.1]:3608 after CONNECT",
      "postscreen - client_address=192.0.2.1| client_port=3608| action=COMMAND TIME LIMIT| "
      "stage=CONNECT|" },
    { "non-SMTP", "postfix/postscreen",
      "NON-SMTP COMMAND from [192.0.2.1]:12345 after CONNECT: GET / HTTP/1.1",
      "postscreen - client_address=192.0.2.1| client_port=12345| action=NON-SMTP COMMAND| "
      "stage=CONNECT|" },
    { "no recipient", "postfix/postscreen", "DATA without valid RCPT from [192.0.2.1]:12345",
      "postscreen - client_address=192.0.2.1| client_port=12345| action=DATA without valid RCPT|" },
    { "listed", "postfix/postscreen", "DENYLISTED [192.0.2.1]:12345",
      "postscreen - client_address=192.0.2.1| client_port=12345| action=DENYLISTED|" },
    { "veto", "postfix/postscreen", "ALLOWLIST VETO [192.0.2.1]:12345",
      "postscreen - client_address=192.0.2.1| client_port=12345| action=ALLOWLIST VETO|" },
    { "cache", "postfix/postscreen",
      "cache btree:/var/lib/postfix/postscreen_cache full cleanup: retained=5 dropped=1 entries",
      "other -" },
    { "unknown", "postfix/postscreen", "SOMETHING NEW [192.0.2.1]:12345", "unknown -" },
    { "dnsblog", "postfix/dnsblog", "addr 192.0.2.1 listed by domain dnsbl.example as 127.0.0.4",
      "dnsblog - client_address=192.0.2.1| dnsbl_domain=dnsbl.example| dnsbl_reply=127.0.0.4|" },
    { "tlsproxy", "postfix/tlsproxy", "CONNECT from [192.0.2.1]:12345",
      "other - client_address=192.0.2.1| client_port=12345|" },
};

static const struct postfix_case other_cases[] = {
    { "anvil", "postfix/anvil",
      "statistics: max connection rate 1/60s for (smtp:192.0.2.1) at Nov 22 03:04:05", "anvil -" },
    { "verify", "postfix/verify",
      "cache btree:/var/lib/postfix/verify_cache full cleanup: retained=5 dropped=1 entries",
      "verify -" },
    { "scache", "postfix/scache", "statistics: start interval Nov 22 03:04:05", "statistics -" },
    { "master", "postfix/master", "terminating on signal 15", "other -" },
    { "script", "postfix/postfix-script", "stopping the Postfix mail system", "other -" },
    { "table", NULL, "table hash:/etc/postfix/helo_checks has changed -- restarting", "other -" },
    { "SSL error", NULL, "SSL_accept error from unknown[192.0.2.1]: -1",
      "other - client_name=unknown| client_address=192.0.2.1|" },
    { "unknown", NULL, "something new", "unknown -" },
    { "nothing", NULL, "", "unknown -" },
};

static void test_login_failure(void **state)
{
    (void)state;
    postfix_check_cases(login_failure_cases, COUNT(login_failure_cases));
}

static void test_warning(void **state)
{
    (void)state;
    postfix_check_cases(warning_cases, COUNT(warning_cases));
}

static void test_postscreen(void **state)
{
    (void)state;
    postfix_check_cases(postscreen_cases, COUNT(postscreen_cases));
}

static void test_other(void **state)
{
    (void)state;
    postfix_check_cases(other_cases, COUNT(other_cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_login_failure),
        cmocka_unit_test(test_warning),
        cmocka_unit_test(test_postscreen),
        cmocka_unit_test(test_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
