#include "proto/postfix_cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/attributes.h"

#include "base/ban.h"

static const struct postfix_case connect_cases[] = {
    { "unknown client", NULL, "connect from unknown[192.0.2.1]",
      "connect - client_name=unknown| client_address=192.0.2.1|" },
    { "name and IPv6", NULL, "connect from mx.example.test[2001:db8::1]",
      "connect - client_name=mx.example.test| client_address=2001:db8::1|" },
    { "port is logged", NULL, "connect from mx.example.test[2001:db8::1]:50321",
      "connect - client_name=mx.example.test| client_address=2001:db8::1| client_port=50321|" },
    { "address not known", NULL, "connect from unknown[unknown]",
      "connect - client_name=unknown| client_address=unknown|" },
    { "cut in the address", NULL, "connect from mx.example.test[192.0", "connect -" },
};

static const struct postfix_case disconnect_cases[] = {
    { "with counts", NULL,
      "disconnect from unknown[192.0.2.1] ehlo=2 starttls=1 auth=0/1 quit=1 commands=4/5",
      "disconnect - client_name=unknown| client_address=192.0.2.1| counts=ehlo=2 starttls=1 "
      "auth=0/1 quit=1 commands=4/5|" },
    { "of old releases", NULL, "disconnect from unknown[192.0.2.1]",
      "disconnect - client_name=unknown| client_address=192.0.2.1|" },
    { "with port", NULL, "disconnect from unknown[192.0.2.1]:55729 commands=0/0",
      "disconnect - client_name=unknown| client_address=192.0.2.1| client_port=55729| "
      "counts=commands=0/0|" },
    { "blank at the end", NULL, "disconnect from unknown[192.0.2.1] ",
      "disconnect - client_name=unknown| client_address=192.0.2.1|" },
};

static const struct postfix_case lost_cases[] = {
    { "after AUTH", NULL, "lost connection after AUTH from unknown[192.0.2.1]",
      "lost_connection - client_name=unknown| client_address=192.0.2.1| stage=AUTH| reason=lost "
      "connection|" },
    { "after DATA with bytes", NULL,
      "lost connection after DATA (6253 bytes) from unknown[192.0.2.1]",
      "lost_connection - client_name=unknown| client_address=192.0.2.1| stage=DATA| reason=lost "
      "connection|" },
    { "about so many bytes", NULL,
      "lost connection after DATA (approximately 0 bytes) from unknown[192.0.2.1]",
      "lost_connection - client_name=unknown| client_address=192.0.2.1| stage=DATA| reason=lost "
      "connection|" },
    { "after the content", NULL,
      "lost connection after DATA content (6253 bytes) from unknown[192.0.2.1]",
      "lost_connection - client_name=unknown| client_address=192.0.2.1| stage=DATA content| "
      "reason=lost connection|" },
    { "with NOQUEUE", NULL, "NOQUEUE: lost connection after CONNECT from unknown[192.0.2.1]",
      "lost_connection - client_name=unknown| client_address=192.0.2.1| stage=CONNECT| reason=lost "
      "connection|" },
    { "timeout", NULL, "timeout after END-OF-MESSAGE from localhost[127.0.0.1]",
      "lost_connection - client_name=localhost| client_address=127.0.0.1| stage=END-OF-MESSAGE| "
      "reason=timeout|" },
    { "too many errors", NULL, "too many errors after RCPT from mx.example.test[192.0.2.1]",
      "lost_connection - client_name=mx.example.test| client_address=192.0.2.1| stage=RCPT| "
      "reason=too many errors|" },
    { "pipelining: what came too early may be a password", "postfix/submission/smtpd",
      "improper command pipelining after AUTH from unknown[192.0.2.1]: c2VjcmV0\\r\\n",
      "other - client_name=unknown| client_address=192.0.2.1| stage=AUTH| reason=improper command "
      "pipelining|" },
};

