#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/test_copy.h"
#include "proto/policy.h"

#include "base/ban.h"

#define REQUEST "request=smtpd_access_policy\n"

#define WHOLE                                                                                      \
    REQUEST "protocol_state=END-OF-MESSAGE\n"                                                      \
            "protocol_name=ESMTP\n"                                                                \
            "client_address=2001:db8::1\n"                                                         \
            "client_name=pc.example.test\n"                                                        \
            "client_port=40001\n"                                                                  \
            "reverse_client_name=pc.reverse.example.test\n"                                        \
            "server_address=192.0.2.25\n"                                                          \
            "server_port=587\n"                                                                    \
            "helo_name=[192.0.2.9]\n"                                                              \
            "sender=alice@example.test\n"                                                          \
            "recipient=bob@example.test\n"                                                         \
            "recipient_count=3\n"                                                                  \
            "queue_id=4XyZ1k2Qw3z9R8T\n"                                                           \
            "instance=5498.6b0246ab.1c2d9.0\n"                                                     \
            "size=18446744073709551615\n"                                                          \
            "etrn_domain=\n"                                                                       \
            "stress=\n"                                                                            \
            "sasl_method=PLAIN\n"                                                                  \
            "sasl_username=alice\n"                                                                \
            "sasl_sender=alice@sender.example.test\n"                                              \
            "ccert_subject=alice\n"                                                                \
            "ccert_issuer=\n"                                                                      \
            "ccert_fingerprint=\n"                                                                 \
            "ccert_pubkey_fingerprint=\n"                                                          \
            "encryption_protocol=TLSv1.3\n"                                                        \
            "encryption_cipher=TLS_AES_256_GCM_SHA384\n"                                           \
            "encryption_keysize=256\n"                                                             \
            "tls_sni=mail.example.test\n"                                                          \
            "policy_context=submission\n"                                                          \
            "compatibility_level=3.6\n"                                                            \
            "mail_version=3.12\n"                                                                  \
            "\n"
#define WHOLE_IS                                                                                   \
    {                                                                                              \
        .protocol_state = POLICY_END_OF_MESSAGE, .recipient_count = 3, .server_port = 587,         \
        .size = UINT64_MAX, .protocol_name = SLICE_INIT("ESMTP"),                                  \
        .helo_name = SLICE_INIT("[192.0.2.9]"), .queue_id = SLICE_INIT("4XyZ1k2Qw3z9R8T"),         \
        .instance = SLICE_INIT("5498.6b0246ab.1c2d9.0"),                                           \
        .sender = SLICE_INIT("alice@example.test"), .recipient = SLICE_INIT("bob@example.test"),   \
        .client_address = SLICE_INIT("2001:db8::1"), .client_port = SLICE_INIT("40001"),           \
        .client_name = SLICE_INIT("pc.example.test"),                                              \
        .reverse_client_name = SLICE_INIT("pc.reverse.example.test"),                              \
        .server_address = SLICE_INIT("192.0.2.25"), .sasl_method = SLICE_INIT("PLAIN"),            \
        .sasl_username = SLICE_INIT("alice"),                                                      \
        .sasl_sender = SLICE_INIT("alice@sender.example.test"),                                    \
        .encryption_protocol = SLICE_INIT("TLSv1.3"), .policy_context = SLICE_INIT("submission"),  \
    }

static const struct policy_request whole_is = WHOLE_IS;

/* Everything that a request says, one line each, in the order of the struct. */
static void show(struct buf *out, const struct policy_request *r)
{
    const struct slice texts[] = {
        r->protocol_name,
        r->helo_name,
        r->queue_id,
        r->instance,
        r->sender,
        r->recipient,
        r->client_address,
        r->client_port,
        r->client_name,
        r->server_address,
        r->sasl_method,
        r->sasl_username,
        r->reverse_client_name,
        r->sasl_sender,
        r->policy_context,
        r->encryption_protocol,
    };

    buf_clear(out);
    buf_printf(out, "%s %u %u %llu", policy_state_name(r->protocol_state), r->recipient_count,
               r->server_port, (unsigned long long)r->size);
    for (size_t i = 0; i < COUNT(texts); i++)
        buf_printf(out, "|%.*s", SLICE_ARG(texts[i]));
}

static void assert_same(const struct policy_request *got, const struct policy_request *want)
{
    struct buf a = buf_make(SIZE_MAX / 2), b = buf_make(SIZE_MAX / 2);

    show(&a, got);
    show(&b, want);
    if (!slice_eq(buf_slice(&a), buf_slice(&b)))
        fail_msg("got %s, want %s", a.p, b.p);
    buf_done(&a);
    buf_done(&b);
}

