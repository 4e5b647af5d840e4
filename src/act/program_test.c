#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "act/program.h"
#include "base/memory.h"

#include "base/ban.h"

static const struct program_case {
    const char *argv[5];
    const char *input;
    int want;
    const char *output;
} program_cases[] = {
    { { "/bin/cat", NULL }, "one\ntwo\n", 0, "one\ntwo\n" },
    { { "/bin/cat", NULL }, "", 0, "" },
    { { "/bin/sh", "-c", "exit 7", NULL }, "not read", 7, "" },
    { { "/bin/sh", "-c", "echo out; echo err >&2", NULL }, "", 0, "out\nerr\n" },
    { { "/bin/sh", "-c", "kill -9 $$", NULL }, "", 128 + 9, "" },
    { { "/usr/bin/env", NULL }, "", 0, "PATH=/usr/sbin:/usr/bin:/sbin:/bin\nLC_ALL=C\n" },
    { { "/bin/pwd", NULL }, "", 0, "/\n" },
    { { "/bin/sh", "-c", "cd /proc/self/fd; echo *", NULL }, "", 0, "0 1 2 3\n" },
    { { "/no/such/program", NULL },
      "",
      127,
      "cannot execute /no/such/program: No such file or directory\n" },
    { { "cat", NULL }, "", -EINVAL, "" },
};

static void test_programs(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(program_cases); i++) {
        const struct program_case *c = &program_cases[i];
        CLEANUP(buf_done) struct buf output = buf_make(1000);
        int got = program_await(c->argv, slice_of(c->input), &output);

        if (got != c->want || !slice_eq(buf_slice(&output), slice_of(c->output)))
            fail_msg("%s %s: got %d '%.*s', want %d '%s'", c->argv[0],
                     c->argv[1] != NULL ? c->argv[1] : "", got, SLICE_ARG(buf_slice(&output)),
                     c->want, c->output);
    }
}

/* More than a pipe holds, both ways at once. */
static void test_much(void **state)
{
    const char *const argv[] = { "/bin/cat", NULL };
    size_t n = 3 << 20;
    char *bytes = memory_new(n, 1);
    CLEANUP(buf_done) struct buf output = buf_make(2 * n);

    (void)state;
    for (size_t i = 0; i < n; i++)
        bytes[i] = (char)(i % 251);
    assert_int_equal(program_await(argv, (struct slice){ bytes, n }, &output), 0);
    assert_int_equal(output.n, n);
    assert_memory_equal(output.p, bytes, n);
    free(bytes);
}

/* What does not fit goes at the front. */
static void test_end_is_kept(void **state)
{
    const char *const argv[] = { "/bin/sh", "-c", "seq 100000; echo Deleted: 5 messages", NULL };
    CLEANUP(buf_done) struct buf output = buf_make(8192);

    (void)state;
    assert_int_equal(program_await(argv, (struct slice){ 0 }, &output), 0);
    assert_true(output.full && output.n <= 8192 && output.n >= 1000);
    assert_true(slice_ends(buf_slice(&output), SLICE("99999\n100000\nDeleted: 5 messages\n")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_programs),
        cmocka_unit_test(test_much),
        cmocka_unit_test(test_end_is_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
