#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "report/commands.h"
#include "report/fixture.h"
#include "report/shell.h"

#include "base/ban.h"

static const struct name_case {
    const char *name, *in;
    bool quoted, fit; /* by shell_quote; by shell_name_ok */
} name_cases[] = {
    { "plain", "alice@example.test", true, true },
    { "no domain", "alice", true, true },
    { "apostrophe", "o'brien@example.test", true, true },
    { "only apostrophes", "''''", true, true },
    { "UTF-8", "j\303\274rgen@example.test", true, true },
    { "shell in it", "$(id)`id`;id|id&id>x<y!!@example.test", true, true },
    { "empty", "", false, false },
    { "option", "-d", true, false },
    { "comment", "#alice", true, false },
    { "blank", "a b", true, false },
    { "colon", "a:b", true, false },
    { "anyone", "*", true, false },
    { "question mark", "alic?", true, false },
    { "backslash", "a\\b", true, false },
    { "double quote", "a\"b", true, false },
    { "newline", "a\nrm", false, false },
    { "tab", "a\tb", false, false },
    { "escape", "\033[31m", false, false },
    { "C1", "\302\233", false, false },
    { "right-to-left", "a\342\200\256b", false, false },
    { "not UTF-8", "a\377b", false, false },
};

/* What a real shell makes of the word. */
static void check_shell(const struct name_case *c, struct slice word)
{
    struct buf line = buf_make(10000);
    char back[1000];
    FILE *shell;
    size_t n;

    buf_add(&line, SLICE("printf %s "));
    buf_add(&line, word);
    buf_add_char(&line, '\0');
    shell = popen(line.p, "r"); /* NOLINT(cert-env33-c): the shell is what is tested */
    assert_non_null(shell);
    n = fread(back, 1, sizeof back, shell);
    assert_int_equal(pclose(shell), 0);
    if (!slice_eq((struct slice){ back, n }, slice_of(c->in)))
        fail_msg("%s: got \"%.*s\", want \"%s\"", c->name, (int)n, back, c->in);
    buf_done(&line);
}

static void test_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(name_cases); i++) {
        const struct name_case *c = &name_cases[i];
        struct buf word = buf_make(10000);
        bool quoted = shell_quote(&word, slice_of(c->in)), fit = shell_name_ok(slice_of(c->in));

        if (quoted != c->quoted || fit != c->fit)
            fail_msg("%s: got %d %d, want %d %d", c->name, quoted, fit, c->quoted, c->fit);
        if (quoted)
            check_shell(c, buf_slice(&word));
        else
            assert_int_equal(word.n, 0);
        buf_done(&word);
    }
}

static bool has(const struct commands *commands, const char *text)
{
    for (size_t i = 0; i < commands->n; i++) {
        struct slice s = commands->list[i].text;

        if (memmem(s.p, s.n, text, strlen(text)) != NULL)
            return true;
    }
    return false;
}

