/* Everything that may be wrong with a log: a message, a warning, a figure; never a crash. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/memory.h"
#include "watch/fixture.h"

#include "base/ban.h"

#define LINE "Nov 22 03:04:05 h p: x\n"

static struct reading read_one(const char *path)
{
    struct logs_options options = { .paths = &path, .paths_n = 1 };

    return reading_of(&options);
}

static bool holds(struct slice text, const char *part)
{
    struct slice head;

    return part[0] == '\0' || slice_cut_at(&text, slice_of(part), &head);
}

static const struct refused_case {
    const char *name, *path, *want;
} refused_cases[] = {
    { "missing", "/nonexistent/mail.log", "/nonexistent/mail.log: No such file or directory" },
    { "directory", "/tmp", "/tmp: Is a directory" },
    { "read error", "/proc/self/mem", "/proc/self/mem: Input/output error" },
    { "endless zeroes", "/dev/zero", "/dev/zero: is no log: it holds binary data" },
    { "program", "/bin/sh", "/bin/sh: is no log: it holds binary data" },
    { "text", "/etc/passwd", "/etc/passwd: is no log: none of its first lines" },
};

static void test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(refused_cases); i++) {
        struct reading r = read_one(refused_cases[i].path);

        if (!slice_starts(slice_of(r.error), slice_of(refused_cases[i].want)))
            fail_msg("%s: got \"%s\", want \"%s\"", refused_cases[i].name, r.error,
                     refused_cases[i].want);
        reading_done(&r);
    }
}

/* Contents that are no log, packed or not. */
static const struct content_case {
    const char *name, *file, *front; /* the rest of 10240 bytes is zero, as of a tar archive */
    size_t marker_at;
    const char *marker, *want;
} content_cases[] = {
    { "tar", "a.tar", "mail.log", 257, "ustar", ": is a tar archive and no log; unpack it first" },
    { "packed tar", "a.tar.gz", "mail.log", 257, "ustar", ": is a tar archive and no log" },
    { "zip", "a.zip", "PK\3\4", 0, "PK", ": is a zip archive and no log" },
    { "gzip that breaks off", "a", "\x1f\x8b\x08", 10, "\xff\xff", ": is damaged" },
    { "gzip with impossible flags", "a", "\x1f\x8b\x08\xff", 4, "x", ": is no log" },
    { "bzip2 by name only", "b", "BZh9", 4, "x", ": " },
    { "journal by name only", "c", "LPKSHHRH", 8, "x", ": is a journal file, and damaged" },
};

static void test_no_log(void **state)
{
    enum { SIZE = 10240 };

    (void)state;
    for (size_t i = 0; i < COUNT(content_cases); i++) {
        const struct content_case *c = &content_cases[i];
        struct fixture f = fixture_make();
        char *content = memory_new(SIZE, 1);
        struct reading r;

        memcpy(content, c->front, strlen(c->front));
        memcpy(content + c->marker_at, c->marker, strlen(c->marker));
        r = read_one(fixture_file(&f, c->file, (struct slice){ content, SIZE }, NULL));
        if (!holds(slice_of(r.error), c->want) || !holds(slice_of(r.error), c->file))
            fail_msg("%s: got \"%s\", want \"%s%s\"", c->name, r.error, c->file, c->want);
        reading_done(&r);
        free(content);
        fixture_done(&f);
    }
}

static void test_empty(void **state)
{
    struct reading r = read_one("/dev/null");

    (void)state;
    assert_string_equal(r.error, "");
    assert_true(slice_eq(buf_slice(&r.warnings), SLICE("/dev/null: is empty\n")));
    assert_int_equal(r.stats.lines, 0);
    reading_done(&r);
}

/* Text of `n` lines, all alike but for their number. */
static struct buf many_lines(size_t n)
{
    struct buf text = buf_make(64 << 20);

    for (size_t i = 0; i < n; i++)
        buf_printf(&text, "Nov 22 03:04:05 h p: %zu of something that takes its room\n", i);
    return text;
}

