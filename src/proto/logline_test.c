#include "proto/logline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/memory.h"

#include "base/ban.h"

static const struct logline_case {
    const char *name, *in;
    enum logline_got want;
    const char *host, *program;
    uint64_t pid;
    const char *text;
} logline_cases[] = {
    { "syslog", "Nov  2 03:04:05 mail postfix/submission/smtpd[123]: connect from x", LOGLINE_OK,
      "mail", "postfix/submission/smtpd", 123, "connect from x" },
    { "fraction and offset", "2026-11-22T03:04:05.123456+01:00 mail postfix/qmgr[7]: 1: removed",
      LOGLINE_OK, "mail", "postfix/qmgr", 7, "1: removed" },
    { "qualified host", "Nov 22 03:04:05 host.example.test postfix/smtpd[1]: t", LOGLINE_OK,
      "host.example.test", "postfix/smtpd", 1, "t" },
    { "IPv6 host", "Nov 22 03:04:05 2001:db8::25 postfix/smtpd[1]: t", LOGLINE_OK, "2001:db8::25",
      "postfix/smtpd", 1, "t" },
    { "IPv6 host, ends in colons", "Nov 22 03:04:05 2001:db8:: postfix/smtpd[1]: t", LOGLINE_OK,
      "2001:db8::", "postfix/smtpd", 1, "t" },
    { "no pid", "Nov 22 03:04:05 mail dovecot: imap-login: Login: user=<a>", LOGLINE_OK, "mail",
      "dovecot", 0, "imap-login: Login: user=<a>" },
    { "dovecot with pid", "Nov 22 03:04:05 mail dovecot[123]: imap-login: x", LOGLINE_OK, "mail",
      "dovecot", 123, "imap-login: x" },
    { "kernel with uptime", "Nov 22 03:04:05 gw kernel: [12345.678] IN=a OUT=b", LOGLINE_OK, "gw",
      "kernel", 0, "[12345.678] IN=a OUT=b" },
    { "no blank after the colon", "Nov 22 03:04:05 gw kernel:[12345.678] IN=a", LOGLINE_OK, "gw",
      "kernel", 0, "[12345.678] IN=a" },
    { "systemd", "Nov 22 03:04:05 mail systemd[1]: Started x.", LOGLINE_OK, "mail", "systemd", 1,
      "Started x." },
    { "no colon after pid", "Nov 22 03:04:05 mail postfix/smtpd[123] text: a", LOGLINE_OK, "mail",
      "postfix/smtpd", 123, "text: a" },
    { "no colon, no pid", "Nov 22 03:04:05 mail -- MARK --", LOGLINE_OK, "mail", "--", 0,
      "MARK --" },
    { "parentheses", "Nov 22 03:04:05 mail sshd(pam_unix)[12]: t", LOGLINE_OK, "mail",
      "sshd(pam_unix)", 12, "t" },
    { "pid is no number", "Nov 22 03:04:05 mail prog[a-b]: t", LOGLINE_OK, "mail", "prog", 0, "t" },
    { "pid of 11 digits", "Nov 22 03:04:05 mail prog[12345678901]: t", LOGLINE_OK, "mail", "prog",
      0, "t" },
    { "greatest pid", "Nov 22 03:04:05 mail prog[4294967295]: t", LOGLINE_OK, "mail", "prog",
      4294967295, "t" },
    { "pid does not fit", "Nov 22 03:04:05 mail prog[4294967296]: t", LOGLINE_OK, "mail", "prog", 0,
      "t" },
    { "no text", "Nov 22 03:04:05 mail prog[1]:", LOGLINE_OK, "mail", "prog", 1, "" },
    { "blanks", "Nov 22 03:04:05  mail  prog[1]: t", LOGLINE_OK, "mail", "prog", 1, "t" },
    { "CR", "Nov 22 03:04:05 mail prog[1]: t\r", LOGLINE_OK, "mail", "prog", 1, "t" },
    { "priority", "<22>Nov 22 03:04:05 mail prog[1]: t", LOGLINE_OK, "mail", "prog", 1, "t" },
    { "FreeBSD, before the host", "Nov 22 03:04:05 <mail.info> mail prog[1]: t", LOGLINE_OK, "mail",
      "prog", 1, "t" },
    { "FreeBSD, after the host", "Nov 22 03:04:05 mail <mail.info> prog[1]: t", LOGLINE_OK, "mail",
      "prog", 1, "t" },
    { "Solaris", "Nov 22 03:04:05 mail prog[1]: [ID 197553 mail.info] t", LOGLINE_OK, "mail",
      "prog", 1, "t" },
    { "not Solaris", "Nov 22 03:04:05 mail prog[1]: [ID 197553", LOGLINE_OK, "mail", "prog", 1,
      "[ID 197553" },
    { "container", "postfix-mailcow-1  | Nov 22 03:04:05 mail prog[1]: t", LOGLINE_OK, "mail",
      "prog", 1, "t" },
    { "container, no stamp", "postfix-mailcow-1  | text", LOGLINE_NO_TIME, "", "", 0, "" },
    { "no host", "Nov 22 03:04:05 postfix/smtpd[1]: t", LOGLINE_OK, "", "postfix/smtpd", 1, "t" },
    { "repeated", "Nov 22 03:04:05 mail last message repeated 3 times", LOGLINE_OK, "mail", "", 0,
      "last message repeated 3 times" },
    { "seconds since 1970", "1795316645.5 mail prog[1]: t", LOGLINE_OK, "mail", "prog", 1, "t" },

    { "RFC 5424", "<22>1 2026-11-22T03:04:05Z mail postfix/smtpd 123 - - connect", LOGLINE_OK,
      "mail", "postfix/smtpd", 123, "connect" },
    { "structured data",
      "<22>1 2026-11-22T03:04:05Z mail prog 1 ID [a@1 b=\"] \\\" \\\\\" c=\"\"][d e=\"f\"] t: [u]",
      LOGLINE_OK, "mail", "prog", 1, "t: [u]" },
    { "byte order mark", "<22>1 2026-11-22T03:04:05Z mail prog 1 - - \xEF\xBB\xBFt", LOGLINE_OK,
      "mail", "prog", 1, "t" },
    { "nothing but nil", "<22>1 2026-11-22T03:04:05Z - - - - -", LOGLINE_OK, "", "", 0, "" },
    { "structured data cut", "<22>1 2026-11-22T03:04:05Z mail prog 1 - [a b=\"]", LOGLINE_NO_FRAME,
      "", "", 0, "" },
    { "no stamp", "<22>1 - mail prog 1 - - t", LOGLINE_NO_TIME, "", "", 0, "" },

    { "Dovecot's own", "2026-11-22 03:02:33 master: Info: Dovecot v2.3", LOGLINE_OK, "", "dovecot",
      0, "master: Info: Dovecot v2.3" },
    { "Dovecot's own, classic", "Nov 22 03:02:33 imap-login: Info: Login: user=<a>", LOGLINE_OK, "",
      "dovecot", 0, "imap-login: Info: Login: user=<a>" },
    { "Dovecot's own, a session", "Nov 22 03:02:33 imap(a b)<12><s>: Error: x", LOGLINE_OK, "",
      "dovecot", 0, "imap(a b)<12><s>: Error: x" },
    { "Dovecot, through syslog", "Nov 22 03:02:33 mail dovecot: imap(a)<12><s>: x", LOGLINE_OK,
      "mail", "dovecot", 0, "imap(a)<12><s>: x" },
    { "Proxmox", "101 1 tap101i0-IN 20/Jun/2022:13:12:46 +0200 DROP: IN=a OUT=b SRC=", LOGLINE_OK,
      "", "kernel", 0, "DROP: IN=a OUT=b SRC=" },

    { "empty", "", LOGLINE_BLANK, "", "", 0, "" },
    { "blank", " \t \r", LOGLINE_BLANK, "", "", 0, "" },
    { "continuation", "\tat line 7", LOGLINE_NO_TIME, "", "", 0, "" },
    { "comment", "# Nov 22 03:04:05 mail prog[1]: t", LOGLINE_NO_TIME, "", "", 0, "" },
    { "numbers", "101 1 text", LOGLINE_NO_TIME, "", "", 0, "" },
    { "no such time", "Feb 30 03:04:05 mail prog[1]: t", LOGLINE_BAD_TIME, "", "", 0, "" },
    { "stamp only", "Nov 22 03:04:05", LOGLINE_NO_FRAME, "", "", 0, "" },
    { "host only", "Nov 22 03:04:05 mail", LOGLINE_NO_FRAME, "", "", 0, "" },
    { "cut in the program", "Nov 22 03:04:05 mail postfix/sm", LOGLINE_NO_FRAME, "", "", 0, "" },
    { "cut in the pid", "Nov 22 03:04:05 mail postfix/smtpd[12", LOGLINE_NO_FRAME, "", "", 0, "" },
    { "no program", "Nov 22 03:04:05 mail : text", LOGLINE_NO_FRAME, "", "", 0, "" },
};

