#include "cli/json_line.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "proto/understand.h"

#include "base/ban.h"

#define HEAD "{\"time\": \"2026-11-22T03:04:05+00:00\", \"host\": \"mail\""
#define SMTPD ", \"instance\": \"postfix\", \"daemon\": \"smtpd\", \"pid\": 7"

static const struct json_case {
    const char *name, *program, *text, *want;
} json_cases[] = {
    { "fields", "postfix/submission/smtpd",
      "4A5B6C7D8E9: client=a.test[192.0.2.1]:25, sasl_method=PLAIN, sasl_username=al",
      HEAD ", \"instance\": \"postfix\", \"service\": \"submission\", \"daemon\": \"smtpd\", "
           "\"pid\": 7, \"queue_id\": \"4A5B6C7D8E9\", \"event\": \"client\", "
           "\"client_name\": \"a.test\", \"client_address\": \"192.0.2.1\", \"client_port\": 25, "
           "\"sasl_method\": \"PLAIN\", \"sasl_username\": \"al\"}\n" },
    { "numbers", "postfix/qmgr", "4A5B6C7D8E9: from=<>, size=007, nrcpt=12 (queue active)",
      HEAD ", \"instance\": \"postfix\", \"daemon\": \"qmgr\", \"pid\": 7, "
           "\"queue_id\": \"4A5B6C7D8E9\", \"event\": \"queue_active\", \"sender\": \"\", "
           "\"size\": \"007\", \"nrcpt\": 12}\n" },
    { "repeated", "postfix/smtpd", "message repeated 2 times: [ connect from a.test[192.0.2.1]]",
      HEAD SMTPD ", \"event\": \"connect\", \"repeat\": 2, \"client_name\": \"a.test\", "
                 "\"client_address\": \"192.0.2.1\"}\n" },
    { "unknown", "postfix/smtpd", "new \"thing\\\"\n\t\x01\x7f",
      HEAD SMTPD ", \"event\": \"unknown\", "
                 "\"text\": \"new \\\"thing\\\\\\\"\\n\\t\\u0001\\u007f\"}\n" },
    { "no UTF-8", "postfix/smtpd", "new \xff\xc3\xa9\xc2\x9b",
      HEAD SMTPD ", \"event\": \"unknown\", \"text\": \"new \xef\xbf\xbd\xc3\xa9\\u009b\"}\n" },
    { "password", "postfix/smtpd", "< a.test[192.0.2.1]: AUTH PLAIN AGFsAGE=",
      HEAD SMTPD ", \"event\": \"unknown\", \"text\": \"< a.test[192.0.2.1]: AUTH PLAIN …\"}\n" },
    { "foreign", "amavis", "(1) given password: x",
      HEAD ", \"daemon\": \"amavis\", \"pid\": 7, \"event\": \"foreign\", "
           "\"text\": \"(1) given password…\"}\n" },
};

static void check(const struct json_case *c)
{
    struct logline line = { .at = { 1795316645000 },
                            .host = SLICE("mail"),
                            .program = slice_of(c->program),
                            .pid = SLICE("7"),
                            .text = slice_of(c->text) };
    struct buf out = buf_make(SIZE_MAX);
    struct record record;

    if (understand(&line, &record))
        json_line_record(&out, &line, &record, 0);
    else
        json_line_foreign(&out, &line, 0);
    if (!slice_eq(buf_slice(&out), slice_of(c->want)))
        fail_msg("%s:\n got  %.*s want %s", c->name, SLICE_ARG(buf_slice(&out)), c->want);
    buf_done(&out);
}

static void test_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(json_cases); i++)
        check(&json_cases[i]);
}

static void test_time(void **state)
{
    struct logline line = { .at = { 1795316645120 }, .program = SLICE("x") };
    struct buf out = buf_make(SIZE_MAX);

    (void)state;
    json_line_foreign(&out, &line, -12600);
    assert_true(slice_eq(buf_slice(&out),
                         SLICE("{\"time\": \"2026-11-21T23:34:05.120-03:30\", \"daemon\": \"x\", "
                               "\"event\": \"foreign\", \"text\": \"\"}\n")));
    buf_done(&out);
}

static void test_unframed(void **state)
{
    struct buf out = buf_make(SIZE_MAX);

    (void)state;
    json_line_unframed(&out, SLICE("no frame, given password: x"));
    assert_true(
        slice_eq(buf_slice(&out),
                 SLICE("{\"event\": \"unknown\", \"text\": \"no frame, given password…\"}\n")));
    buf_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_time),
        cmocka_unit_test(test_unframed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
