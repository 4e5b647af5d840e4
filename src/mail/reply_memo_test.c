#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "mail/reply_memo.h"

#include "base/ban.h"

static void assert_same(struct reply_memo *m, struct slice dsn, struct slice text)
{
    char want[REPLY_MEMO_PATTERN], room[REPLY_MEMO_PATTERN];
    size_t want_n = reply_pattern(text, want, sizeof want);
    struct slice got;

    if (reply_memo_class(m, dsn, text) != reply_classify(dsn, text))
        fail_msg("%.*s: another class", SLICE_ARG(text));
    got = reply_memo_pattern(m, text, room);
    if (!slice_eq(got, (struct slice){ want, want_n }))
        fail_msg("%.*s: got %.*s, want %.*s", SLICE_ARG(text), SLICE_ARG(got), (int)want_n, want);
}

/* Whatever was asked before, the answers are those of reply.h. */
static void test_cases(void **state)
{
    const char *source = getenv("MAILFUSE_SOURCE");
    struct reply_memo memo = { 0 };
    char path[4096], *line = NULL;
    size_t capacity = 0;
    ssize_t n;
    FILE *f;

    (void)state;
    snprintf(path, sizeof path, "%s/src/mail/reply_cases.txt", source != NULL ? source : ".");
    if ((f = fopen(path, "r")) == NULL)
        fail_msg("%s cannot be read", path);
    while ((n = getline(&line, &capacity, f)) > 0) {
        struct slice text = { line, (size_t)n - (line[n - 1] == '\n') }, want, dsn;

        if (!slice_cut(&text, '\t', &want) || !slice_cut(&text, '\t', &dsn))
            continue;
        assert_same(&memo, dsn, text);
        assert_same(&memo, SLICE("4.0.0"), text);
        assert_same(&memo, dsn, text);
    }
    free(line);
    fclose(f);
}

#define SAID(host, text) "host " host " said: " text " (in reply to RCPT TO command)"

/* One slot for all of them, or each its own: the frame, too, says something. */
static void test_likeness(void **state)
{
    static const char *const alike[] = {
        SAID("a.test[192.0.2.1]", "550 5.1.1 <ann@a.test>: User unknown"),
        SAID("b.test[192.0.2.2]", "550 5.1.1 <bob@b.test>: User unknown"),
        SAID("b.test[192.0.2.2]", "550 5.1.1 <>: User unknown"),
    };
    static const char *const others[] = {
        SAID("a.test[192.0.2.1]", "550 5.1.1 <ann@a.test: User unknown"),
        SAID("a.test[192.0.2.1]", "550 5.1.1 ann@a.test: User unknown"),
        "550 5.1.1 <ann@a.test>: User unknown",
        "",
        "<",
        "<>",
    };
    struct reply_memo memo = { 0 };
    size_t used = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(alike); i++)
        assert_same(&memo, SLICE(""), slice_of(alike[i]));
    for (size_t i = 0; i < REPLY_MEMO_SLOTS; i++)
        used += memo.slots[i].words_n > 0;
    assert_int_equal(used, 1);
    for (size_t i = 0; i < COUNT(others); i++)
        assert_same(&memo, SLICE(""), slice_of(others[i]));
}

static void test_long(void **state)
{
    char text[2000];
    struct reply_memo memo = { 0 };

    (void)state;
    memset(text, 'x', sizeof text);
    for (size_t n = 0; n <= sizeof text; n++) {
        if (n > 20)
            memcpy(text + n - 20, " <user@example.test>", 20);
        assert_same(&memo, SLICE("5.1.1"), (struct slice){ text, n });
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_likeness),
        cmocka_unit_test(test_long),
    };

    return cmocka_run_group_tests_name("reply_memo", tests, NULL, NULL);
}