static void assert_slice(const char *name, const char *what, struct slice got, const char *want)
{
    if (!slice_eq(got, slice_of(want)))
        fail_msg("%s: %s: got \"%.*s\", want \"%s\"", name, what, SLICE_ARG(got), want);
}

/* Read the first `n` bytes of `in` from a block of exactly that size; the caller frees it. */
static enum logline_got parse(const char *in, size_t n, struct logline *out, char **block)
{
    const struct civil noon = { .year = 2026, .month = 11, .day = 22, .hour = 12 };
    struct stamp_clock clock = { .newest = civil_to_wall(&noon, 0) };

    *block = memory_new(n > 0 ? n : 1, 1);
    memcpy(*block, in, n);
    return logline_parse(&clock, (struct slice){ *block, n }, out);
}

static void test_frames(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(logline_cases); i++) {
        const struct logline_case *t = &logline_cases[i];
        struct logline line;
        char *block;
        enum logline_got got = parse(t->in, strlen(t->in), &line, &block);

        if (got != t->want)
            fail_msg("%s: got %d, want %d", t->name, got, t->want);
        if (got == LOGLINE_OK) {
            assert_slice(t->name, "host", line.host, t->host);
            assert_slice(t->name, "program", line.program, t->program);
            assert_slice(t->name, "text", line.text, t->text);
            if (logline_pid(&line) != t->pid)
                fail_msg("%s: pid: got %u, want %ju", t->name, logline_pid(&line),
                         (uintmax_t)t->pid);
        }
        free(block);
    }
}

