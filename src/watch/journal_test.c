/* The journal as journalctl writes it, and as a file that systemd-journal-remote makes of that. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/memory.h"
#include "watch/fixture.h"

#include "base/ban.h"

/* 2026-11-22T03:04:05Z; the name of a machine as its messages write it */
#define AT(second) "__REALTIME_TIMESTAMP=" #second "000000\n"
#define FROM "_HOSTNAME=mail\nSYSLOG_IDENTIFIER=postfix/smtpd\nSYSLOG_PID=4711\n"
#define BYTES "MESSAGE\n\11\0\0\0\0\0\0\0bad \xff\nend\n" /* 9 bytes */

static const struct journal_case {
    const char *name, *file;
    struct slice text;
    const char *want; /* what reading gives, or the end of the error after the file's name */
} journal_cases[] = {
    { "export", "a",
      SLICE_INIT("__CURSOR=x\n" AT(1795316645) FROM "MESSAGE=one\n\n"
                                                    "__CURSOR=y\n" AT(1795316646) FROM BYTES "\n"),
      "2026-11-22T03:04:05 one\n2026-11-22T03:04:06 bad \xff\nend\n" },
    { "packed export", "a.gz", SLICE_INIT("__CURSOR=x\n" AT(1795316645) FROM "MESSAGE=one\n\n"),
      "2026-11-22T03:04:05 one\n" },
    { "export that breaks off in a field", "a",
      SLICE_INIT(AT(1795316645) FROM "MESSAGE=one\n\n" AT(1795316646) FROM "MESSAGE\n\11\0"),
      "2026-11-22T03:04:05 one\n? \n" },
    { "export without the last empty line", "a", SLICE_INIT(AT(1795316645) FROM "MESSAGE=one\n"),
      "2026-11-22T03:04:05 one\n" },
    { "garbage in an export", "a",
      SLICE_INIT(AT(1795316645) FROM "MESSAGE=one\n\ngarbage\n" AT(1795316646) FROM
                 "MESSAGE=two\n\n"),
      "2026-11-22T03:04:05 one\n? garbage\n2026-11-22T03:04:06 two\n" },
    { "json", "a",
      SLICE_INIT("{\"__REALTIME_TIMESTAMP\":\"1795316645000000\",\"SYSLOG_IDENTIFIER\":\"p\","
                 "\"MESSAGE\":\"one\"}\n"
                 "{\"__REALTIME_TIMESTAMP\":\"1795316646000000\",\"SYSLOG_IDENTIFIER\":\"p\","
                 "\"MESSAGE\":[98,97,100,255]}\n"),
      "2026-11-22T03:04:05 one\n2026-11-22T03:04:06 bad\xff\n" },
    { "json, a field twice", "a",
      SLICE_INIT(
          "{\"__REALTIME_TIMESTAMP\":\"1795316645000000\",\"SYSLOG_IDENTIFIER\":[\"p\",\"q\"],"
          "\"MESSAGE\":[\"one\",[116,119,111]]}\n"),
      "2026-11-22T03:04:05 two\n" },
    { "json, message left out by journalctl", "a",
      SLICE_INIT("{\"__REALTIME_TIMESTAMP\":\"1795316645000000\",\"SYSLOG_IDENTIFIER\":\"p\","
                 "\"MESSAGE\":\"one\"}\n"
                 "{\"__REALTIME_TIMESTAMP\":\"1795316646000000\",\"SYSLOG_IDENTIFIER\":\"p\","
                 "\"MESSAGE\":null}\n\n{broken\n[1]\n"),
      "2026-11-22T03:04:05 one\n"
      "? {\"__REALTIME_TIMESTAMP\":\"1795316646000000\",\"SYSLOG_IDENTIFIER\":\"p\","
      "\"MESSAGE\":null}\n? \n? {broken\n? [1]\n" },
    { "json of something else", "a", SLICE_INIT("{\"a\": 1}\n"), ": is no log: none of its first" },
};

static struct reading read_paths(const char *const *paths, size_t n)
{
    struct logs_options options = { .paths = paths, .paths_n = n };

    return reading_of(&options);
}

static void test_texts(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(journal_cases); i++) {
        const struct journal_case *c = &journal_cases[i];
        struct fixture f = fixture_make();
        const char *path = fixture_file(&f, c->file, c->text, NULL);
        struct reading r = read_paths(&path, 1);
        struct slice error = slice_of(r.error);

        slice_skip(&error, slice_of(path));
        if (error.n > 0 ? !slice_starts(error, slice_of(c->want))
                        : !slice_eq(buf_slice(&r.text), slice_of(c->want)))
            fail_msg("%s: got \"%.*s%.*s\", want \"%s\"", c->name, SLICE_ARG(error),
                     SLICE_ARG(buf_slice(&r.text)), c->want);
        reading_done(&r);
        fixture_done(&f);
    }
}

