#include "proto/understand.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/memory.h"
#include "proto/record_show.h"

#include "base/ban.h"

#define FIELDS                                                                                     \
    "user=<alice@example.test>, method=PLAIN, rip=192.0.2.1, lip=192.0.2.25, mpid=12, TLS, "       \
    "session=<s+/1>"
#define SHOWN                                                                                      \
    "client_address=192.0.2.1| protocol_name=imap| sasl_method=PLAIN| "                            \
    "sasl_username=alice@example.test|"
#define SHOWN_END "server_address=192.0.2.25| session=s+/1|"
#define ALICE "client_address=192.0.2.1| sasl_username=alice@example.test| stage=auth|"

/* The text after "dovecot: ", and the record of it. */
static const struct dovecot_case {
    const char *name, *in, *want;
} login_cases[] = {
    { "login", "imap-login: Login: " FIELDS, "login 1 " SHOWN " " SHOWN_END },
    { "level", "imap-login: Info: Login: " FIELDS, "login 1 " SHOWN " " SHOWN_END },
    { "2.4", "imap-login: Logged in: " FIELDS, "login 1 " SHOWN " " SHOWN_END },
    { "pop3", "pop3-login: Login: user=<a>, method=PLAIN, rip=::1, lip=::1, secured",
      "login 1 client_address=::1| protocol_name=pop3| sasl_method=PLAIN| sasl_username=a| "
      "server_address=::1|" },
    { "sieve", "managesieve-login: Login: user=<a>, method=PLAIN, rip=192.0.2.1, mpid=1",
      "login 1 client_address=192.0.2.1| protocol_name=sieve| sasl_method=PLAIN| "
      "sasl_username=a|" },
    { "submission", "submission-login: Login: user=<a>, rip=192.0.2.1, mpid=1, TLS",
      "login 1 client_address=192.0.2.1| protocol_name=submission| sasl_username=a|" },
    { "proxy", "imap-login: proxy(alice@example.test): started proxying to 192.0.2.9:143: " FIELDS,
      "login 1 " SHOWN " " SHOWN_END },
    { "proxy, 2.3.14", "imap-login: Started proxying to <192.0.2.9:143> (0.012 secs): " FIELDS,
      "login 1 " SHOWN " " SHOWN_END },
    { "proxy ends", "imap-login: proxy(a): disconnecting 192.0.2.1 (Disconnected by client)",
      "other 1 protocol_name=imap|" },
    { "no method, no addresses", "imap-login: Login: user=<a>, mpid=12, TLS, session=<s>",
      "login 1 protocol_name=imap| sasl_username=a| session=s|" },
    { "nothing but the name", "imap-login: Login: user=<a>",
      "login 1 protocol_name=imap| sasl_username=a|" },

    { "failed", "imap-login: Disconnected (auth failed, 3 attempts in 12 secs): " FIELDS,
      "login_failure 3 " SHOWN
      " reason=Disconnected (auth failed, 3 attempts in 12 secs)| " SHOWN_END },
    { "failed, 2.3",
      "imap-login: Disconnected: Connection closed (auth failed, 1 attempts in 2 secs): " FIELDS,
      "login_failure 1 " SHOWN
      " reason=Disconnected: Connection closed (auth failed, 1 attempts in 2 secs)| " SHOWN_END },
    { "failed, 2.4",
      "imap-login: Login aborted: Logged out (auth failed, 2 attempts in 9 secs) "
      "(auth_failed): " FIELDS,
      "login_failure 2 " SHOWN " reason=Login aborted: Logged out (auth failed, 2 attempts in 9 "
      "secs) (auth_failed)| " SHOWN_END },
    { "failed, no name",
      "imap-login: Aborted login (auth failed, 1 attempts): method=PLAIN, "
      "rip=192.0.2.1, lip=192.0.2.25, TLS: Disconnected",
      "login_failure 1 client_address=192.0.2.1| protocol_name=imap| sasl_method=PLAIN| "
      "reason=Aborted login (auth failed, 1 attempts)| server_address=192.0.2.25|" },
    { "failed, parentheses before",
      "imap-login: Disconnected: read(size=1) failed: Connection reset by peer (auth failed, 1 "
      "attempts in 0 secs): user=<a>, rip=192.0.2.1",
      "login_failure 1 client_address=192.0.2.1| protocol_name=imap| sasl_username=a| "
      "reason=Disconnected: read(size=1) failed: Connection reset by peer (auth failed, 1 attempts "
      "in 0 secs)|" },
    { "proxy, refused by the server behind",
      "imap-login: Disconnected (proxy dest auth failed): user=<a>, rip=192.0.2.1",
      "login_failure 1 client_address=192.0.2.1| protocol_name=imap| sasl_username=a| "
      "reason=Disconnected (proxy dest auth failed)|" },
    { "proxy, the line before",
      "imap-login: proxy(a): Login failed to 192.0.2.9:143: [AUTH] no: "
      "user=<a>, rip=192.0.2.1",
      "other 1 protocol_name=imap|" },
    { "disabled", "imap-login: Aborted login (user disabled): user=<a>, rip=192.0.2.1",
      "login_failure 1 client_address=192.0.2.1| protocol_name=imap| sasl_username=a| "
      "reason=Aborted login (user disabled)|" },
    { "more attempts than a counter holds",
      "imap-login: Disconnected (auth failed, 99999999999 attempts): user=<a>, rip=192.0.2.1",
      "login_failure 4294967295 client_address=192.0.2.1| protocol_name=imap| sasl_username=a| "
      "reason=Disconnected (auth failed, 99999999999 attempts)|" },
    { "no attempt",
      "imap-login: Disconnected (no auth attempts in 4 secs): user=<>, "
      "rip=192.0.2.1, lip=192.0.2.25, TLS handshaking: SSL_accept() failed: error:1:a",
      "disconnect 1 client_address=192.0.2.1| protocol_name=imap| reason=Disconnected (no auth "
      "attempts in 4 secs)| server_address=192.0.2.25|" },
    { "no TLS",
      "imap-login: Aborted login (tried to use disallowed plaintext auth): user=<>, "
      "rip=192.0.2.1",
      "disconnect 1 client_address=192.0.2.1| protocol_name=imap| reason=Aborted login (tried to "
      "use disallowed plaintext auth)|" },
    { "error", "imap-login: Error: auth: connect failed",
      "warning 1 protocol_name=imap| action=Error| reason=auth: connect failed|" },
    { "debug", "imap-login: Debug: user=<a>", "other 1 protocol_name=imap|" },
    { "cut in the name", "imap-login: Login: user=<alice@example", "unknown 1" },
    { "cut after the name", "imap-login: Login: user=<alice@example.test>, met", "unknown 1" },
    { "cut in front of the fields", "imap-login: Disconnected (auth failed, 1 attempts",
      "unknown 1" },
};

