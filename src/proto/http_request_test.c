#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/test_copy.h"
#include "proto/http_request.h"

#include "base/ban.h"

#define HOST "Host: a\r\n"

static const struct ok_case {
    const char *in, *path, *query;
    uint64_t length;
    bool keep_alive, expects;
} ok_cases[] = {
    { "GET / HTTP/1.1\r\n" HOST "\r\n", "/", "", 0, true, false },
    { "\r\nGET / HTTP/1.1\r\n" HOST "\r\n", "/", "", 0, true, false },
    { "POST /?command=allow HTTP/1.1\r\n" HOST "Content-Length: 17\r\n\r\n{", "/", "command=allow",
      17, true, false },
    { "POST /command/report HTTP/1.1\r\nhost:a\r\ncontent-length:0\t \r\n\r\n", "/command/report",
      "", 0, true, false },
    { "GET /a?b?c HTTP/1.1\r\n" HOST "\r\n", "/a", "b?c", 0, true, false },
    { "GET http://127.0.0.1:8084/a?b HTTP/1.1\r\n" HOST "\r\n", "/a", "b", 0, true, false },
    { "GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", "/", "", 0, false, false },
    { "GET / HTTP/1.1\r\n" HOST "Connection: Upgrade, Close\r\n\r\n", "/", "", 0, false, false },
    { "GET / HTTP/1.0\r\n\r\n", "/", "", 0, false, false },
    { "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", "/", "", 0, true, false },
    { "POST / HTTP/1.1\r\n" HOST "Expect: 100-Continue\r\nContent-Length: 5\r\n\r\n", "/", "", 5,
      true, true },
    { "GET / HTTP/1.9\r\n" HOST "A: \x80\xff\r\nB:\r\n\r\n", "/", "", 0, true, false },
};

static void requests(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ok_cases); i++) {
        const struct ok_case *c = &ok_cases[i];
        struct slice in = test_copy(slice_of(c->in));
        struct http_request got = { 0 };
        size_t used = 0;
        enum http_parse parsed = http_request_parse(in, &got, &used);

        if (parsed != HTTP_OK || used == 0 || used > in.n || in.p[used - 1] != '\n')
            fail_msg("%s: got %d, %zu bytes", c->in, (int)parsed, used);
        if (!slice_eq(got.path, slice_of(c->path)) || !slice_eq(got.query, slice_of(c->query)) ||
            got.length != c->length || got.keep_alive != c->keep_alive || got.expects != c->expects)
            fail_msg("%s: got %.*s ? %.*s, %d bytes, %d %d", c->in, SLICE_ARG(got.path),
                     SLICE_ARG(got.query), (int)got.length, got.keep_alive, got.expects);
        test_copy_free(in);
    }
}

static const struct bad_case {
    const char *in;
    enum http_parse want;
} bad_cases[] = {
    { "", HTTP_MORE },
    { "GET / HTTP/1.1\r\n" HOST, HTTP_MORE },
    { "\r\n\r\n", HTTP_MORE },
    { "\r\nGET /", HTTP_MORE },
    { "\r\n\r\nGET / HTTP/1.1\r\n" HOST "\r\n", HTTP_BAD },
    { "GET / HTTP/1.1\r\n\r\n", HTTP_BAD }, /* no Host */
    { "GET / HTTP/1.1\r\n" HOST HOST "\r\n", HTTP_BAD },
    { "GET / HTTP/2.0\r\n" HOST "\r\n", HTTP_VERSION_TOO_HIGH },
    { "GET / HTTP/0.9\r\n\r\n", HTTP_BAD },
    { "GET / HTTP/1.1 \r\n" HOST "\r\n", HTTP_BAD },
    { "GET / http/1.1\r\n" HOST "\r\n", HTTP_BAD },
    { "GET /\r\n\r\n", HTTP_BAD },
    { "GET  / HTTP/1.1\r\n" HOST "\r\n", HTTP_BAD },
    { "G T / HTTP/1.1\r\n" HOST "\r\n", HTTP_BAD },
    { " / HTTP/1.1\r\n" HOST "\r\n", HTTP_BAD },
    { "GET /\x01 HTTP/1.1\r\n" HOST "\r\n", HTTP_BAD },
    { "GET a HTTP/1.1\r\n" HOST "\r\n", HTTP_BAD },
    { "OPTIONS * HTTP/1.1\r\n" HOST "\r\n", HTTP_BAD },
    { "GET http://a HTTP/1.1\r\n" HOST "\r\n", HTTP_BAD },
    { "GET / HTTP/1.1\nHost: a\n\n", HTTP_MORE },
    { "GET / HTTP/1.1\n" HOST "\r\n\r\n", HTTP_BAD },
    { "GET / HTTP/1.1\r\n" HOST "A : b\r\n\r\n", HTTP_BAD },
    { "GET / HTTP/1.1\r\n" HOST "A: b\r\n c\r\n\r\n", HTTP_BAD }, /* folded */
    { "GET / HTTP/1.1\r\n" HOST "A: b\rc\r\n\r\n", HTTP_BAD },
    { "GET / HTTP/1.1\r\n" HOST "A: b\nc: d\r\n\r\n", HTTP_BAD },
    { "GET / HTTP/1.1\r\n" HOST ": b\r\n\r\n", HTTP_BAD },
    { "GET / HTTP/1.1\r\n" HOST "ab\r\n\r\n", HTTP_BAD },
    { "POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nContent-Length: 1\r\n\r\n", HTTP_BAD },
    { "POST / HTTP/1.1\r\n" HOST "Content-Length: 1, 1\r\n\r\n", HTTP_BAD },
    { "POST / HTTP/1.1\r\n" HOST "Content-Length: -1\r\n\r\n", HTTP_BAD },
    { "POST / HTTP/1.1\r\n" HOST "Content-Length: +1\r\n\r\n", HTTP_BAD },
    { "POST / HTTP/1.1\r\n" HOST "Content-Length: 0x1\r\n\r\n", HTTP_BAD },
    { "POST / HTTP/1.1\r\n" HOST "Content-Length:\r\n\r\n", HTTP_BAD },
    { "POST / HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999\r\n\r\n", HTTP_BAD },
    { "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n", HTTP_LENGTH_REQUIRED },
    { "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
      HTTP_BAD },
};

