/* What a request must look like, and what is said of one that does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/test_copy.h"
#include "serve/control_request.h"

#include "base/ban.h"

#define WHO "\"account\":\"alice@example.test\""

static const struct request_case {
    const char *in, *wrong; /* wrong: NULL when it is right */
} request_cases[] = {
    { "{\"command\":\"status\"}", NULL },
    { " {\"command\":\"status\"} \r", NULL },
    { "{\"command\":\"top\",\"sort\":\"held\",\"limit\":1000}", NULL },
    { "{\"command\":\"incidents\",\"state\":\"all\"," WHO ",\"limit\":1}", NULL },
    { "{\"command\":\"incident\",\"incident\":12}", NULL },
    { "{\"command\":\"show\",\"what\":\"192.0.2.7\"}", NULL },
    { "{\"command\":\"explain\"," WHO "}", NULL },
    { "{\"command\":\"blocks\"}", NULL },
    { "{\"command\":\"journal\",\"since\":\"2026-11-22T10:00:00+01:00\"}", NULL },
    { "{\"command\":\"journal\",\"since\":\"2026-11-22T10:00:00.123Z\",\"incident\":3}", NULL },
    { "{\"command\":\"hold\"," WHO "}", NULL },
    { "{\"command\":\"lock\"," WHO ",\"reason\":\"wrote to a phisher\",\"for\":\"carol\"}", NULL },
    { "{\"command\":\"unlock\"," WHO ",\"force\":true}", NULL },
    { "{\"command\":\"release\"," WHO "}", NULL },
    { "{\"command\":\"release\",\"incident\":3}", NULL },
    { "{\"command\":\"release\",\"incident\":3,\"queue_id\":\"4jX0001\"}", NULL },
    { "{\"command\":\"purge\",\"incident\":3,\"messages\":0}", NULL },
    { "{\"command\":\"block\",\"kind\":\"rcpt\",\"value\":\"phisher@example.org\"}", NULL },
    { "{\"command\":\"block\",\"kind\":\"client\",\"value\":\"192.0.2.0/24\"}", NULL },
    { "{\"command\":\"unblock\",\"kind\":\"client\",\"value\":\"2001:db8::7\"}", NULL },
    { "{\"command\":\"trust\"," WHO ",\"until\":\"2026-12-01T00:00:00+01:00\",\"country\":\"BR\","
      "\"reason\":\"congress\"}",
      NULL },
    { "{\"command\":\"untrust\"," WHO "}", NULL },
    { "{\"command\":\"reload\"}", NULL },
    { "{\"command\":\"feedback\",\"type\":\"abuse\",\"report\":\"x\"}", NULL },
    { "{\"command\":\"feedback\",\"type\":\"not-spam\",\"report\":\"x\",\"queue_ids\":[],"
      "\"recipients\":[\"a@b\",\"c\"],\"servers\":[\"192.0.2.1\"],\"source\":\"192.0.2.1\","
      "\"message_id\":\"m@b\",\"reporter\":\"r\",\"agent\":\"a\",\"incidents\":1}",
      NULL },

    { "", "a request is one JSON object on a line" },
    { "[]", "a request is one JSON object on a line" },
    { "{}", "a request needs 'command'" },
    { "{\"command\":7}", "a request needs 'command'" },
    { "{\"command\":\"stat\"}", "unknown command 'stat'" },
    { "{\"command\":\"status\"} {", "this is no JSON object: end of file expected near '{'" },
    { "{\"command\":\"status\",\"command\":\"lock\"}", "this is no JSON object: duplicate" },
    { "{\"command\":\"st\xff\"}", "this is no JSON object: " },
    { "{\"command\":\"status\",\"limit\":1}", "'status' has no member 'limit'" },
    { "{\"command\":\"top\",\"limit\":0}", "'limit' must be a number from 1 to 1000" },
    { "{\"command\":\"top\",\"limit\":1.5}", "'limit' must be a number from 1 to 1000" },
    { "{\"command\":\"top\",\"sort\":\"core\"}",
      "'sort' must be one of score messages recipients failures held account" },
    { "{\"command\":\"top\",\"sort\":\"\"}", "'sort' must be one of" },
    { "{\"command\":\"lock\"}", "'lock' needs 'account'" },
    { "{\"command\":\"feedback\",\"type\":\"spam\",\"report\":\"x\"}",
      "'type' must be one of abuse " },
    { "{\"command\":\"feedback\",\"type\":\"abuse\"}", "'feedback' needs 'report'" },
    { "{\"command\":\"feedback\",\"type\":\"abuse\",\"report\":\"x\",\"queue_ids\":\"a\"}",
      "'queue_ids' must be a list of at most 16 texts" },
    { "{\"command\":\"feedback\",\"type\":\"abuse\",\"report\":\"x\",\"queue_ids\":[1]}",
      "'queue_ids' must be a list" },
    { "{\"command\":\"feedback\",\"type\":\"abuse\",\"report\":\"x\",\"queue_ids\":[\"\"]}",
      "'queue_ids' must be a list" },
    { "{\"command\":\"feedback\",\"type\":\"abuse\",\"report\":\"x\",\"servers\":[\"1\",\"2\","
      "\"3\","
      "\"4\",\"5\",\"6\",\"7\",\"8\",\"9\",\"10\",\"11\",\"12\",\"13\",\"14\",\"15\",\"16\",\"17\"]"
      "}",
      "'servers' must be a list" },
    { "{\"command\":\"lock\",\"account\":\"\"}", "'account' must be a text in one line" },
    { "{\"command\":\"lock\",\"account\":\"a\\nb\"}", "'account' must be a text in one line" },
    { "{\"command\":\"lock\",\"account\":\"a\\u001b[2J\"}",
      "'account' must be a text in one line" },
    { "{\"command\":\"lock\",\"account\":null}", "'account' must be a text in one line" },
    { "{\"command\":\"unlock\"," WHO ",\"force\":1}", "'force' must be true or false" },
    { "{\"command\":\"release\"}", "'release' needs either 'account' or 'incident'" },
    { "{\"command\":\"release\"," WHO ",\"incident\":1}",
      "'release' needs either 'account' or 'incident'" },
    { "{\"command\":\"release\"," WHO ",\"queue_id\":\"4jX0001\"}",
      "'queue_id' stands beside 'incident'" },
    { "{\"command\":\"release\",\"incident\":1,\"queue_id\":\"ALL\"}",
      "'queue_id' must be a queue id of Postfix" },
    { "{\"command\":\"release\",\"incident\":1,\"queue_id\":\"-d ALL\"}",
      "'queue_id' must be a queue id of Postfix" },
    { "{\"command\":\"purge\",\"incident\":3}", "'purge' needs 'messages'" },
    { "{\"command\":\"purge\",\"incident\":-3,\"messages\":1}", "'incident' must be a number" },
    { "{\"command\":\"block\",\"kind\":\"client\",\"value\":\"0.0.0.0.0\"}",
      "a client is an address or a network" },
    { "{\"command\":\"trust\"," WHO ",\"until\":\"2026-12-01\",\"reason\":\"x\"}",
      "'until' must be a time like" },
    { "{\"command\":\"trust\"," WHO ",\"until\":\"2026-02-30T00:00:00+01:00\",\"reason\":\"x\"}",
      "'until' must be a time like" },
    { "{\"command\":\"trust\"," WHO ",\"until\":\"2026-12-01T00:00:00\",\"reason\":\"x\"}",
      "'until' must be a time like" },
    { "{\"command\":\"trust\"," WHO ",\"until\":\"2026-12-01T00:00:00Z\"}",
      "'trust' needs 'reason'" },
    { "{\"command\":\"trust\"," WHO ",\"country\":\"br\"}",
      "'country' must be a country of two capital letters" },
};