/* Names and client identifications made to look like fields. */
static const struct dovecot_case forged_cases[] = {
    { "method and address",
      "imap-login: Login: user=<x>, method=PLAIN, rip=198.51.100.1, lip=1>, method=CRAM-MD5, "
      "rip=192.0.2.1, lip=192.0.2.25, session=<s>",
      "login 1 client_address=192.0.2.1| protocol_name=imap| sasl_method=CRAM-MD5| "
      "sasl_username=x>, method=PLAIN, rip=198.51.100.1, lip=1| server_address=192.0.2.25| "
      "session=s|" },
    { "address, no method",
      "imap-login: Disconnected (tried to use disallowed plaintext auth): user=<x>, method=PLAIN, "
      "rip=198.51.100.1>, rip=192.0.2.1, lip=192.0.2.25",
      "disconnect 1 client_address=192.0.2.1| protocol_name=imap| sasl_username=x>, method=PLAIN, "
      "rip=198.51.100.1| reason=Disconnected (tried to use disallowed plaintext auth)| "
      "server_address=192.0.2.25|" },
    { "session",
      "imap-login: Login: user=<x>, session=<forged>, method=PLAIN, rip=192.0.2.1, session=<s>",
      "login 1 client_address=192.0.2.1| protocol_name=imap| sasl_method=PLAIN| sasl_username=x>, "
      "session=<forged| session=s|" },
    { "a whole line",
      "imap-login: Disconnected (auth failed, 1 attempts): user=<imap-login: Login: "
      "user=<bob>, rip=198.51.100.1>, method=PLAIN, rip=192.0.2.1",
      "login_failure 1 client_address=192.0.2.1| protocol_name=imap| sasl_method=PLAIN| "
      "sasl_username=imap-login: Login: user=<bob>, rip=198.51.100.1| reason=Disconnected (auth "
      "failed, 1 attempts)|" },
    { "attempts in the name",
      "imap-login: Disconnected (no auth attempts): user=<(auth failed, 9 attempts)>, "
      "rip=192.0.2.1",
      "disconnect 1 client_address=192.0.2.1| protocol_name=imap| sasl_username=(auth failed, 9 "
      "attempts)| reason=Disconnected (no auth attempts)|" },
    { "proxy",
      "imap-login: proxy(x): started proxying to a:1: user=<bob>, rip=198.51.100.1): Login "
      "failed to a:1: no: user=<x): started proxying to a:1: user=<bob>, "
      "rip=198.51.100.1>, method=PLAIN, rip=192.0.2.1",
      "unknown 1" },
    { "ID command",
      "imap-login: ID sent: name=x (auth failed, 9 attempts): user=<bob>, "
      "rip=198.51.100.1: user=<>, rip=192.0.2.1",
      "other 1 protocol_name=imap|" },
    { "name in auth", "auth: sql(x,198.51.100.1,192.0.2.1,<s>): Password mismatch",
      "login_failure 1 client_address=192.0.2.1| sasl_username=x,198.51.100.1| stage=auth| "
      "reason=Password mismatch| session=s|" },
    { "password in auth",
      "auth: sql(x,192.0.2.1): Password mismatch (given password: "
      "a): sql(bob,198.51.100.1): Password mismatch)",
      "login_failure 1 client_address=192.0.2.1| sasl_username=x| stage=auth| reason=Password "
      "mismatch|" },
};

