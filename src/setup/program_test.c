/* program_test.c - other programs are run to their end; files are replaced as a whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "setup/program.h"
#include "setup/whole_file.h"

#include "base/ban.h"

static const struct run_case {
    const char *script;
    int status;
    const char *out, *complaint;
} run_cases[] = {
    { "echo one; echo two", 0, "one\ntwo\n", "one" },
    { "echo first >&2; echo x: fatal: second >&2; exit 3", 3, "", "x: fatal: second" },
    { "echo warning >&2; exit 1", 1, "", "warning" },
    { "kill -9 $$", 137, "", "" },
    { "cat; printf '%s' \"$HOME$LC_ALL\"", 0, "C", "C" }, /* no input, no environment */
};

static void test_run(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(run_cases); i++) {
        const struct run_case *c = &run_cases[i];
        const char *argv[] = { "/bin/sh", "-c", c->script, NULL };
        struct program_result result;

        assert_int_equal(program_capture(argv, &result), 0);
        if (result.status != c->status || strcmp(result.out.p, c->out) != 0 ||
            !slice_eq(program_complaint(&result), slice_of(c->complaint)))
            fail_msg("%s: got %d, %s, %.*s", c->script, result.status, result.out.p,
                     SLICE_ARG(program_complaint(&result)));
        program_done(&result);
    }
}

static void test_cannot_run(void **state)
{
    const char *argv[] = { "/no/such/program", NULL };
    struct program_result result;

    (void)state;
    assert_int_equal(program_capture(argv, &result), -ENOENT);
    program_done(&result);
}

/* Output of megabytes, on both ways out at once, does not block. */
static void test_much_output(void **state)
{
    const char *argv[] = { "/bin/sh", "-c",
                           "head -c 3000000 /dev/zero | tr '\\0' a; "
                           "head -c 3000000 /dev/zero | tr '\\0' b >&2",
                           NULL };
    struct program_result result;

    (void)state;
    assert_int_equal(program_capture(argv, &result), 0);
    assert_int_equal(result.status, 0);
    assert_int_equal(result.out.n, 3000000);
    assert_int_equal(result.wrong.n, 256 * 1024 - 1); /* cut */
    program_done(&result);
}

static void test_whole_file(void **state)
{
    char folder[] = "/tmp/whole-XXXXXX", path[64], link[64];
    CLEANUP(buf_done) struct buf linked = { 0 };
    CLEANUP(buf_done) struct buf text = { 0 };
    CLEANUP(buf_done) struct buf again = { 0 };
    CLEANUP(buf_done) struct buf none = { 0 };
    struct stat st;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/file", folder);
    assert_int_equal(whole_file_read(path, &none), -ENOENT);
    assert_int_equal(whole_file_write(path, SLICE("one\n"), 0640), 0);
    assert_int_equal(whole_file_read(path, &text), 0);
    assert_string_equal(text.p, "one\n");
    assert_int_equal(chmod(path, 0604), 0);
    assert_int_equal(whole_file_write(path, SLICE(""), 0640), 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0604); /* kept */
    assert_int_equal(st.st_size, 0);
    snprintf(link, sizeof link, "%s/link", folder);
    assert_int_equal(symlink("file", link), 0);
    assert_int_equal(whole_file_write(link, SLICE("two\n"), 0640), 0);
    assert_int_equal(lstat(link, &st), 0);
    assert_true(S_ISLNK(st.st_mode)); /* followed, not replaced */
    assert_int_equal(whole_file_read(path, &linked), 0);
    assert_string_equal(linked.p, "two\n");
    if (geteuid() == 0) { /* but not somebody else's */
        assert_int_equal(lchown(link, 65534, 65534), 0);
        assert_int_equal(whole_file_write(link, SLICE("three\n"), 0640), 0);
        assert_int_equal(lstat(link, &st), 0);
        assert_true(S_ISREG(st.st_mode));
    }
    assert_int_equal(unlink(link), 0);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0); /* nothing else was left behind */
    assert_int_equal(whole_file_write(path, SLICE("x"), 0640), -ENOENT);
    assert_int_equal(whole_file_read("/dev/zero", &again), -EFBIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_run),
        cmocka_unit_test(test_cannot_run),
        cmocka_unit_test(test_much_output),
        cmocka_unit_test(test_whole_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
