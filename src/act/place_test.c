#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "act/place.h"

#include "base/ban.h"

enum { PATH_ROOM = 200 };

struct scene {
    char directory[PATH_ROOM], file[PATH_ROOM];
};

static int set_up(void **state)
{
    struct scene *s = calloc(1, sizeof *s);

    assert_non_null(s);
    snprintf(s->directory, sizeof s->directory, "/tmp/mailfuse-place-XXXXXX");
    assert_non_null(mkdtemp(s->directory));
    snprintf(s->file, sizeof s->file, "%.100s/locks", s->directory);
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *s = *state;
    int status;

    (void)unlink(s->file);
    status = rmdir(s->directory); /* fails when anything else was left there */
    free(s);
    return status;
}

static void assert_content(const char *path, const char *want)
{
    char got[100] = { 0 };
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    assert_true(read(fd, got, sizeof got - 1) >= 0);
    assert_string_equal(got, want);
    (void)close(fd);
}

/* All steps; NULL: no content and no installation. */
static int put(const char *path, const char *content)
{
    CLEANUP(buf_done) struct buf why = buf_make(10000);
    struct place p;
    int status = place_open(&p, path, &why);

    assert_int_equal(status != 0, why.n > 0);
    if (status == 0 && content != NULL)
        status = place_write(&p, slice_of(content));
    if (status == 0 && content != NULL)
        status = place_install(&p, "");
    place_done(&p);
    return status;
}

static void test_whole_or_not_at_all(void **state)
{
    struct scene *s = *state;
    struct stat st;

    assert_int_equal(put(s->file, "one"), 0);
    assert_content(s->file, "one");
    assert_int_equal(stat(s->file, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0644);
    assert_int_equal(chmod(s->file, 0640), 0);
    assert_int_equal(put(s->file, "two"), 0);
    assert_content(s->file, "two");
    assert_int_equal(stat(s->file, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0640);
    assert_int_equal(put(s->file, NULL), 0); /* given up on the way */
    assert_content(s->file, "two");
}

/* One that was killed has left its draft behind. */
static void test_left_overs(void **state)
{
    CLEANUP(buf_done) struct buf why = buf_make(10000);
    struct scene *s = *state;
    struct place killed;

    assert_int_equal(place_open(&killed, s->file, &why), 0);
    assert_int_equal(place_write(&killed, SLICE("half")), 0);
    assert_int_equal(put(s->file, "whole"), 0);
    assert_content(s->file, "whole");
    (void)close(killed.private_directory);
    (void)close(killed.directory);
}

static void test_links(void **state)
{
    struct scene *s = *state;
    char victim[PATH_ROOM];
    struct stat st;
    int fd;

    snprintf(victim, sizeof victim, "%.100s/victim", s->directory);
    fd = open(victim, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0 && write(fd, "mine", 4) == 4 && close(fd) == 0);
    assert_int_equal(symlink(victim, s->file), 0);
    assert_int_equal(put(s->file, "new"), 0);
    assert_content(victim, "mine");
    assert_content(s->file, "new");
    assert_true(lstat(s->file, &st) == 0 && S_ISREG(st.st_mode));
    assert_int_equal(unlink(victim), 0);
}

static const struct mode_case {
    mode_t mode;
    int want;
} mode_cases[] = {
    { 0700, 0 },  { 0755, 0 },  { 0775, -EPERM }, { 0757, -EPERM },
    { 01777, 0 }, { 01771, 0 }, { 0777, -EPERM },
};

static void test_who_may_write_beside(void **state)
{
    struct scene *s = *state;

    for (size_t i = 0; i < COUNT(mode_cases); i++) {
        int got;

        assert_int_equal(chmod(s->directory, mode_cases[i].mode), 0);
        got = put(s->file, "x");
        if (got != mode_cases[i].want)
            fail_msg("%04o: got %d, want %d", (unsigned)mode_cases[i].mode, got,
                     mode_cases[i].want);
    }
}

/* A safe directory in one that is not. */
static void test_who_may_write_above(void **state)
{
    struct scene *s = *state;
    char inner[PATH_ROOM], file[PATH_ROOM + 10];

    snprintf(inner, sizeof inner, "%.100s/inner", s->directory);
    snprintf(file, sizeof file, "%s/locks", inner);
    assert_int_equal(mkdir(inner, 0700), 0);
    assert_int_equal(put(file, "x"), 0);
    assert_int_equal(chmod(s->directory, 0777), 0);
    assert_int_equal(put(file, "y"), -EPERM);
    assert_content(file, "x");
    assert_int_equal(unlink(file), 0);
    assert_int_equal(rmdir(inner), 0);
}

static void test_paths(void **state)
{
    char text[5000];

    (void)state;
    memset(text, 'a', sizeof text);
    text[0] = '/';
    text[sizeof text - 1] = '\0';
    assert_int_equal(put("", NULL), -EINVAL);
    assert_int_equal(put("relative/locks", NULL), -EINVAL);
    assert_int_equal(put("/tmp/", NULL), -EINVAL);
    assert_int_equal(put(text, NULL), -EINVAL);
    assert_int_equal(put("/no/such/place/locks", NULL), -ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_whole_or_not_at_all, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_left_overs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_links, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_who_may_write_beside, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_who_may_write_above, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_paths, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
