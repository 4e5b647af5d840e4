#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/attributes.h"
#include "report/fixture.h"
#include "report/json.h"

#include "base/ban.h"

static json_t *load(const struct report *r)
{
    struct buf out = buf_make(JSON_LIMIT);
    json_error_t error;
    json_t *root;

    assert_true(json_report(r, &out));
    for (size_t i = 0; i < out.n; i++)
        if ((out.p[i] < ' ' && out.p[i] != '\n') || out.p[i] > '~')
            fail_msg("byte %zu: got 0x%02x, want printable ASCII", i, (unsigned char)out.p[i]);
    root = json_loadb(out.p, out.n, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL)
        fail_msg("line %d: %s", error.line, error.text);
    buf_done(&out);
    return root;
}

/* The value at "locks.0.account"; NULL when there is none. */
static const json_t *at(const json_t *value, const char *path)
{
    struct slice rest = slice_of(path), name;
    bool more = true;

    while (more && value != NULL) {
        uint64_t index;

        more = slice_cut(&rest, '.', &name);
        if (!more)
            name = rest;
        if (json_is_array(value) && slice_to_u64(name, &index))
            value = json_array_get(value, index);
        else
            value = json_object_getn(value, name.p, name.n);
    }
    return value;
}

static const struct field_case {
    const char *path, *want; /* as JSON */
} field_cases[] = {
    { "period.start", "\"2026-11-16T00:00:03.007+01:00\"" },
    { "period.end", "\"2026-11-22T23:59:50.050+01:00\"" },
    { "lines", "1284511" },
    { "reading.unparsed", "15" },
    { "totals.submitted", "7702" },
    { "totals.received", "21877" },
    { "totals.sent", "109114" },
    { "totals.deferred", "31022" },
    { "totals.bounced", "15640" },
    { "totals.rejected", "48112" },
    { "locks.0.account", "\"anna.berger@example.test\"" },
    { "locks.0.kind", "\"account\"" },
    { "locks.0.time", "\"2026-11-19T02:14:07+01:00\"" },
    { "locks.0.held_from", "\"2026-11-19T02:14:07+01:00\"" },
    { "locks.0.decided", "\"2026-11-19T02:16:31+01:00\"" },
    { "locks.0.canaries", "{\"messages\": 9, \"recipients\": 180}" },
    { "locks.0.score", "12.9" },
    { "locks.0.messages", "3424" },
    { "locks.0.recipients", "68480" },
    { "locks.0.before.recipients", "240" },
    { "locks.0.after.messages", "3412" },
    { "locks.0.evidence.0.words", "\"31 recipients in 10 minutes, 2 is usual\"" },
    { "locks.0.evidence.0.expected", "2.0" },
    { "locks.0.evidence.0.history", "\"its own last days\"" },
    { "locks.0.evidence.4.observed", "null" },
    { "locks.0.evidence.5.signal", "\"others\"" },
    { "locks.0.evidence.5.history", "\"\"" },
    { "locks.0.queue_ids.4", "\"4jXCT93G0Wz1bYlN\"" },
    { "locks.0.clients.2.address", "\"2001:db8:9::21\"" },
    { "locks.0.replies.1.count", "3312" },
    { "locks.1.held_from", "\"2026-11-21T03:02:50+01:00\"" },
    { "locks.1.queue_host", "\"mail2.example.test\"" },
    { "hosts.0.host", "\"10.20.0.13\"" },
    { "hosts.0.kind", "\"lan\"" },
    { "hosts.1.host", "\"192.0.2.77\"" },
    { "hosts.1.kind", "\"relay\"" },
    { "alerts.0.account", "\"vertrieb@example.test\"" },
    { "alerts.0.time", "\"2026-11-20T11:02:00+01:00\"" },
    { "alerts.1.time", "\"2026-11-22T23:59:50.050+01:00\"" },
    { "watch.0.name", "\"uid 33\"" },
    { "watch.0.decided", "null" },
    { "watch.0.after.messages", "8" },
    { "holds.0.account", "\"vertrieb@example.test\"" },
    { "holds.0.from", "\"2026-11-20T11:02:00+01:00\"" },
    { "holds.0.until", "\"2026-11-20T11:14:31+01:00\"" },
    { "holds.0.minutes", "12.5167" },
    { "holds.2.host", "\"uid 33\"" },
    { "delays", "{\"messages\": 56, \"recipients\": 63, \"of\": 61224, \"minutes\": 45.0}" },
    { "accounts.0.login_failures", "612" },
    { "brute_force.1.successes", "1" },
    { "blocking.0.who", "\"bigmail.example\"" },
    { "wrote.1.status", "\"bounced\"" },
    { "unparsed.cut line", "12" },
    { "warnings.0.count", "1" },
    { "pseudonyms", "false" },
};

static void test_fields(void **state)
{
    struct report r;
    json_t *root;

    (void)state;
    fixture_company(&r);
    r.start.ms += 7;
    r.end.ms += 50;
    root = load(&r);
    for (size_t i = 0; i < COUNT(field_cases); i++) {
        char *got =
            json_dumps(at(root, field_cases[i].path), JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));

        if (got == NULL || strcmp(got, field_cases[i].want) != 0)
            fail_msg("%s: got %s, want %s", field_cases[i].path, got, field_cases[i].want);
        free(got);
    }
    assert_int_equal(json_array_size(at(root, "locks")), 2);
    assert_int_equal(json_array_size(at(root, "hosts")), 2);
    assert_int_equal(json_array_size(at(root, "alerts")), 2);
    assert_int_equal(json_array_size(at(root, "locks.1.queue_ids")), 240);
    json_decref(root);
    report_done(&r);
}

static void test_empty(void **state)
{
    struct report r;
    json_t *root;

    (void)state;
    fixture_empty(&r);
    root = load(&r);
    assert_true(json_is_null(at(root, "period.start")));
    assert_int_equal(json_array_size(at(root, "locks")), 0);
    assert_int_equal(json_array_size(at(root, "hosts")), 0);
    assert_int_equal(json_integer_value(at(root, "unparsed.not a log line")), 12);
    json_decref(root);
    report_done(&r);
}

static void test_no_zone(void **state)
{
    struct report r;
    json_t *root;

    (void)state;
    fixture_calm(&r);
    root = load(&r);
    assert_string_equal(json_string_value(at(root, "period.start")), "2026-11-21T00:00:01");
    json_decref(root);
    report_done(&r);
}

static void test_hostile(void **state)
{
    struct report r;
    json_t *root;

    (void)state;
    fixture_hostile(&r);
    r.fuses[1].name = (struct slice){ "a\177\0\033\302\233b\377", 8 };
    root = load(&r);
    assert_string_equal(json_string_value(at(root, "locks.0.account")),
                        "a\177\357\277\275\033\302\233b\357\277\275");
    json_decref(root);
    report_done(&r);
}

static void test_full(void **state)
{
    struct report r;

    (void)state;
    fixture_company(&r);
    for (size_t limit = 0; limit < 40000; limit += 997) {
        struct buf out = buf_make(limit);

        assert_false(json_report(&r, &out));
        assert_true(out.n <= limit);
        buf_done(&out);
    }
    report_done(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields),  cmocka_unit_test(test_empty),
        cmocka_unit_test(test_no_zone), cmocka_unit_test(test_hostile),
        cmocka_unit_test(test_full),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