static const struct cut_case {
    const char *file;
    size_t lines_at_least; /* that are read before the end is met */
} cut_cases[] = {
    { "a.gz", 80000 },
    { "a.xz", 80000 },
    { "a.zst", 80000 },
    { "a.bz2", 1000 },
};

static void test_truncated_archive(void **state)
{
    CLEANUP(buf_done) struct buf text = many_lines(100000);

    (void)state;
    for (size_t i = 0; i < COUNT(cut_cases); i++) {
        struct fixture f = fixture_make();
        const char *path = fixture_file(&f, cut_cases[i].file, buf_slice(&text), NULL);
        struct stat st;
        struct reading r;
        char want[40];

        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(truncate(path, st.st_size - st.st_size / 20), 0);
        r = read_one(path);
        snprintf(want, sizeof want, "%s:%llu: is damaged or cut short", cut_cases[i].file,
                 (unsigned long long)r.stats.lines);
        if (r.error[0] != '\0' || !holds(buf_slice(&r.warnings), want) ||
            r.stats.lines < cut_cases[i].lines_at_least)
            fail_msg("%s: got \"%s%.*s\" after %llu lines, want \"%s\" after %zu",
                     cut_cases[i].file, r.error, SLICE_ARG(buf_slice(&r.warnings)),
                     (unsigned long long)r.stats.lines, want, cut_cases[i].lines_at_least);
        reading_done(&r);
        fixture_done(&f);
    }
}

/* 300 MB of zeroes in some kilobytes. */
static void test_bomb(void **state)
{
    enum { SIZE = 300 << 20 };
    struct fixture f = fixture_make();
    char *content = memory_new(SIZE, 1);
    struct reading r;

    (void)state;
    memcpy(content, LINE, sizeof LINE - 1);
    r = read_one(fixture_file(&f, "a.zst", (struct slice){ content, SIZE }, NULL));
    free(content);
    assert_string_equal(r.error, "");
    if (!holds(buf_slice(&r.warnings), "a.zst:2: unpacks to more than 2000 times its size"))
        fail_msg("got \"%.*s\"", SLICE_ARG(buf_slice(&r.warnings)));
    assert_true(r.stats.bytes < (uint64_t)LOGS_UNPACKED_FREE + (1 << 20));
    reading_done(&r);
    fixture_done(&f);
}

/* A line of 10 MB, first in the file and amidst others; `packed` goes another way. */
static void check_long_line(const char *file, const char *before)
{
    enum { SIZE = 10 << 20 };
    struct fixture f = fixture_make();
    CLEANUP(buf_done) struct buf text = buf_make((size_t)SIZE * 2);
    char *filler = memory_new(SIZE, 1);
    struct reading r;

    memset(filler, 'a', SIZE);
    buf_printf(&text, "%sNov 22 03:04:05 h p: ", before);
    buf_add(&text, (struct slice){ filler, SIZE });
    buf_printf(&text, "\nNov 22 03:04:06 h p: after\n");
    free(filler);
    r = read_one(fixture_file(&f, file, buf_slice(&text), "2026-11-22"));
    assert_string_equal(r.error, "");
    assert_int_equal(r.stats.cut, 1);
    assert_int_equal(r.stats.lines, before[0] != '\0' ? 3 : 2);
    assert_true(slice_ends(buf_slice(&r.text), SLICE("a\n2026-11-22T03:04:06 after\n")));
    assert_true(holds(buf_slice(&r.warnings), "is longer than 65536 bytes"));
    reading_done(&r);
    fixture_done(&f);
}

static void test_long_line(void **state)
{
    (void)state;
    check_long_line("a", "");
    check_long_line("a", LINE);
    check_long_line("a.gz", LINE);
}