static const struct dovecot_case auth_cases[] = {
    { "passwd-file", "auth: passwd-file(alice@example.test,192.0.2.1,<s>): Password mismatch",
      "login_failure 1 " ALICE " reason=Password mismatch| session=s|" },
    { "level", "auth: Info: passwd-file(alice@example.test,192.0.2.1): unknown user",
      "login_failure 1 " ALICE " reason=unknown user|" },
    { "worker",
      "auth-worker(304): pam(alice@example.test,192.0.2.1): pam_authenticate() failed: "
      "Authentication failure (Password mismatch?)",
      "login_failure 1 " ALICE " reason=pam_authenticate() failed: Authentication failure|" },
    { "worker, 2.3",
      "auth-worker(304): conn unix:auth-worker (pid=7,uid=97): auth-worker<5>: "
      "sql(alice@example.test,192.0.2.1): unknown user",
      "login_failure 1 " ALICE " reason=unknown user|" },
    { "2.4", "auth(alice@example.test,192.0.2.1,sasl:plain)<s>: sql: Password mismatch",
      "login_failure 1 client_address=192.0.2.1| sasl_method=plain| "
      "sasl_username=alice@example.test| stage=auth| reason=Password mismatch| session=s|" },
    { "worker, 2.4",
      "auth-worker(alice@example.test,192.0.2.1)<77><s>: request [1]: Info: sql: "
      "Password mismatch",
      "login_failure 1 " ALICE " reason=Password mismatch| session=s|" },
    { "IPv6", "auth: ldap(a,2001:db8::1,): invalid credentials",
      "login_failure 1 client_address=2001:db8::1| sasl_username=a| stage=auth| reason=invalid "
      "credentials|" },
    { "master user", "auth: sql(a,192.0.2.1,master,<s>): Password mismatch",
      "login_failure 1 client_address=192.0.2.1| sasl_username=a| stage=auth| reason=Password "
      "mismatch| session=s|" },
    { "no address", "auth: sql(a): Password mismatch",
      "login_failure 1 sasl_username=a| stage=auth| reason=Password mismatch|" },
    { "1.x", "dovecot: auth(default): pam(a,192.0.2.1): pam_authenticate() failed: x",
      "login_failure 1 client_address=192.0.2.1| sasl_username=a| stage=auth| "
      "reason=pam_authenticate() failed: x|" },
    { "characters",
      "auth: login(?,192.0.2.1): Username character disallowed by "
      "auth_username_chars: 0x3e (username: x>, rip=198.51.100.1)",
      "login_failure 1 client_address=192.0.2.1| stage=auth| reason=Username character disallowed "
      "by auth_username_chars: 0x3e|" },
    { "password", "auth: sql(a,192.0.2.1): Password mismatch (given password: sesame)",
      "login_failure 1 client_address=192.0.2.1| sasl_username=a| stage=auth| reason=Password "
      "mismatch|" },
    { "password's digest", "auth: sql(a,192.0.2.1): unknown user (SHA1 of given password: 21bd12)",
      "login_failure 1 client_address=192.0.2.1| sasl_username=a| stage=auth| reason=unknown "
      "user|" },
    { "not the last word",
      "auth: sql(a,192.0.2.1): unknown user (given password: sesame) - trying "
      "the next passdb",
      "other 1" },
    { "policy",
      "auth: policy(alice@example.test,192.0.2.1): Authentication failure due to policy "
      "server refusal",
      "auth_policy 1 " ALICE " reason=Authentication failure due to policy server refusal|" },
    { "query with a password", "auth: Error: sql(a,192.0.2.1): query failed: WHERE p='sesame'",
      "warning 1 action=Error|" },
    { "debug", "auth: Debug: client in: AUTH\t1\tPLAIN\tresp=AGEAc2VzYW1l", "other 1" },
    { "PAM's own", "pam_unix(dovecot:auth): authentication failure; user=a", "other 1" },
    { "unknown", "auth: something else", "unknown 1" },
    { "cut", "auth: sql(alice@example.test,192.0.2", "unknown 1" },
};

