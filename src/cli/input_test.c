#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "cli/input.h"

#include "base/ban.h"

enum { ARGUMENTS_MAX = 8 };

static const struct input_case {
    const char *name;
    const char *arguments[ARGUMENTS_MAX];
    const char *want; /* "ok", or what the error begins with */
    bool journal;
    int year;
    int64_t since_ago_s, until_ago_s; /* 0 is "none" */
    size_t files;
} input_cases[] = {
    { "file", { "mail.log" }, "ok", .files = 1 },
    { "standard input", { "-" }, "ok", .files = 1 },
    { "files", { "a", "b", "c" }, "ok", .files = 3 },
    { "journal", { "--journal" }, "ok", .journal = true },
    { "since", { "--since", "2h", "a" }, "ok", .since_ago_s = 7200, .files = 1 },
    { "since and until",
      { "--since=2h", "--until=1h", "a" },
      "ok",
      .since_ago_s = 7200,
      .until_ago_s = 3600,
      .files = 1 },
    { "year", { "--year", "2025", "a" }, "ok", .year = 2025, .files = 1 },
    { "zone", { "--tz", "+01:00", "a" }, "ok", .files = 1 },
    { "zone after a time",
      { "--since", "2026-11-22T10:00:00", "--tz=+02:00", "a" },
      "ok",
      .since_ago_s = 14400,
      .files = 1 },
    { "nothing", { NULL }, "name a log file", .files = 0 },
    { "both", { "--journal", "a" }, "--journal reads the journal only: leave out a", .files = 0 },
    { "no time", { "--since", "soon", "a" }, "--since soon: write a time", .files = 0 },
    { "no time either", { "--until", "", "a" }, "--until : write a time", .files = 0 },
    { "window upside down",
      { "--since=1h", "--until=2h", "a" },
      "--since 1h is later than",
      .files = 0 },
    { "no zone", { "--tz", "Moon/Base", "a" }, "--tz Moon/Base: no such zone", .files = 0 },
    { "no year", { "--year", "26", "a" }, "--year 26: write a year", .files = 0 },
};

/* Reads the options as a subcommand does; `error` is "ok" when all is well. */
static void read_options(const char *const *arguments, struct input *in, struct wall now,
                         char *error, size_t error_room)
{
    static const struct option options[] = { INPUT_OPTIONS, { NULL, 0, NULL, 0 } };
    char *argv[ARGUMENTS_MAX + 2] = { strdup("test") };
    int argc = 1, option;
    bool fine = true;

    for (; arguments[argc - 1] != NULL; argc++)
        argv[argc] = strdup(arguments[argc - 1]);
    optind = 0; /* start afresh: getopt(3), notes of the GNU library */
    while (fine && (option = getopt_long(argc, argv, "", options, NULL)) != -1)
        fine = input_take(in, option, optarg, error, error_room) == 1;
    if (fine && input_ready(in, argv + optind, (size_t)(argc - optind), now, error, error_room))
        snprintf(error, error_room, "ok");
    for (int i = 0; i < ARGUMENTS_MAX + 2; i++)
        free(argv[i]);
}

static void test_input(void **state)
{
    const struct civil noon = { .year = 2026, .month = 11, .day = 22, .hour = 12 };
    struct wall now = civil_to_wall(&noon, 0);

    (void)state;
    for (size_t i = 0; i < COUNT(input_cases); i++) {
        const struct input_case *c = &input_cases[i];
        struct input in = { 0 };
        char error[200] = "";

        read_options(c->arguments, &in, now, error, sizeof error);
        if (!slice_starts(slice_of(error), slice_of(c->want)))
            fail_msg("%s: got \"%s\", want \"%s\"", c->name, error, c->want);
        if (strcmp(c->want, "ok") != 0)
            continue;
        assert_int_equal(in.logs.journal, c->journal);
        assert_int_equal(in.logs.year, c->year);
        assert_int_equal(in.logs.paths_n, c->files);
        assert_int_equal(in.logs.now.ms, now.ms);
        assert_int_equal(in.logs.since.ms,
                         c->since_ago_s > 0 ? now.ms - c->since_ago_s * SECOND_MS : 0);
        assert_int_equal(in.logs.until.ms,
                         c->until_ago_s > 0 ? now.ms - c->until_ago_s * SECOND_MS : 0);
    }
}

static void test_others_options(void **state)
{
    struct input in = { 0 };
    char error[8] = "";

    (void)state;
    assert_int_equal(input_take(&in, 'q', NULL, error, sizeof error), 0);
    assert_string_equal(error, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_input),
        cmocka_unit_test(test_others_options),
    };

    return cmocka_run_group_tests_name("cli-input", tests, NULL, NULL);
}