/* Lines about as long as the limit, or as the buffer, at every place in the buffer. */
static void test_line_lengths(void **state)
{
    static const size_t lengths[] = {
        LOGS_LINE_MAX - 1, LOGS_LINE_MAX, LOGS_LINE_MAX + 1, 262143, 262144, 262145
    };

    (void)state;
    for (size_t i = 0; i < COUNT(lengths); i++) {
        struct fixture f = fixture_make();
        CLEANUP(buf_done) struct buf text = buf_make(8 << 20);
        struct reading r;

        for (size_t n = 0; n < 10; n++) {
            size_t from = text.n;

            buf_printf(&text, LINE "Nov 22 03:04:05 h p: ");
            while (text.n - from < lengths[i] + sizeof LINE - 1)
                buf_add_char(&text, 'a');
            buf_add_char(&text, '\n');
        }
        r = read_one(fixture_file(&f, "a", buf_slice(&text), NULL));
        assert_string_equal(r.error, "");
        assert_int_equal(r.stats.lines, 20);
        assert_int_equal(r.stats.cut, lengths[i] > LOGS_LINE_MAX ? 10 : 0);
        assert_int_equal(r.stats.bytes, text.n);
        reading_done(&r);
        fixture_done(&f);
    }
}

static void test_nul(void **state)
{
    static const char text[] = LINE "Nov 22 03:04:06 h p: a\0b\n\0\0\n" LINE;
    struct fixture f = fixture_make();
    struct reading r =
        read_one(fixture_file(&f, "a", (struct slice){ text, sizeof text - 1 }, "2026-11-22"));

    (void)state;
    assert_string_equal(r.error, "");
    assert_int_equal(r.stats.nul, 2);
    assert_int_equal(r.stats.lines, 4);
    assert_true(holds(buf_slice(&r.warnings), "a:2: holds NUL bytes\n"));
    reading_done(&r);
    fixture_done(&f);
}

/* A writer that keeps its place after copytruncate leaves a hole in front of what it writes on. */
static void test_hole(void **state)
{
    static const char *const names[] = { "a", "a.gz", "a.zst" };
    static const size_t holes[] = { 1, 4096, 262143, 262144, 262145, 3 << 20 };

    (void)state;
    for (size_t i = 0; i < COUNT(names) * COUNT(holes); i++) {
        struct fixture f = fixture_make();
        size_t hole = holes[i / COUNT(names)];
        CLEANUP(buf_done) struct buf text = buf_make(hole + 1000);
        struct reading r;

        while (text.n < hole)
            buf_add_char(&text, '\0');
        buf_add(&text, SLICE(LINE "Nov 22 03:04:06 h p: y\n"));
        r = read_one(fixture_file(&f, names[i % COUNT(names)], buf_slice(&text), "2026-11-22"));
        if (r.error[0] != '\0' || r.stats.lines != 2 || r.stats.nul != 1 ||
            !slice_eq(buf_slice(&r.text),
                      SLICE("2026-11-22T03:04:05 x\n2026-11-22T03:04:06 y\n")) ||
            !holds(buf_slice(&r.warnings),
                   ": begins with NUL bytes, like a log that was truncated"))
            fail_msg("%zu in %s: got \"%s\", %.*s%.*s", hole, names[i % COUNT(names)], r.error,
                     SLICE_ARG(buf_slice(&r.warnings)), SLICE_ARG(buf_slice(&r.text)));
        reading_done(&r);
        fixture_done(&f);
    }
}

static void test_same_file(void **state)
{
    struct fixture f = fixture_make();
    const char *paths[] = { fixture_file(&f, "a", SLICE(LINE), NULL), NULL,
                            fixture_file(&f, "c.gz", SLICE(LINE), NULL) };
    struct logs_options options = { .paths = paths, .paths_n = COUNT(paths) };
    struct reading r;

    (void)state;
    paths[1] = fixture_path(&f, "b");
    assert_int_equal(symlink("a", paths[1]), 0);
    r = reading_of(&options);
    assert_int_equal(r.stats.lines, 2); /* of a, and of c: the same text is not the same file */
    assert_true(holds(buf_slice(&r.warnings), "/b: is the same file as "));
    reading_done(&r);
    fixture_done(&f);
}