static const struct postfix_case client_cases[] = {
    { "without login", NULL, "4A5B6C7D8E9: client=mx.example.test[192.0.2.1]",
      "client 4A5B6C7D8E9 client_name=mx.example.test| client_address=192.0.2.1|" },
    { "login", "postfix/submission/smtpd",
      "4jXCS36Xbrz1bYl8: client=unknown[2001:db8::1], sasl_method=PLAIN, "
      "sasl_username=alice@example.test",
      "client 4jXCS36Xbrz1bYl8 client_name=unknown| client_address=2001:db8::1| sasl_method=PLAIN| "
      "sasl_username=alice@example.test|" },
    { "login and port", "postfix/submission/smtpd",
      "4A5B6C7D8E9: client=unknown[192.0.2.1]:1025, sasl_method=LOGIN, sasl_username=alice",
      "client 4A5B6C7D8E9 client_name=unknown| client_address=192.0.2.1| client_port=1025| "
      "sasl_method=LOGIN| sasl_username=alice|" },
    { "port not known", NULL,
      "4A5B6C7D8E9: client=unknown[192.0.2.1]:unknown, sasl_method=LOGIN, sasl_username=alice",
      "client 4A5B6C7D8E9 client_name=unknown| client_address=192.0.2.1| sasl_method=LOGIN| "
      "sasl_username=alice|" },
    { "all there is", "postfix/submission/smtpd",
      "4A5B6C7D8E9: client=a.test[192.0.2.1], sasl_method=PLAIN, sasl_username=al, "
      "sasl_sender=<bob@example.test>, orig_queue_id=F00D1, orig_client=b.test[192.0.2.2]",
      "client 4A5B6C7D8E9 client_name=a.test| client_address=192.0.2.1| sasl_method=PLAIN| "
      "sasl_username=al| sasl_sender=bob@example.test| orig_queue_id=F00D1| "
      "orig_client=b.test[192.0.2.2]|" },
    { "sasl_sender alone", NULL,
      "4A5B6C7D8E9: client=a.test[192.0.2.1], sasl_sender=bob@example.test",
      "client 4A5B6C7D8E9 client_name=a.test| client_address=192.0.2.1| "
      "sasl_sender=bob@example.test|" },
    { "forwarded by a content filter", NULL,
      "4A5B6C7D8E9: client=localhost[127.0.0.1], orig_queue_id=4jXCS36Xbrz1bYl8, "
      "orig_client=b.test[192.0.2.2]",
      "client 4A5B6C7D8E9 client_name=localhost| client_address=127.0.0.1| "
      "orig_queue_id=4jXCS36Xbrz1bYl8| orig_client=b.test[192.0.2.2]|" },
    { "orig_client alone", NULL,
      "4A5B6C7D8E9: client=localhost[127.0.0.1], orig_client=b.test[192.0.2.2]",
      "client 4A5B6C7D8E9 client_name=localhost| client_address=127.0.0.1| "
      "orig_client=b.test[192.0.2.2]|" },
    { "login name with comma", "postfix/submission/smtpd",
      "4A5B6C7D8E9: client=a.test[192.0.2.1], sasl_method=PLAIN, sasl_username=Doe, Jane, "
      "orig_client=b.test[192.0.2.2]",
      "client 4A5B6C7D8E9 client_name=a.test| client_address=192.0.2.1| sasl_method=PLAIN| "
      "sasl_username=Doe, Jane| orig_client=b.test[192.0.2.2]|" },
    { "login name like a field", "postfix/submission/smtpd",
      "4A5B6C7D8E9: client=a.test[192.0.2.1], sasl_method=PLAIN, sasl_username=x, sasl_username=y",
      "client 4A5B6C7D8E9 client_name=a.test| client_address=192.0.2.1| sasl_method=PLAIN| "
      "sasl_username=x, sasl_username=y|" },
    { "before-queue proxy", NULL,
      "NOQUEUE: client=a.test[192.0.2.1], sasl_method=PLAIN, sasl_username=alice",
      "client - client_name=a.test| client_address=192.0.2.1| sasl_method=PLAIN| "
      "sasl_username=alice|" },
    { "before NOQUEUE was logged", NULL, "client=a.test[192.0.2.1]",
      "client - client_name=a.test| client_address=192.0.2.1|" },
    { "login name cut away", "postfix/submission/smtpd",
      "4A5B6C7D8E9: client=a.test[192.0.2.1], sasl_meth",
      "client 4A5B6C7D8E9 client_name=a.test| client_address=192.0.2.1|" },
};

