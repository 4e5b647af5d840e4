#include "proto/understand.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/memory.h"

#include "base/ban.h"

static const struct understand_case {
    const char *name, *program, *text;
    bool want;
    const char *want_instance, *want_service, *want_daemon;
    enum record_event want_event;
    uint32_t want_repeat;
} understand_cases[] = {
    { "plain", "postfix/smtpd", "connect from a.test[192.0.2.1]", true, "postfix", "", "smtpd",
      RECORD_CONNECT, 1 },
    { "service", "postfix/submission/smtpd", "connect from a.test[192.0.2.1]", true, "postfix",
      "submission", "smtpd", RECORD_CONNECT, 1 },
    { "service with a dash", "postfix/smtps-haproxy/smtpd", "connect from a.test[192.0.2.1]", true,
      "postfix", "smtps-haproxy", "smtpd", RECORD_CONNECT, 1 },
    { "instance", "postfix-out/smtp", "4A5B6C7D8E9: to=<", true, "postfix-out", "", "smtp",
      RECORD_DELIVERY, 1 },
    { "instance and service", "postfix-in/25/smtpd", "connect from a.test[192.0.2.1]", true,
      "postfix-in", "25", "smtpd", RECORD_CONNECT, 1 },
    { "any name", "mail/qmgr", "4A5B6C7D8E9: removed", true, "mail", "", "qmgr", RECORD_REMOVED,
      1 },
    { "slashes in the name", "a/b/c/qmgr", "4A5B6C7D8E9: removed", true, "a", "b/c", "qmgr",
      RECORD_REMOVED, 1 },
    { "unknown text", "postfix/smtpd", "hello", true, "postfix", "", "smtpd", RECORD_UNKNOWN, 1 },
    { "script", "postfix/postfix-script", "starting the Postfix mail system", true, "postfix", "",
      "postfix-script", RECORD_OTHER, 1 },
    { "repeated", "postfix/smtpd",
      "message repeated 3 times: [ lost connection after AUTH from a.test[192.0.2.1]]", true,
      "postfix", "", "smtpd", RECORD_LOST_CONNECTION, 3 },
    { "repeated, cut", "postfix/smtpd", "message repeated 3 times: [ connect from a.te", true,
      "postfix", "", "smtpd", RECORD_CONNECT, 3 },
    { "not quite repeated", "postfix/smtpd", "message repeated many times: [ connect]", true,
      "postfix", "", "smtpd", RECORD_UNKNOWN, 1 },
    { "last message", "", "last message repeated 5 times", true, "", "", "", RECORD_REPEATED, 5 },
    { "no program", "", "hello", false, "", "", "", RECORD_OTHER, 1 },
    { "policy service", "postfix/policyd-spf", "x", false, "", "", "", RECORD_OTHER, 1 },
    { "not a daemon of that length", "postfix/smtpx", "x", false, "", "", "", RECORD_OTHER, 1 },
    { "no instance", "smtpd", "connect from a.test[192.0.2.1]", false, "", "", "", RECORD_OTHER,
      1 },
    { "slash at the end", "postfix/", "x", false, "", "", "", RECORD_OTHER, 1 },
    { "slash alone", "/", "x", false, "", "", "", RECORD_OTHER, 1 },
    { "foreign", "amavis", "message repeated 3 times: [ x]", false, "", "", "", RECORD_OTHER, 1 },
};

static void check(const struct understand_case *c)
{
    size_t n = strlen(c->text);
    char *text = memory_new(n + 1, 1);
    struct logline line = { .program = slice_of(c->program), .text = { text, n } };
    struct record got;
    bool ours;

    text = memory_resize(text, n > 0 ? n : 1, 1);
    memcpy(text, c->text, n);
    line.text.p = text;
    ours = understand(&line, &got);
    if (ours != c->want || got.event != c->want_event || got.repeat != c->want_repeat)
        fail_msg("%s: got %s x%u, %s; want %s x%u", c->name, record_event_name(got.event),
                 got.repeat, ours ? "ours" : "foreign", record_event_name(c->want_event),
                 c->want_repeat);
    if (!slice_eq(got.instance, slice_of(c->want_instance)) ||
        !slice_eq(got.service, slice_of(c->want_service)) ||
        !slice_eq(got.daemon, slice_of(c->want_daemon)))
        fail_msg("%s: got %.*s|%.*s|%.*s, want %s|%s|%s", c->name, SLICE_ARG(got.instance),
                 SLICE_ARG(got.service), SLICE_ARG(got.daemon), c->want_instance, c->want_service,
                 c->want_daemon);
    free(text);
}