static const struct policy_case {
    const char *name;
    struct slice in;
    enum parse want;
    struct policy_request is;
} policy_cases[] = {
    { "every attribute", SLICE_INIT(WHOLE), PARSE_OK, WHOLE_IS },
    { "nothing but the request", SLICE_INIT(REQUEST "\n"), PARSE_OK, { 0 } },
    { "Postfix asks no state of ours",
      SLICE_INIT(REQUEST "protocol_state=XCLIENT\n\n"),
      PARSE_OK,
      { 0 } },
    { "a session on standard input",
      SLICE_INIT(REQUEST "server_port=unknown\nclient_port=unknown\nsize=\n\n"),
      PARSE_OK,
      { .client_port = SLICE_INIT("unknown") } },
    { "the last of two counts",
      SLICE_INIT(REQUEST "sender=a\nsize=1\nsender=b\nsize=2\n\n"),
      PARSE_OK,
      { .sender = SLICE_INIT("b"), .size = 2 } },
    { "'=' in a value",
      SLICE_INIT(REQUEST "recipient=odd = local@d1.test\n\n"),
      PARSE_OK,
      { .recipient = SLICE_INIT("odd = local@d1.test") } },
    { "raw UTF-8 and CR",
      SLICE_INIT(REQUEST "sender=\xc3\xa9@example.test\r\n\n"),
      PARSE_OK,
      { .sender = SLICE_INIT("\xc3\xa9@example.test\r") } },
    { "names as long as ours, and none",
      SLICE_INIT(REQUEST "Size=1\nsendes=a\nREQUEST=a\nqueue_ix=a\nhelo_namf=a\nclient_porx=a\n"
                         "sasl_usernamf=a\nprotocol_statf=a\nrecipient_counx=a\n"
                         "encryption_protocox=a\n=a\n\n"),
      PARSE_OK,
      { 0 } },
    { "largest numbers",
      SLICE_INIT(REQUEST "recipient_count=4294967295\nserver_port=65535\n\n"),
      PARSE_OK,
      { .recipient_count = UINT32_MAX, .server_port = 65535 } },

    { "an empty line only", SLICE_INIT("\n"), PARSE_BAD, { 0 } },
    { "no request=", SLICE_INIT("protocol_state=RCPT\n\n"), PARSE_BAD, { 0 } },
    { "another request", SLICE_INIT("request=junk\n\n"), PARSE_BAD, { 0 } },
    { "no '='", SLICE_INIT(REQUEST "sasl_username\n\n"), PARSE_BAD, { 0 } },
    { "no '=' before the end has come", SLICE_INIT("GET / HTTP/1.1\r\nHost: a"), PARSE_BAD, { 0 } },
    { "lines end with CR LF", SLICE_INIT("request=smtpd_access_policy\r\n\r\n"), PARSE_BAD, { 0 } },
    { "NUL in a value", SLICE_INIT(REQUEST "sender=a\0b\n\n"), PARSE_BAD, { 0 } },
    { "NUL in a name we skip", SLICE_INIT(REQUEST "a\0b=\n\n"), PARSE_BAD, { 0 } },
    { "no number", SLICE_INIT(REQUEST "size=12a\n\n"), PARSE_BAD, { 0 } },
    { "negative", SLICE_INIT(REQUEST "recipient_count=-1\n\n"), PARSE_BAD, { 0 } },
    { "too large a count", SLICE_INIT(REQUEST "recipient_count=4294967296\n\n"), PARSE_BAD, { 0 } },
    { "too large a port", SLICE_INIT(REQUEST "server_port=65536\n\n"), PARSE_BAD, { 0 } },
    { "too large a size", SLICE_INIT(REQUEST "size=18446744073709551616\n\n"), PARSE_BAD, { 0 } },
};

static enum parse parse_copy(struct slice in, size_t *seen, struct policy_request *out,
                             size_t *used, struct slice *copy)
{
    *copy = test_copy(in);
    return policy_parse(*copy, seen, out, used);
}

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(policy_cases); i++) {
        const struct policy_case *c = &policy_cases[i];
        struct policy_request got;
        struct slice copy;
        size_t used = 0, seen = 0;
        enum parse what = parse_copy(c->in, &seen, &got, &used, &copy);

        if (what != c->want)
            fail_msg("%s: got %d, want %d", c->name, what, c->want);
        if (what == PARSE_OK) {
            assert_int_equal(used, c->in.n);
            assert_same(&got, &c->is);
        }
        test_copy_free(copy);
    }
}

