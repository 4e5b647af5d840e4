/* Positions as text, and the names that rotation gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "base/test_copy.h"
#include "watch/follow_names.h"
#include "watch/follow_position.h"

#include "base/ban.h"

static const struct read_case {
    const char *text;
    bool want;
} read_cases[] = {
    { "follow-1 1795316600000 86400 0 65024 11086755 148131 256 2861537972002209227 0", true },
    { "follow-1 0 0 0 0 0 0 0 0 0", true },
    { "follow-1 0 172800 1 0 0 0 0 0 0 18446744073709551615 1 9223372036854775807 1 1 1", true },
    { "", false },
    { "follow-2 0 0 0 0 0 0 0 0 0", false },
    { "follow-1 0 0 0 0 0 0 0 0", false },
    { "follow-1 0 0 0 0 0 0 0 0 0 0", false },
    { "follow-1 0 0 0 0 0 0 0 0 0 ", false },
    { "follow-1 0 0 1 0 0 0 0 0 0", false },
    { "follow-1 0 0 2 0 0 0 0 0 0", false },
    { "follow-1 0 0 0 0 0 0 0 0 2", false },
    { "follow-1 0 0 0 0 0 0 257 0 0", false },
    { "follow-1 0 0 0 0 0 9223372036854775808 0 0 0", false },
    { "follow-1 0 172801 0 0 0 0 0 0 0", false },
    { "follow-1 253402300800000 0 0 0 0 0 0 0 0", false },
    { "follow-1 -1 0 0 0 0 0 0 0 0", false },
};

static void test_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(read_cases); i++) {
        struct slice text = test_copy(slice_of(read_cases[i].text));
        CLEANUP(buf_done) struct buf again = buf_make(FOLLOW_POSITION_TEXT);
        struct follow_position p = { 0 };

        if (follow_position_read(text, &p) != read_cases[i].want || p.known != read_cases[i].want)
            fail_msg("\"%s\": want %d", read_cases[i].text, read_cases[i].want);
        if (p.known) {
            follow_position_write(&p, &again);
            assert_true(slice_eq(buf_slice(&again), text));
        }
        test_copy_free(text);
    }
}

/* The longest there can be fits. */
static void test_longest(void **state)
{
    struct follow_mark mark = {
        UINT64_MAX, UINT64_MAX, INT64_MAX, FOLLOW_HEAD_MAX, UINT64_MAX, true
    };
    struct follow_position p = { .known = true,
                                 .file = mark,
                                 .has_previous = true,
                                 .previous = mark,
                                 .at = { INT64_C(253402300799999) },
                                 .offset_s = 86400 };
    CLEANUP(buf_done) struct buf text = buf_make(FOLLOW_POSITION_TEXT);
    struct follow_position again;

    (void)state;
    follow_position_write(&p, &text);
    assert_false(text.full);
    assert_true(follow_position_read(buf_slice(&text), &again));
    assert_int_equal(again.previous.offset, INT64_MAX);
    assert_int_equal(again.offset_s, 86400);
}

static const struct name_case {
    const char *log, *name;
    bool want;
} name_cases[] = {
    { "mail.log", "mail.log.1", true },
    { "mail.log", "mail.log.0.bz2", true },
    { "mail.log", "mail.log.12.gz", true },
    { "mail.log", "mail.log-20261122", true },
    { "mail.log", "mail.log-20261122.zst", true },
    { "mail.log", "mail.log.2026-11-22T03:04:05Z", true },
    { "mail.log", "mail.log.old", true },
    { "mail.log", "mail.log.old.gz", true },
    { "mail.log", "mail-20261122.log", true },
    { "mail.log", "mail.1.log.xz", true },
    { "maillog", "maillog.20261122-030405", true },
    { "maillog", "maillog.1", true },
    { "mail.log", "mail.log", false },
    { "mail.log", "mail.log.gz", false },
    { "mail.log", "mail.log.bak", false },
    { "mail.log", "mail.log.1~", false },
    { "mail.log", "mail.log1", false },
    { "mail.log", "mail.log.", false },
    { "mail.log", "mail.log-", false },
    { "mail.log", "mail.info.1", false },
    { "mail.log", "mail.1.info", false },
    { "mail.log", "mail.log.1.offset", false },
    { "mail", "mail.log.1", false },
    { "mail", "mail.1", true },
    { ".log", "x.1.log", false },
    { "mail.log", "mail", false },
    { "mail.log", "", false },
};

static void test_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(name_cases); i++) {
        struct slice log = test_copy(slice_of(name_cases[i].log));
        struct slice name = test_copy(slice_of(name_cases[i].name));

        if (follow_names_rotated(log, name) != name_cases[i].want)
            fail_msg("%s of %s: want %d", name_cases[i].name, name_cases[i].log,
                     name_cases[i].want);
        test_copy_free(log);
        test_copy_free(name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_longest),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests_name("watch-follow-position", tests, NULL, NULL);
}
