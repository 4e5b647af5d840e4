#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/memory.h"
#include "watch/fixture.h"

#include "base/ban.h"

enum { FILES_MAX = 4 };

struct file {
    const char *name, *date, *text;
};

static struct wall day(int year, int month, int day_of_month)
{
    struct civil c = { .year = year, .month = month, .day = day_of_month };

    return civil_to_wall(&c, 0);
}

static const struct logs_case {
    const char *name;
    struct file files[FILES_MAX];
    const char *want, *want_warnings;
    int year;
    int since_day, until_day; /* of November 2026; 0 is none */
} logs_cases[] = {
    { "one file",
      { { "a", "2026-11-22", "Nov 21 03:04:05 h p: one\nNov 22 03:04:05 h p: two\n" } },
      "2026-11-21T03:04:05 one\n2026-11-22T03:04:05 two\n",
      "",
      .year = 0 },
    { "rotated files, the newest first",
      { { "a", "2026-11-22", "Nov 22 00:00:00 h p: three\nNov 22 00:00:01 h p: four\n" },
        { "a.1.gz", "2026-11-21", "Nov 21 00:00:00 h p: two\n" },
        { "a.2.gz", "2026-11-20", "Nov 20 00:00:00 h p: one\n" } },
      "2026-11-20T00:00:00 one\n2026-11-21T00:00:00 two\n"
      "2026-11-22T00:00:00 three\n2026-11-22T00:00:01 four\n",
      "",
      .year = 0 },
    { "files that overlap",
      { { "a", "2026-11-22", "Nov 20 00:00:00 h p: a1\nNov 22 00:00:00 h p: a2\n" },
        { "b", "2026-11-22", "Nov 21 00:00:00 h p: b1\nNov 22 00:00:01 h p: b2\n" },
        { "c", "2026-11-22", "Nov 20 00:00:01 h p: c1\nNov 21 23:00:00 h p: c2\n" } },
      "2026-11-20T00:00:00 a1\n2026-11-20T00:00:01 c1\n2026-11-21T00:00:00 b1\n"
      "2026-11-21T23:00:00 c2\n2026-11-22T00:00:00 a2\n2026-11-22T00:00:01 b2\n",
      "",
      .year = 0 },
    { "equal times: what began first, then the order of the arguments",
      { { "a", "2026-11-22", "Nov 22 00:00:00 h p: a1\nNov 22 00:00:00 h p: a2\n" },
        { "b", "2026-11-22", "Nov 22 00:00:00 h p: b1\n" },
        { "c", "2026-11-22", "Nov 21 00:00:00 h p: c1\nNov 22 00:00:00 h p: c2\n" } },
      "2026-11-21T00:00:00 c1\n2026-11-22T00:00:00 c2\n2026-11-22T00:00:00 a1\n"
      "2026-11-22T00:00:00 a2\n2026-11-22T00:00:00 b1\n",
      "",
      .year = 0 },
    { "time that steps back stays where it is",
      { { "a", "2026-11-22", "Nov 22 02:00:00 h p: a1\nNov 22 01:00:00 h p: a2\n" },
        { "b", "2026-11-22", "Nov 22 01:30:00 h p: b1\nNov 22 03:00:00 h p: b2\n" } },
      "2026-11-22T01:30:00 b1\n2026-11-22T02:00:00 a1\n2026-11-22T01:00:00 a2\n"
      "2026-11-22T03:00:00 b2\n",
      "",
      .year = 0 },
    { "lines without a frame stay behind the line before",
      { { "a", "2026-11-22", "garbage\nNov 22 00:00:00 h p: a1\n more\nNov 22 02:00:00 h p: a2\n" },
        { "b", "2026-11-22", "Nov 22 01:00:00 h p: b1\n\n" } },
      "? garbage\n2026-11-22T00:00:00 a1\n?  more\n2026-11-22T01:00:00 b1\n? \n"
      "2026-11-22T02:00:00 a2\n",
      "",
      .year = 0 },
    { "New Year within a file",
      { { "a", "2026-01-02", "Dec 31 23:59:59 h p: old\nJan  1 00:00:00 h p: new\n" } },
      "2025-12-31T23:59:59 old\n2026-01-01T00:00:00 new\n",
      "",
      .year = 0 },
    { "New Year between files",
      { { "a", "2026-01-03", "Jan  2 00:00:00 h p: new\n" },
        { "a.1", "2026-01-01", "Dec 31 00:00:00 h p: old\nJan  1 00:00:00 h p: new\n" },
        { "a.2.xz", "2025-12-30", "Dec 29 00:00:00 h p: older\n" } },
      "2025-12-29T00:00:00 older\n2025-12-31T00:00:00 old\n2026-01-01T00:00:00 new\n"
      "2026-01-02T00:00:00 new\n",
      "",
      .year = 0 },
    { "the year that was asked for",
      { { "a", "2026-11-22", "Dec 31 23:59:59 h p: old\nJan  1 00:00:00 h p: new\n" } },
      "2019-12-31T23:59:59 old\n2020-01-01T00:00:00 new\n",
      "",
      .year = 2019 },
    { "since",
      { { "a", "2026-11-22", "x\nNov 20 10:00:00 h p: one\ny\nNov 21 00:00:00 h p: two\nz\n" } },
      "2026-11-21T00:00:00 two\n? z\n",
      "",
      .since_day = 21 },
    { "until",
      { { "a", "2026-11-22", "Nov 20 10:00:00 h p: one\nNov 21 00:00:01 h p: two\n" } },
      "2026-11-20T10:00:00 one\n",
      "",
      .until_day = 21 },
    { "files outside by their dates",
      { { "a", "2026-11-10", "Nov  9 10:00:00 h p: one\n" },
        { "b", "2026-11-22", "Nov 16 10:00:00 h p: two\n" },
        { "c", "2026-11-22", "Nov 20 10:00:00 h p: three\n" } },
      "2026-11-16T10:00:00 two\n",
      "",
      .since_day = 15,
      .until_day = 18 },
    { "other forms of stamps beside each other",
      { { "a", "2026-11-22", "Nov 22 02:00:00 h p: a\n" },
        { "b", "2026-11-22", "2026-11-22T02:30:00.5+01:00 h p: b\n" },
        { "c", "2026-11-22", "<22>1 2026-11-22T01:45:00Z h p 1 - - c\n" },
        { "d", "2026-11-22", "2026-11-22 03:02:33 imap-login: Info: d\n" } },
      "2026-11-22T01:30:00 b\n2026-11-22T01:45:00 c\n2026-11-22T02:00:00 a\n"
      "2026-11-22T03:02:33 imap-login: Info: d\n",
      "",
      .year = 0 },
    { "carriage returns",
      { { "a", "2026-11-22", "Nov 22 00:00:00 h p: one\r\n\r\nNov 22 00:00:01 h p: two\r\n" } },
      "2026-11-22T00:00:00 one\n? \n2026-11-22T00:00:01 two\n",
      "",
      .year = 0 },
    { "no newline at the end",
      { { "a", "2026-11-22", "Nov 22 00:00:00 h p: one\nNov 22 00:00:01 h p: two" } },
      "2026-11-22T00:00:00 one\n2026-11-22T00:00:01 two\n",
      "",
      .year = 0 },
    { "every packing",
      { { "a.gz", "2026-11-22", "Nov 22 00:00:00 h p: gzip\n" },
        { "b.xz", "2026-11-22", "Nov 22 00:00:01 h p: xz\n" },
        { "c.zst", "2026-11-22", "Nov 22 00:00:02 h p: zstd\n" },
        { "d.bz2", "2026-11-22", "Nov 22 00:00:03 h p: bzip2\n" } },
      "2026-11-22T00:00:00 gzip\n2026-11-22T00:00:01 xz\n2026-11-22T00:00:02 zstd\n"
      "2026-11-22T00:00:03 bzip2\n",
      "",
      .year = 0 },
    { "an empty file among others",
      { { "a", "2026-11-22", "Nov 22 00:00:00 h p: one\n" },
        { "b", "2026-11-22", "" },
        { "c.gz", "2026-11-22", "" } },
      "2026-11-22T00:00:00 one\n",
      "b: is empty\nc.gz: is empty\n",
      .year = 0 },
    { "younger than the file",
      { { "a", "2026-11-01", "2026-11-22T00:00:00Z h p: one\n" } },
      "2026-11-22T00:00:00 one\n",
      "a: 1 lines are dated after the file itself; is the year right?\n",
      .year = 0 },
};

