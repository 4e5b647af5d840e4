#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/test_copy.h"
#include "proto/arf.h"

#include "base/ban.h"

#define HEAD "From: <fbl@provider.example>\nContent-Type: multipart/report; boundary=\"b\"\n\n"
#define FIELDS "--b\nContent-Type: message/feedback-report\n\n"
#define MESSAGE "--b\nContent-Type: message/rfc822\n\n"

static const struct report_case {
    const char *name, *in;
    const char *wrong; /* part of the reason; NULL: it is a report */
    enum arf_type type;
    const char *source, *recipient, *message_id, *id;
} report_cases[] = {
    { "all of it",
      HEAD FIELDS "Feedback-Type: abuse\nUser-Agent: A/1\nVersion: 1\nSource-IP: 192.0.2.25\n"
                  "Original-Rcpt-To: <bob@provider.example>\n\n" MESSAGE
                  "Received: from a (b [192.0.2.25]) by mx with ESMTP id 4AbC; now\n"
                  "Message-ID: <one@example.test>\n\ntext\n--b--\n",
      NULL, ARF_ABUSE, "192.0.2.25", "bob@provider.example", "one@example.test", "4AbC" },
    { "types in any case", HEAD FIELDS "feedback-type: Fraud\n--b--\n", NULL, ARF_FRAUD, "", "", "",
      "" },
    { "virus", HEAD FIELDS "Feedback-Type: virus\n--b--\n", NULL, ARF_VIRUS, "", "", "", "" },
    { "RFC 6430", HEAD FIELDS "Feedback-Type: not-spam\n--b--\n", NULL, ARF_NOT_SPAM, "", "", "",
      "" },
    { "opt-out", HEAD FIELDS "Feedback-Type: opt-out\nRemoval-Recipient: bob@x.example\n--b--\n",
      NULL, ARF_OPT_OUT, "", "bob@x.example", "", "" },
    { "unknown type", HEAD FIELDS "Feedback-Type: miscategorized\n--b--\n", NULL, ARF_OTHER, "", "",
      "", "" },
    { "blank lines first", HEAD FIELDS "\n\nFeedback-Type: abuse\n--b--\n", NULL, ARF_ABUSE, "", "",
      "", "" },
    { "the first of two", HEAD FIELDS "Feedback-Type: abuse\nFeedback-Type: not-spam\n--b--\n",
      NULL, ARF_ABUSE, "", "", "", "" },
    { "a second report is not read",
      HEAD FIELDS "Feedback-Type: abuse\n" FIELDS "Source-IP: 192.0.2.1\n--b--\n", NULL, ARF_ABUSE,
      "", "", "", "" },
    { "an address in brackets", HEAD FIELDS "Feedback-Type: abuse\nSource-IP: [2001:db8::1]\n",
      NULL, ARF_ABUSE, "2001:db8::1", "", "", "" },
    { "no address", HEAD FIELDS "Feedback-Type: abuse\nSource-IP: unknown\n", NULL, ARF_ABUSE, "",
      "", "", "" },
    { "folded values",
      HEAD FIELDS "Feedback-Type:\n abuse\nSource-IP:\n\t192.0.2.1\n" MESSAGE
                  "Message-ID:\n <long@example.test>\n\n",
      NULL, ARF_ABUSE, "192.0.2.1", "", "long@example.test", "" },
    { "a Message-ID without <>",
      HEAD FIELDS "Feedback-Type: abuse\n" MESSAGE "Message-ID: bare@example.test \n\n", NULL,
      ARF_ABUSE, "", "", "bare@example.test", "" },
    { "redacted", HEAD FIELDS "Feedback-Type: abuse\n" MESSAGE "REDACTED\n--b--\n", NULL, ARF_ABUSE,
      "", "", "", "" },
    { "Hotmail",
      "From: staff@hotmail.example\nSubject: complaint about message from 192.0.2.25\n"
      "Content-Type: multipart/mixed; boundary=b\n\n" MESSAGE
      "X-HmXmrOriginalRecipient: bob@hotmail.example\nMessage-ID: <two@example.test>\n\n--b--\n",
      NULL, ARF_ABUSE, "192.0.2.25", "bob@hotmail.example", "two@example.test", "" },
    { "parts in parts",
      "Content-Type: multipart/mixed; boundary=o\n\n--o\n" HEAD FIELDS
      "Feedback-Type: abuse\n--b--\n--o--\n",
      NULL, ARF_ABUSE, "", "", "", "" },
    { "a byte order mark", "\xef\xbb\xbf" HEAD FIELDS "Feedback-Type: abuse\n--b--\n", NULL,
      ARF_ABUSE, "", "", "", "" },
    { "an mbox", "From fbl Sun Nov 22 10:00:00 2026\n" HEAD FIELDS "Feedback-Type: abuse\n--b--\n",
      NULL, ARF_ABUSE, "", "", "", "" },

    { "nothing", "", "no part of type", ARF_ABUSE, "", "", "", "" },
    { "ordinary mail", "From: a@x.example\nSubject: hello\n\ntext\n", "no part of type", ARF_ABUSE,
      "", "", "", "" },
    { "a bounce",
      "Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\n"
      "Status: 5.1.1\n\n--b--\n",
      "no part of type", ARF_ABUSE, "", "", "", "" },
    { "fields outside of a part", HEAD "Feedback-Type: abuse\n", "it ends before", ARF_ABUSE, "",
      "", "", "" },
    { "cut", HEAD "--b\nContent-Type: text/plain\n\nThis is", "it ends before", ARF_ABUSE, "", "",
      "", "" },
    { "without a type", HEAD FIELDS "Version: 1\n--b--\n", "no Feedback-Type", ARF_ABUSE, "", "",
      "", "" },
    { "an attached message alone",
      "Content-Type: multipart/mixed; boundary=b\n\n" MESSAGE "Message-ID: <x@y>\n\n--b--\n",
      "no part of type", ARF_ABUSE, "", "", "x@y", "" },
};