static const struct dovecot_case other_cases[] = {
    { "logout", "imap(alice@example.test)<12><s>: Disconnected: Logged out in=1 out=2",
      "logout 1 protocol_name=imap| sasl_username=alice@example.test| session=s|" },
    { "logout, 2.2", "pop3(alice@example.test): Disconnected: Logged out top=0/0, retr=0/0",
      "logout 1 protocol_name=pop3| sasl_username=alice@example.test|" },
    { "logout, pid only", "imap(a)<12>: Logged out in=1 out=2",
      "logout 1 protocol_name=imap| sasl_username=a|" },
    { "mail log", "imap(a)<12><s>: delete: box=INBOX, uid=1",
      "other 1 protocol_name=imap| session=s|" },
    { "lmtp", "lmtp(alice@example.test)<12><s:T2>: msgid=<1@x.test>: saved mail to INBOX",
      "mailbox 1 protocol_name=lmtp| recipient=alice@example.test| session=s:T2|" },
    { "lmtp, 2.2", "lmtp(12, alice@example.test): s: msgid=<1@x.test>: saved mail to INBOX",
      "mailbox 1 protocol_name=lmtp| recipient=alice@example.test|" },
    { "lmtp connects", "lmtp(12): Connect from local", "other 1 protocol_name=lmtp|" },
    { "lda", "lda(a)<12><s>: sieve: msgid=<1@x.test>: forwarded to <b@y.test>",
      "mailbox 1 recipient=a| session=s|" },
    { "delivery failed", "lmtp(a)<12><s>: Error: sieve: msgid=<1@x.test>: failed",
      "warning 1 protocol_name=lmtp| action=Error| reason=sieve: msgid=<1@x.test>: failed| "
      "session=s|" },
    { "master", "master: Dovecot v2.3.19.1 (9b53102964) starting up for imap", "other 1" },
    { "master warns", "master: Warning: Killed with signal 15 (by pid=1 uid=0 code=kill)",
      "warning 1 action=Warning|" },
    { "config", "config: Error: line 3: password = sesame", "warning 1 action=Error|" },
    { "doveadm", "doveadm(192.0.2.1): Info: command", "other 1" },
    { "unknown service", "teapot: Login: user=<a>, rip=192.0.2.1", "unknown 1" },
    { "no service", "Login", "unknown 1" },
    { "empty", "", "unknown 1" },
};

/* The record of the first `n` bytes of `in`, from a block of exactly that size. */
static char *parse(const char *in, size_t n)
{
    struct record record = { .repeat = 1 };
    char *block = memory_new(n > 0 ? n : 1, 1), *shown;
    bool known;

    memcpy(block, in, n);
    known = dovecot_parse((struct slice){ block, n }, &record);
    assert_int_equal(known, record.event != RECORD_UNKNOWN);
    shown = record_show(&record);
    free(block);
    return shown;
}

static void check(const struct dovecot_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct dovecot_case *t = &cases[i];
        char *got = parse(t->in, strlen(t->in));

        if (strcmp(got, t->want) != 0)
            fail_msg("%s:\n got  %s\n want %s", t->name, got, t->want);
        free(got);
        for (size_t cut = 0; cut < strlen(t->in); cut++) {
            got = parse(t->in, cut);
            if (strstr(got, "sesame") != NULL || strstr(got, "2VzYW1") != NULL)
                fail_msg("%s, cut to %zu bytes: a password in %s", t->name, cut, got);
            free(got);
        }
    }
}

static void test_login(void **state)
{
    (void)state;
    check(login_cases, COUNT(login_cases));
}

static void test_forged(void **state)
{
    (void)state;
    check(forged_cases, COUNT(forged_cases));
}

static void test_auth(void **state)
{
    (void)state;
    check(auth_cases, COUNT(auth_cases));
}

static void test_other(void **state)
{
    (void)state;
    check(other_cases, COUNT(other_cases));
}

/* "message repeated 3 times: [ ...]" multiplies. */
static void test_repeat(void **state)
{
    struct record record = { .repeat = 3 };

    (void)state;
    assert_true(dovecot_parse(
        SLICE("imap-login: Disconnected (auth failed, 2 attempts): user=<a>, rip=192.0.2.1"),
        &record));
    assert_int_equal(record.repeat, 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_login), cmocka_unit_test(test_forged), cmocka_unit_test(test_auth),
        cmocka_unit_test(test_other), cmocka_unit_test(test_repeat),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