/* The warnings without the folder. */
static struct slice without_folder(const struct fixture *f, struct buf *text, struct buf *out)
{
    struct slice rest = buf_slice(text), head;
    char folder[80];

    snprintf(folder, sizeof folder, "%s/", f->folder);
    while (slice_cut_at(&rest, slice_of(folder), &head))
        buf_add(out, head);
    buf_add(out, rest);
    return buf_slice(out);
}

static void check(const struct logs_case *c)
{
    struct fixture f = fixture_make();
    const char *paths[FILES_MAX];
    struct logs_options options = { .paths = paths, .year = c->year };
    CLEANUP(buf_done) struct buf warnings = buf_make(10000);
    struct reading r;
    struct slice got;

    if (c->since_day > 0)
        options.since = day(2026, 11, c->since_day);
    if (c->until_day > 0)
        options.until = day(2026, 11, c->until_day);
    for (; options.paths_n < FILES_MAX && c->files[options.paths_n].name != NULL;
         options.paths_n++) {
        const struct file *file = &c->files[options.paths_n];

        paths[options.paths_n] = fixture_file(&f, file->name, slice_of(file->text), file->date);
    }
    r = reading_of(&options);
    got = without_folder(&f, &r.warnings, &warnings);
    if (r.error[0] != '\0')
        fail_msg("%s: %s", c->name, r.error);
    if (!slice_eq(buf_slice(&r.text), slice_of(c->want)))
        fail_msg("%s:\ngot\n%.*s\nwant\n%s", c->name, SLICE_ARG(buf_slice(&r.text)), c->want);
    if (!slice_eq(got, slice_of(c->want_warnings)))
        fail_msg("%s: got warnings \"%.*s\", want \"%s\"", c->name, SLICE_ARG(got),
                 c->want_warnings);
    reading_done(&r);
    fixture_done(&f);
}

