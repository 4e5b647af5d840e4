#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "conf/conf.h"

#include "base/ban.h"

/* A folder of its own for each test. */
struct folder {
    char path[64], file[128], exceptions[128];
};

static int folder_make(void **state)
{
    struct folder *f = calloc(1, sizeof *f);

    assert_non_null(f);
    snprintf(f->path, sizeof f->path, "/tmp/conf-XXXXXX");
    assert_non_null(mkdtemp(f->path));
    snprintf(f->file, sizeof f->file, "%s/t.conf", f->path);
    snprintf(f->exceptions, sizeof f->exceptions, "%s/exceptions", f->path);
    *state = f;
    return 0;
}

static int folder_remove(void **state)
{
    struct folder *f = *state;

    (void)unlink(f->file);
    (void)unlink(f->exceptions);
    (void)rmdir(f->path);
    free(f);
    return 0;
}

static void put(const char *path, struct slice text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(text.p, 1, text.n, file), text.n);
    assert_int_equal(fclose(file), 0);
}

/* The first error has this text after its file name. */
static void assert_refused(const char *path, const char *want)
{
    CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };

    assert_null(conf_read(path, &errors));
    assert_int_equal(errors.n, 1);
    if (!slice_ends(errors.all[0].text, slice_of(want)))
        fail_msg("got %s, want %s", errors.all[0].text.p, want);
}

static void test_cannot_be_read(void **state)
{
    const struct folder *f = *state;

    assert_refused(f->file, "t.conf: No such file or directory; write the path of a file that "
                            "mailfuse may read");
    assert_refused(f->path, ": Is a directory; write the path of a file that mailfuse may read");
    assert_refused("",
                   ": No such file or directory; write the path of a file that mailfuse may read");
    assert_refused("/dev/zero", "/dev/zero: larger than 32 MB; these are no settings");
}

/* In a process that is not root. */
static void test_no_permission(void **state)
{
    const struct folder *f = *state;
    int status = 0;
    pid_t child;

    put(f->file, SLICE("sensitivity = high\n"));
    assert_int_equal(chmod(f->file, 0), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct conf_errors errors = { 0 };
        bool refused;

        if (geteuid() == 0 && setuid(65534) != 0)
            _exit(2);
        refused = conf_read(f->file, &errors) == NULL && errors.n == 1 &&
                  strstr(errors.all[0].text.p, "ermission denied") != NULL;
        _exit(refused ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void test_odd_content(void **state)
{
    const struct folder *f = *state;
    CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
    struct conf *conf;

    put(f->file, SLICE(""));
    conf = conf_read(f->file, &errors);
    assert_non_null(conf);
    assert_string_equal(conf->path, f->file);
    conf_free(conf);
    put(f->file, SLICE("sensitivity = high\r\n# \xff\r\n"));
    conf = conf_read(f->file, &errors);
    assert_non_null(conf);
    assert_true(conf->sensitivity == 1.5);
    conf_free(conf);
    put(f->file, SLICE("sensitivity = high\nge\0o = a\n"));
    assert_null(conf_read(f->file, &errors));
    assert_int_equal(errors.all[0].line, 2);
    put(f->file, SLICE("geo = \"a\0b\"\n"));
    assert_refused(f->file,
                   "t.conf:1: a byte that is not UTF-8 (0x00); save the file as UTF-8 text");
}

static void test_defaults_without_a_file(void **state)
{
    CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };

    (void)state;
    if (access(CONF_PATH, F_OK) != 0) {
        struct conf *conf = conf_read(NULL, &errors);

        assert_non_null(conf);
        assert_string_equal(conf->path, "");
        conf_free(conf);
    }
}

static void test_exceptions(void **state)
{
    const struct folder *f = *state;
    CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
    struct conf *conf;

    put(f->file, SLICE("exceptions = \"exceptions\"\n"));
    assert_refused(f->file, "/exceptions: No such file or directory; make that file, even an empty "
                            "one, or leave the key out");
    put(f->exceptions, SLICE(""));
    conf = conf_read(f->file, &errors);
    assert_non_null(conf);
    assert_int_equal(conf->exceptions_n, 0);
    conf_free(conf);
    put(f->exceptions, SLICE("alice 2026-12-01..2026-12-24 never-hold y\n"));
    conf = conf_read(f->file, &errors);
    assert_non_null(conf);
    assert_int_equal(conf->exceptions_n, 1);
    conf_free(conf);
    put(f->exceptions, SLICE("alice\n"));
    assert_refused(f->file,
                   "alice@example.test 2026-12-01..2026-12-24 never-hold Christmas letter\"");
}

/* Errors of both files are told at once, those of the settings first. */
static void test_errors_of_both(void **state)
{
    const struct folder *f = *state;
    CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };

    put(f->file, SLICE("exceptions = \"exceptions\"\nsensitivity = 9\nbogus = 1\n"));
    put(f->exceptions, SLICE("alice\n"));
    assert_null(conf_read(f->file, &errors));
    assert_int_equal(errors.n, 3);
    assert_int_equal(errors.all[0].line, 2);
    assert_int_equal(errors.all[1].line, 3);
    assert_true(slice_eq(errors.all[2].file, slice_of(f->exceptions)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_cannot_be_read, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(test_no_permission, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(test_odd_content, folder_make, folder_remove),
        cmocka_unit_test(test_defaults_without_a_file),
        cmocka_unit_test_setup_teardown(test_exceptions, folder_make, folder_remove),
        cmocka_unit_test_setup_teardown(test_errors_of_both, folder_make, folder_remove),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