static void test_understand(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(understand_cases); i++)
        check(&understand_cases[i]);
}

/* All programs of Postfix. */
static const char programs[] =
    "smtp qmgr lmtp pipe smtpd local error anvil flush showq spawn qmqpd oqmgr nqmgr defer "
    "trace delay bounce pickup master verify tlsmgr scache cleanup virtual dnsblog discard "
    "postmap postcat postlog postfix rewrite proxymap tlsproxy postlogd postdrop sendmail "
    "postconf postkick postlock postsuper postalias postqueue postmulti proxywrite postscreen "
    "post-install postfix-script trivial-rewrite postfix-wrapper postfix-tls-script ";

/* They are known; what differs from one in a letter is not. */
static void test_programs(void **state)
{
    struct slice rest = slice_of(programs), one;
    struct record got;

    (void)state;
    while (slice_cut(&rest, ' ', &one)) {
        char name[40] = "postfix/x/";
        struct slice program = { name, 10 + one.n };

        memcpy(name + 10, one.p, one.n);
        assert_true(understand(&(struct logline){ .program = program }, &got));
        assert_true(slice_eq(got.daemon, one));
        assert_true(slice_eq(got.service, SLICE("x")));
        for (size_t at = 10; at < program.n; at++) {
            name[at] ^= 0x20;
            assert_false(understand(&(struct logline){ .program = program }, &got));
            name[at] ^= 0x20;
        }
        program.n--;
        (void)understand(&(struct logline){ .program = program }, &got);
        assert_true(got.daemon.n == 0 || got.daemon.n == program.n - 10);
    }
}

/* Fields that nobody asks for are left out; whatever else the line tells stays. */
static void test_unread(void **state)
{
    static const char *const texts[] = {
        "connect from a.test[192.0.2.1]",
        "disconnect from a.test[192.0.2.1] ehlo=1 quit=1 commands=2",
        "lost connection after AUTH from a.test[192.0.2.1]",
        "Anonymous TLS connection established from a.test[192.0.2.1]: TLSv1.3 with cipher X (1/1 b",
        "Trusted TLS connection found",
        "4A5B6C7D8E9: client=a.test[192.0.2.1]",
        "hello",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct logline line = { .program = SLICE("postfix/smtpd"), .text = slice_of(texts[i]) };
        uint64_t unread = (uint64_t)1 << RECORD_CONNECT | (uint64_t)1 << RECORD_DISCONNECT |
                          (uint64_t)1 << RECORD_LOST_CONNECTION | (uint64_t)1 << RECORD_TLS;
        struct record all, got;

        assert_int_equal(understand(&line, &all), understand_but(&line, unread, &got));
        assert_int_equal(got.event, all.event);
        assert_true(slice_eq(got.queue_id, all.queue_id));
        if ((unread >> got.event & 1) == 0)
            assert_int_equal(got.have, all.have);
        else
            assert_false(record_has(&got, FIELD_CLIENT_ADDRESS));
    }
}

/* Every event and every field has a name of its own. */
static void test_names(void **state)
{
    (void)state;
    for (enum record_event e = 0; e < RECORD_EVENTS; e++)
        assert_true(record_event_name(e)[0] != '\0');
    for (enum record_field f = 0; f < RECORD_FIELDS; f++) {
        assert_true(record_field_name(f)[0] != '\0');
        for (enum record_field other = 0; other < f; other++)
            assert_string_not_equal(record_field_name(f), record_field_name(other));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_understand),
        cmocka_unit_test(test_programs),
        cmocka_unit_test(test_unread),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