static void test_logs(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(logs_cases); i++)
        check(&logs_cases[i]);
}

/* A line a day over three New Years, and a file's date that says only where it ends. */
static void test_many_years(void **state)
{
    static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    struct fixture f = fixture_make();
    CLEANUP(buf_done) struct buf text = buf_make(1 << 20);
    CLEANUP(buf_done) struct buf want = buf_make(1 << 20);
    struct logs_options options = { .paths_n = 1 };
    const char *path;
    struct reading r;

    (void)state;
    for (struct wall at = day(2023, 2, 10); at.ms <= day(2026, 3, 5).ms; at.ms += DAY_MS) {
        struct civil c = wall_to_civil(at, 0);

        buf_printf(&text, "%s %2d 10:00:00 h p: x\n", months[c.month - 1], c.day);
        buf_printf(&want, "%04d-%02d-%02dT10:00:00 x\n", c.year, c.month, c.day);
    }
    path = fixture_file(&f, "a", buf_slice(&text), "2026-03-05");
    options.paths = &path;
    r = reading_of(&options);
    if (!slice_eq(buf_slice(&r.text), buf_slice(&want)))
        fail_msg("got %.19s to %.21s", r.text.p, r.text.p + r.text.n - 22);
    reading_done(&r);
    fixture_done(&f);
}

static void test_stats(void **state)
{
    static const char text[] = "Nov 20 00:00:00 h p: before\n"
                               "Nov 22 02:00:00 h p: one\n"
                               "\n"
                               "no time\n"
                               "Feb 30 00:00:00 h p: bad time\n"
                               "Nov 22 02:00:01 \n"
                               "Nov 22 01:00:00 h p: backwards\n";
    struct fixture f = fixture_make();
    const char *path = fixture_file(&f, "a.gz", slice_of(text), "2026-11-22");
    struct logs_options options = { .paths = &path, .paths_n = 1, .since = day(2026, 11, 21) };
    struct reading r = reading_of(&options);

    (void)state;
    assert_string_equal(r.error, "");
    assert_int_equal(r.stats.files, 1);
    assert_int_equal(r.stats.lines, 7);
    assert_int_equal(r.stats.outside, 1);
    assert_int_equal(r.stats.blank, 1);
    assert_int_equal(r.stats.no_time, 1);
    assert_int_equal(r.stats.bad_time, 1);
    assert_int_equal(r.stats.no_frame, 1);
    assert_int_equal(r.stats.backwards, 1);
    assert_int_equal(r.stats.bytes, sizeof text - 1);
    assert_true(r.stats.bytes_total > 0 && r.stats.bytes_total < r.stats.bytes + 50);
    assert_int_equal(r.stats.bytes_read, r.stats.bytes_total);
    reading_done(&r);
    fixture_done(&f);
}

/* More files than there is room for decompressors, or time to hold them: each has its turn. */
static void test_many_files(void **state)
{
    enum { MANY = 200 };
    struct fixture f = fixture_make();
    const char *paths[MANY];
    struct logs_options options = { .paths = paths, .paths_n = MANY };
    CLEANUP(buf_done) struct buf want = buf_make(1 << 16);
    struct reading r;

    (void)state;
    for (int i = 0; i < MANY; i++) {
        char name[20], text[100];
        int hour = MANY - 1 - i;

        snprintf(name, sizeof name, "a.%d.xz", i);
        snprintf(text, sizeof text, "2026-11-%02dT%02d:00:00Z h p: x\n", 1 + hour / 24, hour % 24);
        paths[i] = fixture_file(&f, name, slice_of(text), "2026-11-22");
        buf_printf(&want, "2026-11-%02dT%02d:00:00 x\n", 1 + i / 24, i % 24);
    }
    r = reading_of(&options);
    assert_string_equal(r.error, "");
    assert_true(slice_eq(buf_slice(&r.text), buf_slice(&want)));
    reading_done(&r);
    fixture_done(&f);
}

static void test_offset(void **state)
{
    struct fixture f = fixture_make();
    const char *path = fixture_file(&f, "a", SLICE("2026-11-22T03:04:05+05:30 h p: x\n"), NULL);
    struct logs_options options = { .paths = &path, .paths_n = 1 };
    struct reading r = { .text = buf_make(1000), .warnings = buf_make(1000) };
    struct logs *logs = logs_open(&options, r.error, sizeof r.error);
    int32_t offset_s = 0;

    (void)state;
    assert_non_null(logs);
    reading_rest(&r, logs);
    assert_true(logs_offset(logs, &offset_s));
    assert_int_equal(offset_s, 5 * 3600 + 1800);
    logs_free(logs);
    reading_done(&r);
    fixture_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_logs),   cmocka_unit_test(test_many_years),
        cmocka_unit_test(test_stats),  cmocka_unit_test(test_many_files),
        cmocka_unit_test(test_offset),
    };

    return cmocka_run_group_tests_name("watch-logs", tests, NULL, NULL);
}
