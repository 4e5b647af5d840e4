#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/memory.h"
#include "proto/journal_entry.h"
#include "proto/journal_export.h"

#include "base/ban.h"

#define EIGHT(n) n "\0\0\0\0\0\0\0" /* a length below 256 */

/* Fields as "NAME=value|", END as "."; then what stopped it. */
static const struct export_case {
    const char *name;
    struct slice in;
    const char *want;
} export_cases[] = {
    { "text", { "A=b\nC=d\n\n", 9 }, "A=b|C=d|. more" },
    { "empty value", { "A=\n\n", 4 }, "A=|. more" },
    { "'=' in the value", { "A=b=c\n", 6 }, "A=b=c| more" },
    { "binary", { "A\n" EIGHT("\3") "x\ny\nB=c\n\n", 19 }, "A=x\ny|B=c|. more" },
    { "binary, empty", { "A\n" EIGHT("\0") "\n\n", 12 }, "A=|. more" },
    { "two entries", { "A=b\n\nA=c\n\n", 10 }, "A=b|.A=c|. more" },
    { "cut in the name", { "A=b\nMESS", 8 }, "A=b| more" },
    { "cut in the value", { "A=b\nMESSAGE=x", 13 }, "A=b| more" },
    { "cut in the length", { "A\n\3\0\0", 5 }, " more" },
    { "cut in the bytes", { "A\n" EIGHT("\3") "xy", 12 }, " more" },
    { "cut before the newline", { "A\n" EIGHT("\3") "xyz", 13 }, " more" },
    { "nothing", { "", 0 }, " more" },
    { "no newline after the bytes", { "A\n" EIGHT("\1") "xyz", 13 }, " bad" },
    { "no name", { "=x\n", 3 }, " bad" },
    { "small letters", { "a=x\n", 4 }, " bad" },
    { "digit in front", { "1A=x\n", 5 }, " bad" },
    { "a log line", { "Nov 22 03:04:05 mail postfix/qmgr[1]: x=y\n", 42 }, " bad" },
    { "length without end",
      { "A\n\xff\xff\xff\xff\xff\xff\xff\xff"
        "xyz",
        13 },
      " more" },
};

static const char *const stopped[] = { "", "", " more", " bad" };

static void walk(struct slice in, struct buf *out)
{
    struct export_field field;
    enum export_got got;
    size_t used;

    while ((got = journal_export_read(in, &field, &used)) <= EXPORT_END) {
        assert_true(used > 0 && used <= in.n);
        in = slice_from(in, used);
        if (got == EXPORT_END)
            buf_add_char(out, '.');
        else
            buf_printf(out, "%.*s=%.*s|", SLICE_ARG(field.name), SLICE_ARG(field.value));
    }
    buf_printf(out, "%s", stopped[got]);
}

static void test_export(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(export_cases); i++) {
        const struct export_case *c = &export_cases[i];
        CLEANUP(buf_done) struct buf out = buf_make(1000);
        char *in = memory_new(c->in.n > 0 ? c->in.n : 1, 1);

        memcpy(in, c->in.p, c->in.n);
        walk((struct slice){ in, c->in.n }, &out);
        if (!slice_eq(buf_slice(&out), slice_of(c->want)))
            fail_msg("%s: got \"%.*s\", want \"%s\"", c->name, SLICE_ARG(buf_slice(&out)), c->want);
        free(in);
    }
}

/* What does not fit is skipped, not waited for. */
static void test_long(void **state)
{
    size_t n = EXPORT_FIELD_MAX, used;
    const struct slice text = SLICE("MESSAGE=");
    const struct slice bytes = SLICE("MESSAGE\n\0\0\0\0\1\0\0\0"); /* 4 GiB */
    char *in = memory_new(n, 1);
    struct export_field field;

    (void)state;
    memset(in, 'x', n);
    memcpy(in, text.p, text.n);
    assert_int_equal(journal_export_read((struct slice){ in, n - 1 }, &field, &used), EXPORT_MORE);
    assert_int_equal(journal_export_read((struct slice){ in, n }, &field, &used), EXPORT_FIELD);
    assert_int_equal(field.value.n, EXPORT_VALUE_MAX);
    assert_true(field.skip_line && field.skip == 0 && used == n);

    memcpy(in, bytes.p, bytes.n);
    assert_int_equal(journal_export_read((struct slice){ in, n }, &field, &used), EXPORT_FIELD);
    assert_int_equal(field.value.n, EXPORT_VALUE_MAX);
    assert_int_equal(used, 16 + EXPORT_VALUE_MAX);
    assert_true(field.skip == ((uint64_t)1 << 32) - EXPORT_VALUE_MAX + 1 && !field.skip_line);
    free(in);
}

