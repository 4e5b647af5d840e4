#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>

#include "base/attributes.h"
#include "proto/secret.h"

#include "base/ban.h"

static const struct secret_case {
    const char *name, *in, *want;
} secret_cases[] = {
    { "nothing", "", "" },
    { "ordinary", "connect from host.example.test[192.0.2.1]",
      "connect from host.example.test[192.0.2.1]" },
    { "a word about passwords", "user alice@example.test changed the password",
      "user alice@example.test changed the password" },
    { "Dovecot's verbose passwords",
      "auth: passwd-file(alice@example.test,192.0.2.1): Password mismatch (given password: a) b)",
      "auth: passwd-file(alice@example.test,192.0.2.1): Password mismatch (given password" },
    { "hashed verbose passwords", "auth: x: Password mismatch (SHA1 of given password: 5baa61)",
      "auth: x: Password mismatch (SHA1 of given password" },
    { "Dovecot's debug, from the client",
      "auth: Debug: client in: AUTH\t1\tPLAIN\tservice=imap\tresp=AGFsaWNlAHNlY3JldA==",
      "auth: Debug: client in: AUTH\t1\tPLAIN\tservice=imap\tresp=" },
    { "Dovecot's debug, from the database", "auth: Debug: OK\t1\tuser=alice\tpass=secret",
      "auth: Debug: OK\t1\tuser=alice\tpass=" },
    { "Dovecot's debug, compared", "auth: sql(Alice,192.0.2.1): SHA512-CRYPT(guess) != '$6$x'",
      "auth: sql(Alice,192.0.2.1): SHA512-CRYPT(" },
    { "Postfix -v, initial response", "< host.example.test[192.0.2.1]: AUTH PLAIN AGFsaWNlAHg=",
      "< host.example.test[192.0.2.1]: AUTH PLAIN " },
    { "in lower case", "< host.example.test[192.0.2.1]: auth login YWxpY2U=",
      "< host.example.test[192.0.2.1]: auth login " },
    { "Postfix -v, an answer", "< host.example.test[192.0.2.1]: c2VjcmV0",
      "< host.example.test[192.0.2.1]: " },
    { "an answer that begins like a verb", "< host.example.test[192.0.2.1]: datax",
      "< host.example.test[192.0.2.1]: " },
    { "Postfix -v, in a whole line",
      "Nov 22 03:04:05 mail postfix/smtpd[1]: < host.example.test[192.0.2.1]: c2VjcmV0",
      "Nov 22 03:04:05 mail postfix/smtpd[1]: < host.example.test[192.0.2.1]: " },
    { "Postfix -v, a command", "< host.example.test[192.0.2.1]: RCPT TO:<a@example.test>",
      "< host.example.test[192.0.2.1]: RCPT TO:<a@example.test>" },
    { "Postfix -v, our password", "smtp_sasl_passwd_lookup: host `a' user `b' pass `c'",
      "smtp_sasl_passwd_lookup: host `a' user `b' pass `" },
    { "Postfix -v, to Dovecot", "xsasl_dovecot_server_first: sasl_method PLAIN, init_response AGE=",
      "xsasl_dovecot_server_first: sasl_method PLAIN, init_response " },
};

static void test_shown(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(secret_cases); i++) {
        const struct secret_case *c = &secret_cases[i];
        size_t n = strlen(c->in), got;
        char *in = malloc(n + (n == 0));

        assert_non_null(in);
        memcpy(in, c->in, n);
        got = secret_shown((struct slice){ in, n });
        if (got != strlen(c->want) || memcmp(in, c->want, got) != 0)
            fail_msg("%s: got \"%.*s\", want \"%s\"", c->name, (int)got, in, c->want);
        free(in);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_shown) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