static const struct postfix_case tls_cases[] = {
    { "to us", "postfix/submission/smtpd",
      "Anonymous TLS connection established from unknown[192.0.2.1]: TLSv1.3 with cipher "
      "TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519 server-signature ECDSA "
      "(prime256v1) server-digest SHA256",
      "tls - client_name=unknown| client_address=192.0.2.1| tls_level=Anonymous| "
      "tls_protocol=TLSv1.3| tls_cipher=TLS_AES_256_GCM_SHA384|" },
    { "from us", "postfix/smtp",
      "Untrusted TLS connection established to mx.example.test[192.0.2.1]:25: TLSv1.2 with cipher "
      "ADH-AES256-GCM-SHA384 (256/256 bits)",
      "tls - relay_name=mx.example.test| relay_address=192.0.2.1| relay_port=25| "
      "tls_level=Untrusted| tls_protocol=TLSv1.2| tls_cipher=ADH-AES256-GCM-SHA384|" },
    { "verified", "postfix/smtp",
      "Verified TLS connection established to mx.example.test[192.0.2.1]:25: TLSv1.2 with cipher A "
      "(256/256 bits)",
      "tls - relay_name=mx.example.test| relay_address=192.0.2.1| relay_port=25| "
      "tls_level=Verified| tls_protocol=TLSv1.2| tls_cipher=A|" },
    { "trusted, server name asked for", "postfix/submission/smtpd",
      "Trusted TLS connection established from unknown[192.0.2.1] to mail.example.test: TLSv1.3 "
      "with cipher A (256/256 bits)",
      "tls - client_name=unknown| client_address=192.0.2.1| tls_level=Trusted| "
      "tls_protocol=TLSv1.3| tls_cipher=A|" },
    { "taken up again", "postfix/smtp",
      "Anonymous TLS connection reused to mx.example.test[192.0.2.1]:25: TLSv1.3 with cipher A "
      "(256/256 bits)",
      "tls - relay_name=mx.example.test| relay_address=192.0.2.1| relay_port=25| "
      "tls_level=Anonymous| tls_protocol=TLSv1.3| tls_cipher=A|" },
    { "of Postfix 2.2", NULL,
      "TLS connection established from a.test[192.0.2.1]: TLSv1 with cipher DHE-RSA-AES256-SHA "
      "(256/256 bits)",
      "tls - client_name=a.test| client_address=192.0.2.1| tls_protocol=TLSv1| "
      "tls_cipher=DHE-RSA-AES256-SHA|" },
    { "of Postfix 2.2, to a name", "postfix/smtp",
      "TLS connection established to mx.example.test: TLSv1 with cipher AES256-SHA (256/256 bits)",
      "tls - tls_protocol=TLSv1| tls_cipher=AES256-SHA|" },
    { "of tlsproxy", "postfix/tlsproxy",
      "Anonymous TLS connection established from [192.0.2.1]:48602: TLSv1.2 with cipher A (128/128 "
      "bits)",
      "tls - client_address=192.0.2.1| client_port=48602| tls_level=Anonymous| "
      "tls_protocol=TLSv1.2| tls_cipher=A|" },
    { "something else", NULL, "Anonymous TLS connection wanted", "unknown -" },
};

static void test_connect(void **state)
{
    (void)state;
    postfix_check_cases(connect_cases, COUNT(connect_cases));
}

static void test_disconnect(void **state)
{
    (void)state;
    postfix_check_cases(disconnect_cases, COUNT(disconnect_cases));
}

static void test_lost(void **state)
{
    (void)state;
    postfix_check_cases(lost_cases, COUNT(lost_cases));
}

static void test_client(void **state)
{
    (void)state;
    postfix_check_cases(client_cases, COUNT(client_cases));
}

static void test_tls(void **state)
{
    (void)state;
    postfix_check_cases(tls_cases, COUNT(tls_cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_connect), cmocka_unit_test(test_disconnect),
        cmocka_unit_test(test_lost),    cmocka_unit_test(test_client),
        cmocka_unit_test(test_tls),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