static void what_is_no_request(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bad_cases); i++) {
        const struct bad_case *c = &bad_cases[i];
        struct slice in = test_copy(slice_of(c->in));
        struct http_request got = { .length = 42 };
        size_t used = 42;
        enum http_parse parsed = http_request_parse(in, &got, &used);

        if (parsed != c->want || used != 42 || got.length != 42)
            fail_msg("%s: got %d, want %d", c->in, (int)parsed, (int)c->want);
        test_copy_free(in);
    }
}

static void a_nul_is_refused(void **state)
{
    struct http_request got;
    size_t used;

    (void)state;
    assert_int_equal(http_request_parse(SLICE("GET /\0 HTTP/1.1\r\n" HOST "\r\n"), &got, &used),
                     HTTP_BAD);
    assert_int_equal(http_request_parse(SLICE("GET / HTTP/1.1\r\nHost: \0\r\n\r\n"), &got, &used),
                     HTTP_BAD);
    assert_int_equal(http_request_parse(SLICE("GET / HTTP/1.1\r\nHo\0st: a\r\n\r\n"), &got, &used),
                     HTTP_BAD);
}

static void credentials(void **state)
{
    struct http_request got = { 0 };
    size_t used;

    (void)state;
    assert_int_equal(http_request_parse(SLICE("GET / HTTP/1.1\r\n" HOST "x-api-key:  secret \r\n"
                                              "Authorization: Basic YTpi\r\n\r\n"),
                                        &got, &used),
                     HTTP_OK);
    assert_true(slice_eq(got.api_key, SLICE("secret")));
    assert_true(slice_eq(got.authorization, SLICE("Basic YTpi")));
}

/* A head without end, and one of many fields. */
static void limits(void **state)
{
    char *text = test_malloc(2 * HTTP_HEAD_MAX);
    struct http_request got;
    size_t used, n = 0;

    (void)state;
    memset(text, 'A', 2 * HTTP_HEAD_MAX);
    assert_int_equal(http_request_parse((struct slice){ text, HTTP_HEAD_MAX - 1 }, &got, &used),
                     HTTP_MORE);
    assert_int_equal(http_request_parse((struct slice){ text, HTTP_HEAD_MAX }, &got, &used),
                     HTTP_HEAD_TOO_LARGE);
    memcpy(text + HTTP_HEAD_MAX, "\r\n\r\n", 4);
    assert_int_equal(http_request_parse((struct slice){ text, HTTP_HEAD_MAX + 4 }, &got, &used),
                     HTTP_HEAD_TOO_LARGE);
    n += (size_t)snprintf(text, 64, "GET / HTTP/1.1\r\n" HOST);
    for (int i = 0; i < 64; i++)
        n += (size_t)snprintf(text + n, 64, "A: b\r\n");
    n += (size_t)snprintf(text + n, 64, "\r\n");
    assert_int_equal(http_request_parse((struct slice){ text, n }, &got, &used), HTTP_BAD);
    test_free(text);
}

/* Of a whole head no beginning is one. */
static void every_beginning_wants_more(void **state)
{
    struct slice all = SLICE("POST /?command=allow HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\n");

    (void)state;
    for (size_t n = 0; n < all.n; n++) {
        struct slice in = test_copy(slice_head(all, n));
        struct http_request got;
        size_t used;

        assert_int_equal(http_request_parse(in, &got, &used), HTTP_MORE);
        test_copy_free(in);
    }
}

static const struct query_case {
    const char *query, *want;
} query_cases[] = {
    { "command=allow", "allow" },
    { "a=b&command=allow", "allow" },
    { "command=allow&command=report", "allow" },
    { "&&command=allow&", "allow" },
    { "command=", "" },
    { "command", "" },
    { "xcommand=allow", "" },
    { "", "" },
};

static void queries(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(query_cases); i++) {
        struct slice got = http_query_value(slice_of(query_cases[i].query), SLICE("command"));

        if (!slice_eq(got, slice_of(query_cases[i].want)))
            fail_msg("%s: got %.*s", query_cases[i].query, SLICE_ARG(got));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests),         cmocka_unit_test(what_is_no_request),
        cmocka_unit_test(a_nul_is_refused), cmocka_unit_test(credentials),
        cmocka_unit_test(limits),           cmocka_unit_test(every_beginning_wants_more),
        cmocka_unit_test(queries),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