static void expect(const char *name, const char *what, struct slice got, const char *want)
{
    if (!slice_eq(got, slice_of(want)))
        fail_msg("%s: %s: got '%.*s', want '%s'", name, what, SLICE_ARG(got), want);
}

static void expect_report(const struct report_case *c, const struct arf *a)
{
    struct slice none = { NULL, 0 };
    char text[IP_TEXT_MAX];

    if (c->wrong == NULL && a->type != c->type)
        fail_msg("%s: got type %s", c->name, arf_type_name(a->type));
    expect(c->name, "source", slice_of(ip_text(&a->source_ip, text)), c->source);
    expect(c->name, "recipient", a->recipients_n > 0 ? a->recipients[0] : none, c->recipient);
    expect(c->name, "Message-ID", a->message_id, c->message_id);
    expect(c->name, "id", a->hops_n > 0 ? a->hops[0].id : none, c->id);
}

static void test_reports(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(report_cases); i++) {
        const struct report_case *c = &report_cases[i];
        struct slice in = test_copy(slice_of(c->in));
        struct arena room = { 0 };
        struct arf a;
        const char *wrong = arf_parse(in, &room, &a);

        if ((wrong == NULL) != (c->wrong == NULL) ||
            (wrong != NULL && strstr(wrong, c->wrong) == NULL))
            fail_msg("%s: got '%s', want '%s'", c->name, wrong != NULL ? wrong : "a report",
                     c->wrong != NULL ? c->wrong : "a report");
        expect_report(c, &a);
        arena_done(&room);
        test_copy_free(in);
    }
}

static const struct received_case {
    const char *in, *from, *by, *id;
} received_cases[] = {
    { "from helo (name [192.0.2.1]) by host (Postfix) with ESMTPSA id 4AbC for <b@x>; now",
      "192.0.2.1", "host", "4AbC" },
    { "from [10.0.0.1] (unknown [192.0.2.1])\n\t(Authenticated sender: a)\n\tby host (Postfix)\n\t"
      "with ESMTPSA id 4AbC; now",
      "192.0.2.1", "host", "4AbC" },
    { "from x ([IPv6:2001:db8::1]) by y id z;", "2001:db8::1", "y", "z" },
    { "from [192.0.2.1] by mx (LMTP); now", "192.0.2.1", "mx", "" },
    { "by host (Postfix, from userid 33)\n\tid 4AbC; now", "", "host", "4AbC" },
    /* what a client calls itself */
    { "from id (by [192.0.2.1]) by host id 4AbC; x", "192.0.2.1", "host", "4AbC" },
    { "from a ([192.0.2.9] id FORGED by other [192.0.2.1]) by host id 4AbC; x", "192.0.2.1", "host",
      "4AbC" },
    { "from \"a id F\" (n [192.0.2.1]) by host id 4AbC; id G", "192.0.2.1", "host", "4AbC" },
    { "from a (unclosed by host id 4AbC", "", "", "" },
    { "from", "", "", "" },
    { "id", "", "", "" },
    { "", "", "", "" },
    { "; from x id y", "", "", "" },
};

static void test_received(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(received_cases); i++) {
        const struct received_case *c = &received_cases[i];
        struct slice in = test_copy(slice_of(c->in));
        struct received r = received_parse(in);
        char text[IP_TEXT_MAX];

        expect(c->in, "from", slice_of(ip_text(&r.from, text)), c->from);
        expect(c->in, "by", r.by, c->by);
        expect(c->in, "id", r.id, c->id);
        test_copy_free(in);
    }
}

static void test_every_prefix(void **state)
{
    struct slice all = slice_of(report_cases[0].in);

    (void)state;
    for (size_t n = 0; n < all.n; n++) {
        struct slice in = test_copy(slice_head(all, n));
        struct arena room = { 0 };
        struct arf a;

        (void)!arf_parse(in, &room, &a);
        arena_done(&room);
        test_copy_free(in);
    }
}

static void test_limits(void **state)
{
    static char many[400000];
    struct arena room = { 0 };
    size_t n = 0;
    struct arf a;

    (void)state;
    n += (size_t)snprintf(many, sizeof many, HEAD FIELDS "Feedback-Type: abuse\n");
    for (int i = 0; i < 100; i++)
        n += (size_t)snprintf(many + n, sizeof many - n, "Original-Rcpt-To: <a%d@x.example>\n", i);
    n += (size_t)snprintf(many + n, sizeof many - n, MESSAGE);
    for (int i = 0; i < 100; i++)
        n += (size_t)snprintf(many + n, sizeof many - n, "Received: by h id %d; x\n", i);
    for (int i = 0; i < 10000; i++)
        n += (size_t)snprintf(many + n, sizeof many - n, "--b\n\n");
    assert_null(arf_parse((struct slice){ many, n }, &room, &a));
    assert_int_equal(a.recipients_n, ARF_RECIPIENTS);
    assert_int_equal(a.recipients_all, 100);
    assert_int_equal(a.hops_n, ARF_HOPS);
    for (n = 0; n + 50 < sizeof many;)
        n += (size_t)snprintf(many + n, sizeof many - n,
                              "Content-Type: multipart/mixed; boundary=x\n\n--x\n");
    assert_non_null(arf_parse((struct slice){ many, n }, &room, &a));
    arena_done(&room);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reports),
        cmocka_unit_test(test_received),
        cmocka_unit_test(test_every_prefix),
        cmocka_unit_test(test_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