/* A line may be cut anywhere. */
static void test_every_prefix(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(logline_cases); i++) {
        for (size_t n = 0; n <= strlen(logline_cases[i].in); n++) {
            struct logline line;
            char *block;
            enum logline_got got = parse(logline_cases[i].in, n, &line, &block);

            if (got == LOGLINE_NO_FRAME)
                assert_true(line.at.ms > 0);
            if (got == LOGLINE_OK && line.text.n > 0)
                assert_true(line.text.p >= block && line.text.p + line.text.n <= block + n);
            free(block);
        }
    }
}

/* After each line, the same and one that begins like it are read as if they were the first. */
static void test_same_front(void **state)
{
    static const char *const second[] = {
        "Nov 22 03:04:05 mail other[2]: t",
        "Nov 22 03:04:05 mail  other[2]: t",
        "Nov 22 03:04:05 mailer other[2]: t",
        "Nov 22 03:04:05 mail",
        "Nov 22 03:04:05 mail ",
        "Nov 22 03:04:05 mail <mail.info> other[2]: t",
        "Nov 22 03:04:05 mail(x): Info: t",
        "Nov 22 03:04:05 mail: Info: t",
        "Nov 22 03:04:06 mail other[2]: t",
        "2026-11-22T03:04:05+01:00 mail other[2]: t",
        "Dec 22 03:04:05 mail other[2]: t\r",
    };
    static const char *const first[] = {
        "Nov 22 03:04:05 mail postfix/smtpd[1]: t",   "Nov 22 03:04:05 mail",
        "Nov 22 03:04:05  mail  postfix/smtpd[1]: t", "2026-11-22T03:04:05+01:00 mail a[1]: t",
        "2026-11-22T03:04:05.100+01:00 mail a[1]: t", "Dec 22 03:04:05 mail a[1]: t",
    };
    const struct stamp_clock fresh = { .newest = { 1795316645000 } };

    (void)state;
    for (size_t i = 0; i < COUNT(first) * COUNT(second); i++) {
        const char *in = second[i % COUNT(second)];
        struct stamp_clock clock = fresh, forgetful;
        struct logline got, want;
        enum logline_got what;

        (void)!logline_parse(&clock, slice_of(first[i / COUNT(second)]), &got);
        forgetful = clock;
        forgetful.front_n = 0;
        what = logline_parse(&forgetful, slice_of(in), &want);
        assert_int_equal(logline_parse(&clock, slice_of(in), &got), what);
        assert_true(clock.future == forgetful.future && clock.offset_s == forgetful.offset_s);
        if (what != LOGLINE_OK)
            continue;
        assert_true(got.at.ms == want.at.ms && logline_pid(&got) == logline_pid(&want));
        assert_true(slice_eq(got.host, want.host) && slice_eq(got.program, want.program));
        assert_true(slice_eq(got.text, want.text));
    }
}