/* Fields as name, value in turn. */
static const struct entry_case {
    const char *name;
    const char *fields[12];
    enum logline_got want;
    const char *want_line;
} entry_cases[] = {
    { "whole",
      { "__REALTIME_TIMESTAMP", "1795316645123456", "_HOSTNAME", "mail", "SYSLOG_IDENTIFIER",
        "postfix/smtpd", "SYSLOG_PID", "12", "MESSAGE", "connect" },
      LOGLINE_OK,
      "1795316645123 mail postfix/smtpd 12 connect" },
    { "the program's own pid, said first",
      { "__REALTIME_TIMESTAMP", "1795316645123456", "SYSLOG_PID", "12", "_PID", "13",
        "SYSLOG_IDENTIFIER", "a", "MESSAGE", "x" },
      LOGLINE_OK,
      "1795316645123  a 12 x" },
    { "the program's own pid, said last",
      { "__REALTIME_TIMESTAMP", "1795316645123456", "_PID", "13", "SYSLOG_PID", "12",
        "SYSLOG_IDENTIFIER", "a", "MESSAGE", "x" },
      LOGLINE_OK,
      "1795316645123  a 12 x" },
    { "the command for a name",
      { "__REALTIME_TIMESTAMP", "1795316645123456", "_COMM", "dovecot", "MESSAGE", "" },
      LOGLINE_OK,
      "1795316645123  dovecot 0 " },
    { "both names",
      { "__REALTIME_TIMESTAMP", "1795316645123456", "SYSLOG_IDENTIFIER", "postfix/smtp", "_COMM",
        "smtp", "MESSAGE", "x" },
      LOGLINE_OK,
      "1795316645123  postfix/smtp 0 x" },
    { "no time", { "SYSLOG_IDENTIFIER", "a", "MESSAGE", "x" }, LOGLINE_NO_TIME, "" },
    { "time of no calendar",
      { "__REALTIME_TIMESTAMP", "18446744073709551615", "SYSLOG_IDENTIFIER", "a", "MESSAGE", "x" },
      LOGLINE_NO_TIME,
      "" },
    { "no message",
      { "__REALTIME_TIMESTAMP", "1795316645123456", "SYSLOG_IDENTIFIER", "a" },
      LOGLINE_NO_FRAME,
      "" },
    { "no name",
      { "__REALTIME_TIMESTAMP", "1795316645123456", "MESSAGE", "x" },
      LOGLINE_NO_FRAME,
      "" },
    { "pid of no process",
      { "__REALTIME_TIMESTAMP", "1795316645123456", "SYSLOG_IDENTIFIER", "a", "SYSLOG_PID",
        "4294967296", "MESSAGE", "x" },
      LOGLINE_OK,
      "1795316645123  a 0 x" },
};

static void test_entry(void **state)
{
    struct journal_entry *e = memory_new(1, sizeof *e);

    (void)state;
    for (size_t i = 0; i < COUNT(entry_cases); i++) {
        const struct entry_case *c = &entry_cases[i];
        struct logline line;
        char got[200] = "";

        journal_entry_clear(e);
        for (size_t f = 0; c->fields[f] != NULL; f += 2)
            journal_entry_set(e, slice_of(c->fields[f]), slice_of(c->fields[f + 1]));
        if (journal_entry_line(e, &line) != c->want)
            fail_msg("%s: got %d, want %d", c->name, journal_entry_line(e, &line), c->want);
        if (c->want == LOGLINE_OK)
            snprintf(got, sizeof got, "%lld %.*s %.*s %u %.*s", (long long)line.at.ms,
                     SLICE_ARG(line.host), SLICE_ARG(line.program), logline_pid(&line),
                     SLICE_ARG(line.text));
        if (strcmp(got, c->want_line) != 0)
            fail_msg("%s: got \"%s\", want \"%s\"", c->name, got, c->want_line);
    }
    free(e);
}

static void test_entry_too_long(void **state)
{
    struct journal_entry *e = memory_new(1, sizeof *e);
    char *text = memory_new(JOURNAL_MESSAGE_MAX + 1, 1);
    struct slice value = { text, JOURNAL_MESSAGE_MAX + 1 };

    (void)state;
    journal_entry_set(e, SLICE("MESSAGE"), value);
    journal_entry_set(e, SLICE("_HOSTNAME"), value);
    assert_true(e->cut);
    assert_int_equal(e->message_n, JOURNAL_MESSAGE_MAX);
    assert_int_equal(e->host.n, JOURNAL_NAME_MAX);
    journal_entry_set(e, SLICE("MESSAGE"), SLICE("x"));
    assert_false(e->cut);
    free(text);
    free(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_export),
        cmocka_unit_test(test_long),
        cmocka_unit_test(test_entry),
        cmocka_unit_test(test_entry_too_long),
    };

    return cmocka_run_group_tests_name("proto-journal", tests, NULL, NULL);
}
