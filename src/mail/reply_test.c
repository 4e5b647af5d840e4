#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "base/test_copy.h"
#include "mail/reply.h"
#include "mail/reply_words.h"

#include "base/ban.h"

/* One row of reply_cases.txt: class, code, text. */
static bool assert_class(struct slice line)
{
    struct slice text = line, want = { NULL, 0 }, dsn = { NULL, 0 };
    const char *got;

    if (!slice_cut(&text, '\t', &want) || !slice_cut(&text, '\t', &dsn))
        fail_msg("no tabs: %.*s", SLICE_ARG(line));
    dsn = test_copy(dsn);
    text = test_copy(text);
    got = reply_class_name(reply_classify(dsn, text));
    if (!slice_eq(want, slice_of(got)))
        print_error("%.*s: got %s, want %.*s\n", SLICE_ARG(text), got, SLICE_ARG(want));
    test_copy_free(text);
    test_copy_free(dsn);
    return slice_eq(want, slice_of(got));
}

static void test_classes(void **state)
{
    const char *source = getenv("MAILFUSE_SOURCE");
    char path[4096], *line = NULL;
    size_t capacity = 0;
    unsigned rows = 0, wrong = 0;
    ssize_t n;
    FILE *f;

    (void)state;
    snprintf(path, sizeof path, "%s/src/mail/reply_cases.txt", source != NULL ? source : ".");
    if ((f = fopen(path, "r")) == NULL)
        fail_msg("%s cannot be read", path);
    while ((n = getline(&line, &capacity, f)) > 0) {
        if (line[0] == '#' || line[0] == '\n')
            continue;
        wrong += !assert_class((struct slice){ line, (size_t)n - (line[n - 1] == '\n') });
        rows++;
    }
    free(line);
    fclose(f);
    assert_in_range(rows, 250, 100000);
    assert_int_equal(wrong, 0);
}

static const struct pattern_case {
    const char *in, *want;
} pattern_cases[] = {
    { "host mx.example.test[192.0.2.1] said: 550 5.1.1 <bob@example.test>: Recipient address "
      "rejected: User unknown in virtual mailbox table (in reply to RCPT TO command)",
      "550 5.1.1 Recipient address rejected: User unknown in virtual mailbox table" },
    { "host mx.example.test[192.0.2.1] said: 550 5.1.1 <bob@example.test>... User unknown",
      "550 5.1.1 User unknown" },
    { "host mx.example.test[192.0.2.1] said: 550 <bob@example.test>, Recipient unknown",
      "550 Recipient unknown" },
    { "host mx.example.test[192.0.2.1] said: 550-5.1.1 The account does not exist. Please "
      "550-5.1.1 "
      "check it at 550 5.1.1  https://support.example.test/mail/?p=NoSuchUser d2e1a72fcca58-72a - "
      "gsmtp (in reply to RCPT TO command)",
      "550 5.1.1 The account does not exist. Please check it at https://support.example.test/… - "
      "gsmtp" },
    { "host mx.example.test[192.0.2.1] refused to talk to me: 554 5.7.1 Client host [192.0.2.9] "
      "blocked using zen.spamhaus.org; https://www.spamhaus.org/query/ip/192.0.2.9",
      "554 5.7.1 Client host … blocked using zen.spamhaus.org; https://www.spamhaus.org/…" },
    { "550 5.4.1 Recipient address rejected: Access denied. [AMS0EPF000001B3.eurprd05.test "
      "2026-11-22T03:04:05.123Z 08DBE9A1] (in reply to RCPT TO command)",
      "550 5.4.1 Recipient address rejected: Access denied. …" },
    { "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient bob@example.test not found",
      "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient … not found" },
    { "connect to mx.example.test[192.0.2.1]:25: Connection timed out",
      "connect to …: Connection timed out" },
    { "delivery temporarily suspended: connect to mx.example.test[192.0.2.1]:25: Connection "
      "refused",
      "connect to …: Connection refused" },
    { "Host or domain name not found. Name service error for name=a.test type=MX: Host not found",
      "Host or domain name not found. Name service error for … type=…: Host not found" },
    { "unknown user: \"bob\"", "unknown user: …" },
    { "554 5.7.0 Reject, id=02014-07 - spam", "554 5.7.0 Reject, id=… - spam" },
    { "451 4.7.1 queued as 4jXCS36Xbrz1bYl8 since 1234 (S3150)",
      "451 4.7.1 queued as … since … (S3150)" },
    { "550 bob@example.test carol@example.test unknown", "550 … unknown" },
    { "550 bob@example.test carol@example.test: unknown", "550 …: unknown" },
    { "550 <never closed", "550 never closed" },
    { "", "" },
    { "   ", "" },
};

static void test_pattern(void **state)
{
    char out[400] = "";

    (void)state;
    for (size_t i = 0; i < COUNT(pattern_cases); i++) {
        const struct pattern_case *c = &pattern_cases[i];
        struct slice in = test_copy(slice_of(c->in));
        struct slice got = { out, reply_pattern(in, out, sizeof out) };

        if (!slice_eq(got, slice_of(c->want)))
            fail_msg("\"%s\": got \"%.*s\", want \"%s\"", c->in, SLICE_ARG(got), c->want);
        test_copy_free(in);
    }
}

/* Cut at every length: a prefix of the whole pattern that ends with a character. */
static void test_pattern_room(void **state)
{
    struct slice text = SLICE("550 5.1.1 Empf\xc3\xa4nger bob@example.test unbekannt");
    char whole[100], out[100];
    size_t n = reply_pattern(text, whole, sizeof whole);

    (void)state;
    for (size_t room = 0; room <= n; room++) {
        size_t got = reply_pattern(text, out, room);

        assert_true(got <= room && got + 5 > room);
        assert_memory_equal(out, whole, got);
        assert_int_equal(slice_head_utf8((struct slice){ whole, n }, got).n, got);
    }
}

/* Every word is found, and so it stands in the group of its letter and behind no shorter stem. */
static void test_words(void **state)
{
    const struct reply_word *found;
    static const char *const words[] = { "user",     "userunknown", "spamhaus",
                                         "spammers", "validrcptto", "verified",
                                         "blocked",  "unavailable", "quotaexceededexception" };

    (void)state;
    for (size_t i = 0; i < COUNT(words); i++) {
        found = reply_word_find(slice_of(words[i]));
        if (found == NULL)
            fail_msg("%s: not found", words[i]);
        else if (!found->stem)
            assert_int_equal(found->n, strlen(words[i]));
    }
    assert_null(reply_word_find(SLICE("users")));
    assert_null(reply_word_find(SLICE("")));
    assert_null(reply_word_find(SLICE("\xff")));
    assert_true(reply_is_name(SLICE("SpamHaus")));
    assert_false(reply_is_name(SLICE("spam")));
}

static void test_names(void **state)
{
    (void)state;
    for (int c = 0; c < REPLY_CLASSES; c++)
        assert_true(strlen(reply_class_name((enum reply_class)c)) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_classes),      cmocka_unit_test(test_pattern),
        cmocka_unit_test(test_pattern_room), cmocka_unit_test(test_words),
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests_name("reply", tests, NULL, NULL);
}