/* Every way to cut a request in two, and byte by byte. */
static void test_every_prefix(void **state)
{
    struct slice in = SLICE_INIT(WHOLE), copy;
    struct policy_request got;
    size_t used = 0, drip = 0;

    (void)state;
    for (size_t n = 0; n < in.n; n++) {
        size_t seen = 0;

        assert_int_equal(parse_copy(slice_head(in, n), &seen, &got, &used, &copy), PARSE_MORE);
        test_copy_free(copy);
        assert_int_equal(seen, n);
        assert_int_equal(parse_copy(in, &seen, &got, &used, &copy), PARSE_OK);
        assert_same(&got, &whole_is);
        test_copy_free(copy);
        assert_int_equal(parse_copy(slice_head(in, n), &drip, &got, &used, &copy), PARSE_MORE);
        test_copy_free(copy);
    }
    assert_int_equal(parse_copy(in, &drip, &got, &used, &copy), PARSE_OK);
    assert_int_equal(used, in.n);
    assert_same(&got, &whole_is);
    test_copy_free(copy);
}

static void test_next_follows(void **state)
{
    struct slice in = SLICE_INIT(REQUEST "sender=a\n\n" REQUEST "sender=b\n\n" REQUEST), copy;
    struct slice rest = copy = test_copy(in);
    struct policy_request got;
    size_t used = 0, seen = 0;

    (void)state;
    assert_int_equal(policy_parse(rest, &seen, &got, &used), PARSE_OK);
    assert_true(slice_eq(got.sender, SLICE("a")));
    rest = slice_from(rest, used);
    assert_int_equal(policy_parse(rest, &seen, &got, &used), PARSE_OK);
    assert_true(slice_eq(got.sender, SLICE("b")));
    rest = slice_from(rest, used);
    assert_int_equal(policy_parse(rest, &seen, &got, &used), PARSE_MORE);
    assert_int_equal(seen, sizeof(REQUEST) - 1);
    test_copy_free(copy);
}

/* A request whose last byte is byte number `n`. */
static struct slice long_request(struct buf *b, size_t n)
{
    buf_add(b, SLICE(REQUEST "helo_name="));
    while (b->n < n - 2)
        buf_add_char(b, 'h');
    buf_add(b, SLICE("\n\n"));
    return test_copy(buf_slice(b));
}

static void test_longest(void **state)
{
    for (size_t over = 0; over < 2; over++) {
        struct buf b = buf_make(2 * (size_t)POLICY_REQUEST_MAX);
        struct slice in = long_request(&b, POLICY_REQUEST_MAX + over);
        struct policy_request got;
        size_t used = 0, seen = 0;

        assert_int_equal(policy_parse(in, &seen, &got, &used), over ? PARSE_BAD : PARSE_OK);
        seen = 0;
        assert_int_equal(policy_parse(slice_head(in, in.n - 1), &seen, &got, &used),
                         over ? PARSE_BAD : PARSE_MORE);
        if (!over)
            assert_int_equal(policy_parse(in, &seen, &got, &used), PARSE_OK);
        test_copy_free(in);
        buf_done(&b);
    }
    (void)state;
}

/* A request of the largest size that comes byte by byte: reading it anew each time would take
 * minutes. The time limit of the test run is the judge. */
static void test_drip(void **state)
{
    struct buf b = buf_make(2 * (size_t)POLICY_REQUEST_MAX);
    struct slice in = long_request(&b, POLICY_REQUEST_MAX);
    struct policy_request got;
    size_t used = 0;

    (void)state;
    for (int round = 0; round < 16; round++) {
        size_t seen = 0;

        for (size_t n = 1; n < in.n; n++)
            assert_int_equal(policy_parse(slice_head(in, n), &seen, &got, &used), PARSE_MORE);
        assert_int_equal(policy_parse(in, &seen, &got, &used), PARSE_OK);
    }
    test_copy_free(in);
    buf_done(&b);
}

static void test_states(void **state)
{
    (void)state;
    for (int i = POLICY_CONNECT; i <= POLICY_ETRN; i++) {
        struct buf b = buf_make(1000);
        struct policy_request got;
        size_t used = 0, seen = 0;

        buf_printf(&b, REQUEST "protocol_state=%s\n\n", policy_state_name((enum policy_state)i));
        assert_int_equal(policy_parse(buf_slice(&b), &seen, &got, &used), PARSE_OK);
        assert_int_equal(got.protocol_state, i);
        buf_done(&b);
    }
    assert_string_equal(policy_state_name((enum policy_state)99), "OTHER");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),   cmocka_unit_test(test_every_prefix),
        cmocka_unit_test(test_drip),    cmocka_unit_test(test_next_follows),
        cmocka_unit_test(test_longest), cmocka_unit_test(test_states),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
