#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/test_copy.h"
#include "courier/deliver.h"
#include "courier/message.h"
#include "courier/secret.h"
#include "courier/sign.h"

#include "base/ban.h"

static void assert_same(struct slice got, struct slice want)
{
    if (!slice_eq(got, want))
        fail_msg("got '%.*s', want '%.*s'", SLICE_ARG(got), SLICE_ARG(want));
}

/* Figures from Python's hmac. */
static void test_signature(void **state)
{
    char long_key[200];
    struct buf out = buf_make(100), tight = buf_make(20);

    (void)state;
    memset(long_key, 'k', sizeof long_key);
    assert_true(sign_add(&out, SLICE("key"), 1700000000, SLICE("{\"a\":1}")));
    assert_same(buf_slice(&out),
                SLICE("t=1700000000,"
                      "v1=a438e398bfafc57e4396bb7fc2304422f0f768e965d073ca313cb52e22e6ad03"));
    buf_clear(&out);
    assert_true(sign_add(&out, (struct slice){ long_key, sizeof long_key }, 0, SLICE("")));
    assert_same(buf_slice(&out),
                SLICE("t=0,v1=76a82ba859636cc3081c72aa270fd66ac81a202f8182404e7752795c6e7ba88f"));
    assert_false(sign_add(&tight, SLICE("key"), 0, SLICE("")));
    buf_done(&out);
    buf_done(&tight);
}

static const struct message_case {
    struct slice in, want;
} message_cases[] = {
    { SLICE_INIT(""), SLICE_INIT("") },
    { SLICE_INIT("a"), SLICE_INIT("a\r\n") },
    { SLICE_INIT("a\r\n"), SLICE_INIT("a\r\n") },
    { SLICE_INIT("a\nb\rc\r\nd"), SLICE_INIT("a\r\nb\r\nc\r\nd\r\n") },
    { SLICE_INIT("\r\r\n\n\r"), SLICE_INIT("\r\n\r\n\r\n\r\n") },
    { SLICE_INIT("\r\0\n.\0\r\n"), SLICE_INIT("\r\n\r\n.\r\n") },
    { SLICE_INIT("\0"), SLICE_INIT("") },
    { SLICE_INIT("a\0"), SLICE_INIT("a\r\n") },
};

static void test_lines_of_a_message(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(message_cases); i++) {
        struct slice copy = test_copy(message_cases[i].in);
        struct buf out = buf_make(2 * copy.n + 2);

        message_lines(&out, copy);
        assert_false(out.full);
        assert_same(buf_slice(&out), message_cases[i].want);
        buf_done(&out);
        test_copy_free(copy);
    }
}

static void test_codes_of_webhooks(void **state)
{
    static const struct {
        long code;
        enum courier_result want;
    } cases[] = {
        { 0, COURIER_TEMPORARY },   { 100, COURIER_TEMPORARY }, { 200, COURIER_OK },
        { 299, COURIER_OK },        { 300, COURIER_PERMANENT }, { 302, COURIER_PERMANENT },
        { 400, COURIER_PERMANENT }, { 408, COURIER_TEMPORARY }, { 410, COURIER_PERMANENT },
        { 425, COURIER_TEMPORARY }, { 429, COURIER_TEMPORARY }, { 499, COURIER_PERMANENT },
        { 500, COURIER_TEMPORARY }, { 599, COURIER_TEMPORARY }, { 999, COURIER_TEMPORARY },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        print_message("%ld\n", cases[i].code);
        assert_int_equal(webhook_judge(cases[i].code), cases[i].want);
    }
}

enum { SIGNAL_KILL = 9, CODE = 8 /* bits that an exit status is moved by */ };

static void test_ends_of_commands(void **state)
{
    static const struct {
        int status;
        bool late;
        const char *said, *words;
        enum courier_result want;
    } cases[] = {
        { 0, false, "", "status 0", COURIER_OK },
        { 0, false, "fine\nmore", "status 0: fine", COURIER_OK },
        { 1 << CODE, false, " no\t\r\n", "status 1: no", COURIER_PERMANENT },
        { EX_TEMPFAIL << CODE, false, "\nlater", "status 75", COURIER_TEMPORARY },
        { 126 << CODE, false, "", "status 126", COURIER_TEMPORARY },
        { 127 << CODE, false, "", "status 127", COURIER_TEMPORARY },
        { 128 << CODE, false, "", "status 128", COURIER_PERMANENT },
        { SIGNAL_KILL, false, "", "ended by signal 9", COURIER_TEMPORARY },
        { SIGNAL_KILL, true, "here", "took too long: here", COURIER_TEMPORARY },
        { 0, true, "", "took too long", COURIER_TEMPORARY },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct outcome o = outcome_make();

        command_judge(cases[i].status, cases[i].late, slice_of(cases[i].said), &o);
        assert_same(buf_slice(&o.words), slice_of(cases[i].words));
        assert_int_equal(o.result, cases[i].want);
        buf_done(&o.words);
    }
}

static void test_secrets(void **state)
{
    static const struct {
        struct slice in;
        const char *want; /* NULL: refused */
    } cases[] = {
        { SLICE_INIT("key"), "key" },     { SLICE_INIT("key\n"), "key" },
        { SLICE_INIT("key\r\n"), "key" }, { SLICE_INIT(" a b \n"), " a b " },
        { SLICE_INIT(""), NULL },         { SLICE_INIT("\n"), NULL },
        { SLICE_INIT("a\nb\n"), NULL },   { SLICE_INIT("a\rb"), NULL },
        { SLICE_INIT("a\0b"), NULL },     { SLICE_INIT("key\n\n"), NULL },
    };
    char name[] = "/tmp/mailfuse-secret-XXXXXX", out[SECRET_MAX + 1], big[SECRET_MAX + 10];
    int fd = mkstemp(name);
    struct outcome o = outcome_make();

    (void)state;
    assert_true(fd >= 0);
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(ftruncate(fd, 0), 0);
        assert_int_equal(pwrite(fd, cases[i].in.p, cases[i].in.n, 0), cases[i].in.n);
        assert_int_equal(secret_read(slice_of(name), out, &o), cases[i].want != NULL);
        if (cases[i].want != NULL)
            assert_string_equal(out, cases[i].want);
    }
    memset(big, 'x', sizeof big);
    for (size_t n = SECRET_MAX - 1; n < SECRET_MAX + 5; n++) {
        big[n] = '\n';
        assert_int_equal(pwrite(fd, big, n + 1, 0), n + 1);
        assert_int_equal(secret_read(slice_of(name), out, &o), n <= SECRET_MAX);
        big[n] = 'x';
    }
    assert_int_equal(unlink(name), 0);
    assert_false(secret_read(slice_of(name), out, &o));
    assert_int_equal(o.result, COURIER_TEMPORARY);
    (void)close(fd);
    buf_done(&o.words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signature),         cmocka_unit_test(test_lines_of_a_message),
        cmocka_unit_test(test_codes_of_webhooks), cmocka_unit_test(test_ends_of_commands),
        cmocka_unit_test(test_secrets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