/* Tags of every length, with and without a process id. */
static void test_tags(void **state)
{
    char in[200];

    (void)state;
    for (int i = 0; i < 60 * 13 * 3; i++) {
        static const char *const texts[] = { "t", "a text that is long enough", "x[2]: y" };
        int name_n = 1 + i / 3 % 60, pid_n = i / 180;
        const char *text = texts[i % 3];
        struct logline line;
        char *block;

        (void)snprintf(in, sizeof in, "Nov 22 03:04:05 mail %.*s%s%.*s%s: %s", name_n,
                       "postfix/submission-with-a-name-that-goes-on-and-on-and-on/smtpd",
                       pid_n > 0 ? "[" : "", pid_n, "1234567890123", pid_n > 0 ? "]" : "", text);
        assert_int_equal(parse(in, strlen(in), &line, &block), LOGLINE_OK);
        assert_int_equal(line.program.n, name_n);
        assert_int_equal(line.pid.n, pid_n <= LOGLINE_PID_MAX ? pid_n : 0);
        assert_true(slice_eq(line.text, slice_of(text)));
        free(block);
    }
}

/* Whatever a tag looks like, it is the same in a short line, which is read byte by byte, and in a
 * long one. */
static void test_odd_tags(void **state)
{
    static const char letters[] = " []:<1a/(";
    uint64_t random = 1;

    (void)state;
    for (int i = 0; i < 200000; i++) {
        char in[100] = "Nov 22 03:04:05 mail ";
        size_t front = strlen(in), n = front + (size_t)i % 28;
        enum logline_got kinds[2];
        struct logline lines[2];
        char *blocks[2];

        for (size_t at = front; at < n; at++) {
            random = random * 6364136223846793005U + 1442695040888963407U;
            in[at] = letters[(random >> 33) % (sizeof letters - 1)];
        }
        memcpy(in + n, ": t", 3);
        memset(in + n + 3, 'x', 40);
        for (size_t k = 0; k < 2; k++)
            kinds[k] = parse(in, n + 3 + 40 * k, &lines[k], &blocks[k]);
        assert_int_equal(kinds[0], kinds[1]);
        if (kinds[0] == LOGLINE_OK) {
            assert_true(slice_eq(lines[0].program, lines[1].program));
            assert_true(slice_eq(lines[0].pid, lines[1].pid));
            assert_true(slice_eq(lines[0].host, lines[1].host));
            assert_int_equal(lines[0].text.n + 40, lines[1].text.n);
        }
        free(blocks[0]);
        free(blocks[1]);
    }
}

static void test_nul(void **state)
{
    static const char in[] = "Nov 22 03:04:05 mail prog[1]: a\0b";
    struct logline line;
    char *block;

    (void)state;
    assert_int_equal(parse(in, sizeof in - 1, &line, &block), LOGLINE_OK);
    assert_int_equal(line.text.n, 3);
    free(block);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_frames),     cmocka_unit_test(test_every_prefix),
        cmocka_unit_test(test_same_front), cmocka_unit_test(test_tags),
        cmocka_unit_test(test_odd_tags),   cmocka_unit_test(test_nul),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
