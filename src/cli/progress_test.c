#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "cli/progress.h"

#include "base/ban.h"

#define MB ((uint64_t)1000000)

static const struct progress_case {
    const char *name;
    struct logs_stats stats;
    int64_t elapsed_ms;
    size_t columns;
    const char *want;
} progress_cases[] = {
    { "half",
      { .bytes_total = 1000 * MB, .bytes_read = 500 * MB, .bytes = 500 * MB },
      1000,
      79,
      " 50 % [############............] 500 MB of 1.0 GB  500 MB/s  0:01 left" },
    { "begin",
      { .bytes_total = 1000 * MB },
      0,
      79,
      "  0 % [........................] 0.0 kB of 1.0 GB  0.0 kB/s" },
    { "packed: counted as it lies on disk",
      { .bytes_total = 10 * MB, .bytes_read = 1 * MB, .bytes = 50 * MB },
      1000,
      79,
      " 10 % [##......................] 1.0 MB of 10 MB  1.0 MB/s  0:09 left" },
    { "pipe: no end in sight",
      { .bytes_read = 3 * MB, .bytes = 30 * MB },
      2000,
      79,
      "30 MB  15 MB/s" },
    { "hours",
      { .bytes_total = 100000 * MB, .bytes_read = 10 * MB, .bytes = 10 * MB },
      1000,
      79,
      "  0 % [........................] 10 MB of 100 GB  10 MB/s  2:46 h left" },
    { "never",
      { .bytes_total = 1000000000 * MB, .bytes_read = 1, .bytes = 1 },
      1000,
      79,
      "  0 % [........................] 0.0 kB of 1000 TB  0.0 kB/s  100:00 h left" },
    { "more read than there was",
      { .bytes_total = 10 * MB, .bytes_read = 11 * MB, .bytes = 11 * MB },
      1000,
      79,
      "100 % [########################] 10 MB of 10 MB  11 MB/s  0:00 left" },
    { "narrow",
      { .bytes_total = 1000 * MB, .bytes_read = 500 * MB, .bytes = 500 * MB },
      1000,
      20,
      " 50 % [############." },
};

static void test_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(progress_cases); i++) {
        const struct progress_case *c = &progress_cases[i];
        CLEANUP(buf_done) struct buf out = buf_make(256);

        progress_text(&out, &c->stats, c->elapsed_ms, c->columns);
        if (!slice_eq(buf_slice(&out), slice_of(c->want)))
            fail_msg("%s: got \"%.*s\", want \"%s\"", c->name, SLICE_ARG(buf_slice(&out)), c->want);
    }
}

static void test_off(void **state)
{
    struct logs_stats stats = { .bytes = 1 };
    struct progress p = progress_start(true);

    (void)state;
    assert_false(p.on);
    progress_line(&p, &stats);
    progress_erase(&p);
    assert_false(p.drawn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_off),
    };

    return cmocka_run_group_tests_name("cli-progress", tests, NULL, NULL);
}