/* What is appended, or cut away, while the file is read; it is longer than the buffer. */
static void check_changing(off_t size, const char *want_warning, uint64_t least, uint64_t most)
{
    struct fixture f = fixture_make();
    CLEANUP(buf_done) struct buf text = many_lines(20000);
    const char *path = fixture_file(&f, "a", buf_slice(&text), NULL);
    struct logs_options options = { .paths = &path, .paths_n = 1 };
    struct reading r = { .text = buf_make(1 << 22), .warnings = buf_make(1000) };
    struct logs *logs = logs_open(&options, r.error, sizeof r.error);

    assert_non_null(logs);
    assert_int_equal(truncate(path, size), 0);
    reading_rest(&r, logs);
    logs_free(logs);
    if (!holds(buf_slice(&r.warnings), want_warning) || r.stats.lines < least ||
        r.stats.lines > most)
        fail_msg("got \"%.*s\" after %llu lines", SLICE_ARG(buf_slice(&r.warnings)),
                 (unsigned long long)r.stats.lines);
    reading_done(&r);
    fixture_done(&f);
}

static void test_changing(void **state)
{
    (void)state;
    check_changing((off_t)1 << 32, "", 20000, 20000);
    check_changing(0, "was truncated while it was read", 100, 19999);
}

/* Bytes that arrive one by one, through a pipe. */
static void test_slow_pipe(void **state)
{
    static const char text[] = LINE "\n" LINE "Nov 22 03:04:06 h p: last";
    struct logs_options options = { .paths_n = 1, .now = { INT64_C(1795359600000) } };
    int ends[2];
    char path[40];
    const char *paths[] = { path };
    struct reading r;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    if (fork() == 0) {
        for (size_t i = 0; i < sizeof text - 1; i++)
            if (write(ends[1], text + i, 1) != 1)
                _exit(1);
        _exit(0);
    }
    close(ends[1]);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    options.paths = paths;
    r = reading_of(&options);
    close(ends[0]);
    assert_string_equal(r.error, "");
    assert_true(
        slice_eq(buf_slice(&r.text), SLICE("2026-11-22T03:04:05 x\n? \n2026-11-22T03:04:05 x\n"
                                           "2026-11-22T03:04:06 last\n")));
    assert_int_equal(r.stats.bytes_total, 0);
    reading_done(&r);
}

/* Standard input that is a file begins where it stands. */
static void test_standard_input(void **state)
{
    struct fixture f = fixture_make();
    int file = open(fixture_file(&f, "a", SLICE("first line\n" LINE), "2026-11-22"), O_RDONLY);
    int was = dup(STDIN_FILENO);
    struct reading r;

    (void)state;
    assert_int_equal(lseek(file, 11, SEEK_SET), 11);
    assert_int_equal(dup2(file, STDIN_FILENO), STDIN_FILENO);
    r = read_one("-");
    dup2(was, STDIN_FILENO);
    close(was);
    close(file);
    assert_string_equal(r.error, "");
    assert_true(slice_eq(buf_slice(&r.text), SLICE("2026-11-22T03:04:05 x\n")));
    assert_int_equal(r.stats.bytes_total, sizeof LINE - 1);
    reading_done(&r);
    fixture_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),        cmocka_unit_test(test_no_log),
        cmocka_unit_test(test_empty),          cmocka_unit_test(test_truncated_archive),
        cmocka_unit_test(test_bomb),           cmocka_unit_test(test_long_line),
        cmocka_unit_test(test_line_lengths),   cmocka_unit_test(test_nul),
        cmocka_unit_test(test_hole),           cmocka_unit_test(test_same_file),
        cmocka_unit_test(test_changing),       cmocka_unit_test(test_slow_pipe),
        cmocka_unit_test(test_standard_input),
    };

    return cmocka_run_group_tests_name("watch-trouble", tests, NULL, NULL);
}
