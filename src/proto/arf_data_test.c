/* arf_data_test.c - reports that real providers sent, made anonymous, and other odd messages. They
 * are not part of the tree: without them the test skips. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/test_copy.h"
#include "proto/arf.h"

#include "base/ban.h"

enum { LONGEST = 1 << 20 };

/* `source` is what Source-IP says; `id` that of the last Received field of the message. */
static const struct data_case {
    const char *path;
    enum arf_type type;
    const char *agent, *source, *recipient, *message_id, *id;
    unsigned recipients;
} data_cases[] = {
    { "sisimai/lf/arf-01.eml", ARF_ABUSE, "SMP-FBL", "192.0.2.89", "", "", "0000000000000", 0 },
    { "sisimai/crlf/arf-01.eml", ARF_ABUSE, "SMP-FBL", "192.0.2.89", "", "", "0000000000000", 0 },
    { "sisimai/cr/arf-01.eml", ARF_ABUSE, "SMP-FBL", "192.0.2.89", "", "", "0000000000000", 0 },
    { "sisimai/lf/arf-11.eml", ARF_ABUSE, "ARF-Agent/1.0", "", "",
      "ffffffffffffffffffffffffff0000000000@example.net", "00000000000fff", 0 },
    { "sisimai/lf/arf-15.eml", ARF_ABUSE, "ReturnPathFBL/1.0", "192.0.2.222", "",
      "ffffffffffffffffffffffff00000000@example.net", "", 0 },
    { "sisimai/lf/arf-17.eml", ARF_ABUSE, "abusix-py/0.1", "192.0.2.3", "kijitora@example.com",
      "EEEEEEEE-0000-0000-0000-EEEEEEEE2222@example.net", "000000-FFFFFF-22", 2 },
    { "sisimai/lf/arf-19.eml", ARF_AUTH_FAILURE, "NtesDmarcReporter/1.0", "203.0.113.2", "",
      "000000000.2222222.0000000000002@example.net", "0000000000E", 0 },
    { "sisimai/lf/arf-22.eml", ARF_ABUSE, "", "192.0.2.222", "kijitora@example.com",
      "0000000000fffffffff0000000000000@example.com", "", 1 },
    { "sisimai/lf/arf-25.eml", ARF_ABUSE, "ReturnPathFBL/2.0", "10.0.0.1", "hashed@example.com", "",
      "", 1 },
    { "mail-auth/arf/001.eml", ARF_ABUSE, "SomeGenerator/1.0", "", "", NULL, NULL, 0 },
    { "mail-auth/arf/002.eml", ARF_ABUSE, "SomeGenerator/1.0", "192.0.2.1", "user@example.com",
      NULL, NULL, 2 },
    { "mail-auth/arf/003.eml", ARF_AUTH_FAILURE, "SomeDKIMFilter/1.0", "192.0.2.1",
      "user@example.com", "", "o3F3BwdY028431", 1 },
    { "kumomta/arf/3.eml", ARF_ABUSE, "Yahoo!-Mail-Feedback/2.0", "", "user@example.com", "", "",
      1 },
    { "mimekit/messages/feedback-report.txt", ARF_ABUSE, "SomeGenerator/1.0", "192.0.2.2",
      "user@example.com", "8787KJKJ3K4J3K4J3K4J3.mail@example.net", "M63d4137594e46", 2 },
};

/* Messages that are none. */
static const char *const others[] = {
    "mimekit/messages/stack-overflow.txt",
    "mimekit/messages/delivery-status.txt",
};

static bool read_all(const char *name, char *block, struct slice *out)
{
    const char *source = getenv("MAILFUSE_SOURCE");
    char path[4096];
    FILE *file;

    snprintf(path, sizeof path, "%s/../shared/data/%s", source != NULL ? source : ".", name);
    file = fopen(path, "rb");
    if (file == NULL) {
        print_message("no %s: it was not tested\n", path);
        return false;
    }
    *out = (struct slice){ block, fread(block, 1, LONGEST, file) };
    fclose(file);
    return true;
}

static void expect(const char *path, const char *what, struct slice got, const char *want)
{
    if (want != NULL && !slice_eq(got, slice_of(want)))
        fail_msg("%s: %s: got '%.*s', want '%s'", path, what, SLICE_ARG(got), want);
}

static void check(const struct data_case *c, struct slice text)
{
    struct slice in = test_copy(text), none = { NULL, 0 };
    struct arena room = { 0 };
    struct arf a;
    const char *wrong = arf_parse(in, &room, &a);
    char ip[IP_TEXT_MAX];

    if (wrong != NULL)
        fail_msg("%s: %s", c->path, wrong);
    assert_int_equal(a.type, c->type);
    expect(c->path, "agent", a.agent, c->agent);
    expect(c->path, "source", slice_of(ip_text(&a.source_ip, ip)), c->source);
    expect(c->path, "recipient", a.recipients_n > 0 ? a.recipients[0] : none, c->recipient);
    expect(c->path, "Message-ID", a.message_id, c->message_id);
    expect(c->path, "id", a.hops_n > 0 ? a.hops[a.hops_n - 1].id : none, c->id);
    if (a.recipients_all != c->recipients)
        fail_msg("%s: got %u recipients", c->path, a.recipients_all);
    arena_done(&room);
    test_copy_free(in);
}

static void test_real_reports(void **state)
{
    char *block = malloc(LONGEST);
    struct arena room = { 0 };
    size_t seen = 0;
    struct slice in;
    struct arf a;

    (void)state;
    assert_non_null(block);
    for (size_t i = 0; i < COUNT(data_cases); i++)
        if (read_all(data_cases[i].path, block, &in)) {
            check(&data_cases[i], in);
            seen++;
        }
    for (size_t i = 0; i < COUNT(others); i++)
        if (read_all(others[i], block, &in))
            assert_non_null(arf_parse(in, &room, &a));
    arena_done(&room);
    free(block);
    if (seen == 0)
        skip();
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_real_reports) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