static const struct command_case {
    const char *name;
    enum subject_kind kind;
    const char *subject;
    size_t queue;                /* messages in the queue */
    const char *want, *not_want; /* parts of commands */
} command_cases[] = {
    { "account", SUBJECT_ACCOUNT, "alice@example.test", 0, "doveadm kick 'alice@example.test'",
      "postsuper" },
    { "apostrophe", SUBJECT_ACCOUNT, "o'brien@example.test", 0,
      "printf '%s REJECT\\n' 'o'\\''brien@example.test' >> /etc/postfix/sasl_access", "'o'brien" },
    { "long name", SUBJECT_ACCOUNT, "jonathan.livingston-seagull@example.test", 0,
      "'jonathan.livingston-seagull@example.test' \\\n  >> /etc/postfix/sasl_access\npostmap ",
      "postsuper" },
    { "few in the queue", SUBJECT_ACCOUNT, "alice", 2, "postsuper -h A0 -h A1", "scan" },
    { "four", SUBJECT_ACCOUNT, "alice", 4, "postsuper -h A0 -h A1 -h A2 -h A3", "scan" },
    { "eleven", SUBJECT_ACCOUNT, "alice", 11,
      "printf '%s\\n' A0 A1 A2 A3 A4 A5 A6 A7 A8 A9 AA | postsuper -h -", "scan" },
    { "in several lines", SUBJECT_ACCOUNT, "alice", 30,
      "printf '%s\\n' A0 A1 A2 A3 A4 A5 A6 A7 A8 A9 AA AB AC AD AE AF AG AH AI \\\n"
      "  AJ AK AL AM AN AO AP AQ AR AS AT | postsuper -h -",
      "scan" },
    { "many", SUBJECT_ACCOUNT, "alice", 101,
      "mailfuse scan --queue-ids --account 'alice' --tz '+01:00' \\\n"
      "  '/var/log/a very long folder/mail.log' | postsuper -h -",
      "A0" },
    { "many of a bad name", SUBJECT_ACCOUNT, "\033[2J", 101, "", "scan" },
    { "few of a bad name", SUBJECT_ACCOUNT, "\033[2J", 1, "postsuper -h A0", "doveadm" },
    { "relay", SUBJECT_RELAY, "192.0.2.7", 0,
      "printf '%s REJECT\\n' '192.0.2.7' >> /etc/postfix/client_access.cidr", "doveadm" },
    { "relay of many", SUBJECT_RELAY, "2001:DB8::7", 101, "--host '2001:db8::7'", "--account" },
    { "no address", SUBJECT_RELAY, "relay.example.test", 0, "", "REJECT" },
    { "LAN host", SUBJECT_LAN, "10.20.0.13", 0,
      "iptables -I FORWARD -s '10.20.0.13' -p tcp --dport 25 -j REJECT", "ip6tables" },
    { "LAN host, IPv6", SUBJECT_LAN, "fd00::13", 0, "ip6tables -I FORWARD -s 'fd00::13' ",
      "postfix" },
    { "local user", SUBJECT_LOCAL, "uid 33", 0,
      "postconf -e 'authorized_submit_users = !'\"$(id -nu 33)\"', static:all'", "kick" },
    { "no uid", SUBJECT_LOCAL, "uid 33; id", 0, "", "id -nu" },
};

static const char source[] = "--tz '+01:00'\n'/var/log/a very long folder/mail.log'";

static void test_commands(void **state)
{
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    char names[101][3];
    struct slice ids[COUNT(names)];

    (void)state;
    for (size_t i = 0; i < COUNT(ids); i++) {
        snprintf(names[i], sizeof names[i], "%c%c", "ABC"[i / 36], digits[i % 36]);
        ids[i] = slice_of(names[i]);
    }
    for (size_t i = 0; i < COUNT(command_cases); i++) {
        const struct command_case *c = &command_cases[i];
        struct report_queue queue = { .n = c->queue };
        struct report_fuse f = { .kind = c->kind,
                                 .name = slice_of(c->subject),
                                 .tripped = true,
                                 .queue_ids = ids,
                                 .queue_ids_n = c->queue,
                                 .queues = &queue,
                                 .queues_n = c->queue > 0 };
        struct report r = { .fuses = &f, .fuses_n = 1, .source = slice_of(source) };
        struct commands commands;

        commands_for(&r.arena, &r, &f, &commands);
        if (!has(&commands, c->want))
            fail_msg("%s: no command with \"%s\"", c->name, c->want);
        if (has(&commands, c->not_want))
            fail_msg("%s: got a command with \"%s\"", c->name, c->not_want);
        assert_false(has(&commands, "postsuper -d"));
        arena_done(&r.arena);
    }
}

static void test_queue_ids_are_checked(void **state)
{
    struct slice ids[] = { SLICE("ALL"), SLICE("A0;id"), SLICE("-d"), SLICE(""), SLICE("A1") };
    struct report_queue queue = { .n = COUNT(ids) };
    struct report_fuse f = { .name = SLICE("alice"),
                             .queue_ids = ids,
                             .queue_ids_n = COUNT(ids),
                             .queues = &queue,
                             .queues_n = 1 };
    struct report r = { .fuses = &f, .fuses_n = 1 };
    struct commands commands;

    (void)state;
    commands_for(&r.arena, &r, &f, &commands);
    assert_int_equal(commands.n, 1); /* only held: no lock */
    if (!slice_eq(commands.list[0].text, SLICE("postsuper -h A1")))
        fail_msg("got \"%.*s\"", SLICE_ARG(commands.list[0].text));
    arena_done(&r.arena);
}

