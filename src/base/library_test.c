#include <archive.h>
#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <unbound.h>

#include <cmocka.h>

#include "base/library.h"

#include "base/ban.h"

#define FUNCTIONS(X) X(archive_version_number) X(archive_version_string)

struct versions {
    FUNCTIONS(LIBRARY_POINTER)
};

static void test_functions(void **state)
{
    static const char *const names[] = { FUNCTIONS(LIBRARY_NAME) };
    struct versions lib = { 0 };

    (void)state;
    assert_null(library_load(LIBRARY_ARCHIVE, names, COUNT(names), &lib));
    assert_int_equal(lib.archive_version_number(), archive_version_number());
    assert_string_equal(lib.archive_version_string(), archive_version_string());
    assert_int_equal(lib.archive_version_number() / 1000000, ARCHIVE_VERSION_NUMBER / 1000000);
}

static void test_what_is_missing_is_named(void **state)
{
    static const char *const names[] = { "archive_version_number", "archive_no_such" };
    struct versions lib = { 0 };
    const char *why = library_load(LIBRARY_ARCHIVE, names, COUNT(names), &lib);

    (void)state;
    assert_non_null(why);
    assert_non_null(strstr(why, "archive_no_such"));
    why = library_load("libmailfuse-none.so.1", names, COUNT(names), &lib);
    assert_non_null(why);
    assert_non_null(strstr(why, "libmailfuse-none.so.1"));
}

/* Those whose headers the program was compiled with, and which this test is linked with. */
static void test_names_are_those_of_the_headers(void **state)
{
    static const struct {
        const char *function, *want;
    } cases[] = {
        { "archive_version_number", LIBRARY_ARCHIVE },
        { "sd_booted", LIBRARY_SYSTEMD },
        { "ub_version", LIBRARY_UNBOUND },
    };

    (void)state;
    assert_true(archive_version_number() > 0 && sd_booted() >= 0 && ub_version() != NULL);
    assert_int_equal(library_load_all(), 0);
    for (size_t i = 0; i < COUNT(cases); i++) {
        void *function = dlsym(RTLD_DEFAULT, cases[i].function);
        void *library = dlopen(cases[i].want, RTLD_NOW | RTLD_NOLOAD);
        const char *name;
        Dl_info info;

        assert_non_null(library); /* there already: it is the same */
        dlclose(library);
        assert_true(dladdr(function, &info) != 0);
        name = strrchr(info.dli_fname, '/');
        assert_non_null(name);
        assert_string_equal(name + 1, cases[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_functions),
        cmocka_unit_test(test_what_is_missing_is_named),
        cmocka_unit_test(test_names_are_those_of_the_headers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