static void requests_are_what_the_document_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(request_cases); i++) {
        const struct request_case *c = &request_cases[i];
        struct slice line = test_copy(slice_of(c->in));
        struct buf wrong = buf_make(4096);
        json_t *got = control_request_parse(line, &wrong);
        bool fits = c->wrong == NULL
                        ? got != NULL && wrong.n == 0
                        : got == NULL && slice_starts(buf_slice(&wrong), slice_of(c->wrong));

        if (!fits)
            fail_msg("%s: got '%.*s', want '%s'", c->in, SLICE_ARG(buf_slice(&wrong)),
                     c->wrong != NULL ? c->wrong : "");
        json_decref(got);
        buf_done(&wrong);
        test_copy_free(line);
    }
}

static void every_beginning_is_refused(void **state)
{
    static const char whole[] = "{\"command\":\"purge\",\"incident\":12,\"messages\":40}";

    (void)state;
    for (size_t n = 0; n < sizeof whole - 1; n++) {
        struct slice line = test_copy((struct slice){ whole, n });
        struct buf wrong = buf_make(4096);

        assert_null(control_request_parse(line, &wrong));
        assert_true(wrong.n > 0);
        buf_done(&wrong);
        test_copy_free(line);
    }
}

static void changes_are_known(void **state)
{
    (void)state;
    assert_true(control_request_changes("lock"));
    assert_true(control_request_changes("reload"));
    assert_false(control_request_changes("status"));
    assert_false(control_request_changes("no such"));
    assert_false(control_request_changes(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_are_what_the_document_says),
        cmocka_unit_test(every_beginning_is_refused),
        cmocka_unit_test(changes_are_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
