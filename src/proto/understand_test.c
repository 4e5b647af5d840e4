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
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