/* A field of several buffers' length (a core dump) is passed over; a message of that length is cut.
 */
static void test_long_fields(void **state)
{
    enum { LENGTH = 1 << 20 };
    struct fixture f = fixture_make();
    CLEANUP(buf_done) struct buf text = buf_make(8 << 20);
    char *filler = memory_new(LENGTH, 1);
    const char *path;
    struct reading r;

    (void)state;
    memset(filler, 'x', LENGTH);
    buf_add(&text, SLICE(AT(1795316645) FROM "COREDUMP\n\0\0\20\0\0\0\0\0"));
    buf_add(&text, (struct slice){ filler, LENGTH });
    buf_add(&text, SLICE("\nCOREDUMP="));
    buf_add(&text, (struct slice){ filler, LENGTH });
    buf_add(&text, SLICE("\nMESSAGE=one\n\n" AT(1795316646) FROM "MESSAGE="));
    buf_add(&text, (struct slice){ filler, LENGTH });
    buf_add(&text, SLICE("\n\n" AT(1795316647) FROM "MESSAGE=three\n\n"));
    free(filler);
    path = fixture_file(&f, "a", buf_slice(&text), NULL);
    r = read_paths(&path, 1);
    assert_string_equal(r.error, "");
    assert_int_equal(r.stats.lines, 3);
    assert_int_equal(r.stats.cut, 1);
    assert_true(slice_starts(buf_slice(&r.text), SLICE("2026-11-22T03:04:05 one\n")));
    assert_true(slice_ends(buf_slice(&r.text), SLICE("\n2026-11-22T03:04:07 three\n")));
    reading_done(&r);
    fixture_done(&f);
}

/* A journal file with `n` entries, a second apart; skips the test where it cannot be made. */
static const char *journal_file(struct fixture *f, unsigned n)
{
    if (!fixture_journal(f, "a.journal", 0, n)) {
        fixture_done(f);
        skip();
    }
    return fixture_path(f, "a.journal");
}

static void test_file(void **state)
{
    struct fixture f = fixture_make();
    const char *paths[] = { journal_file(&f, 3), NULL };
    struct reading r;

    (void)state;
    paths[1] = fixture_file(&f, "b", SLICE("2026-11-22T03:04:06.5Z h p: between\n"), NULL);
    r = read_paths(paths, 2);
    assert_string_equal(r.error, "");
    assert_true(slice_eq(buf_slice(&r.text),
                         SLICE("2026-11-22T03:04:05 message 0\n2026-11-22T03:04:06 message 1\n"
                               "2026-11-22T03:04:06 between\n2026-11-22T03:04:07 message 2\n")));
    assert_int_equal(r.stats.lines, 4);
    reading_done(&r);
    fixture_done(&f);
}

static void test_window(void **state)
{
    struct fixture f = fixture_make();
    const char *path = journal_file(&f, 10);
    struct logs_options options = {
        .paths = &path,
        .paths_n = 1,
        .since = { (FIXTURE_JOURNAL_FIRST + INT64_C(4)) * SECOND_MS },
        .until = { (FIXTURE_JOURNAL_FIRST + INT64_C(5)) * SECOND_MS },
    };
    struct reading r = reading_of(&options);

    (void)state;
    assert_string_equal(r.error, "");
    assert_true(slice_eq(buf_slice(&r.text),
                         SLICE("2026-11-22T03:04:09 message 4\n2026-11-22T03:04:10 message 5\n")));
    reading_done(&r);
    fixture_done(&f);
}

/* Cut at many places: an error or fewer entries, never a crash. */
static void test_damaged(void **state)
{
    struct fixture f = fixture_make();
    const char *path = journal_file(&f, 100);

    (void)state;
    for (off_t size = 1 << 20; size > 16; size = size * 3 / 4) {
        struct reading r;

        assert_int_equal(truncate(path, size), 0);
        r = read_paths(&path, 1);
        if (r.error[0] != '\0' && !slice_starts(slice_of(r.error), slice_of(path)))
            fail_msg("the message does not name the file: %s", r.error);
        reading_done(&r);
    }
    fixture_done(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts),   cmocka_unit_test(test_long_fields),
        cmocka_unit_test(test_file),    cmocka_unit_test(test_window),
        cmocka_unit_test(test_damaged),
    };

    return cmocka_run_group_tests_name("watch-journal", tests, NULL, NULL);
}