/* Who cannot name the same logs again asks the JSON report. */
static void test_many_that_no_scan_would_find(void **state)
{
    struct slice ids[101];
    struct report_queue queue = { .n = COUNT(ids) };
    struct report_fuse f = { .kind = SUBJECT_RELAY,
                             .name = SLICE("192.0.2.7"),
                             .tripped = true,
                             .queue_ids = ids,
                             .queue_ids_n = COUNT(ids),
                             .queues = &queue,
                             .queues_n = 1 };
    const struct report reports[] = {
        { .fuses = &f, .fuses_n = 1 },
        { .fuses = &f, .fuses_n = 1, .source = slice_of(source), .log_host = SLICE("mx1") },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(ids); i++)
        ids[i] = SLICE("A0");
    for (size_t i = 0; i < COUNT(reports); i++) {
        struct arena arena = { 0 };
        struct commands commands;

        commands_for(&arena, &reports[i], &f, &commands);
        assert_false(has(&commands, "postsuper"));
        assert_true(slice_ends(commands.list[commands.n - 1].why, SLICE("in the JSON report.")));
        arena_done(&arena);
    }
}

/* A queue id may be that of a stranger's message on another host. */
static void test_each_host_has_its_own_command(void **state)
{
    struct slice ids[] = { SLICE("A0"), SLICE("A1"), SLICE("B0"), SLICE("B1"), SLICE("A0") };
    struct report_queue queues[] = { { SLICE("mx1"), 2 },
                                     { SLICE("mx2"), 2 },
                                     { SLICE("mx3"), 1 } };
    static const char *const want[] = { "postsuper -h A0 -h A1", "postsuper -h B0 -h B1",
                                        "postsuper -h A0" };
    struct report_fuse f = { .name = SLICE("alice"),
                             .queue_ids = ids,
                             .queue_ids_n = COUNT(ids),
                             .queues = queues,
                             .queues_n = COUNT(queues) };
    struct report r = { .fuses = &f, .fuses_n = 1 };
    struct commands commands;

    (void)state;
    commands_for(&r.arena, &r, &f, &commands);
    assert_int_equal(commands.n, COUNT(want));
    for (size_t i = 0; i < COUNT(want); i++) {
        if (!slice_eq(commands.list[i].text, slice_of(want[i])))
            fail_msg("%zu: got \"%.*s\", want \"%s\"", i, SLICE_ARG(commands.list[i].text),
                     want[i]);
        assert_true(slice_starts(commands.list[i].why, SLICE("On mx")));
        assert_true(slice_starts(slice_from(commands.list[i].why, 3), queues[i].host));
    }
    arena_done(&r.arena);
}

static void test_preparation(void **state)
{
    struct commands commands;
    struct report r;

    (void)state;
    fixture_company(&r);
    commands_prepare(&r.arena, &r, &commands);
    assert_true(has(&commands, "check_sasl_access"));
    assert_true(has(&commands, "deny = yes"));
    assert_true(has(&commands, "check_client_access"));
    r.pseudonyms = true;
    commands_prepare(&r.arena, &r, &commands);
    assert_int_equal(commands.n, 0);
    commands_for(&r.arena, &r, &r.fuses[1], &commands);
    assert_true(has(&commands, "postsuper -h 4jXCS36Xbrz1bYl8"));
    assert_false(has(&commands, "anna"));
    report_done(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_commands),
        cmocka_unit_test(test_queue_ids_are_checked),
        cmocka_unit_test(test_many_that_no_scan_would_find),
        cmocka_unit_test(test_each_host_has_its_own_command),
        cmocka_unit_test(test_preparation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
