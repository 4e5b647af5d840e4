#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/test_copy.h"
#include "proto/courier.h"

#include "base/ban.h"

static const struct courier_letter example = {
    .id = 0x123456789abcdefU,
    .kind = COURIER_MAIL,
    .tls = COURIER_TLS_REQUIRE,
    .unverified = true,
    .where = SLICE_INIT("smtp://mail.example.test:587/fuse.example.test"),
    .body = SLICE_INIT("Subject: held\r\n\r\n.\0.\r\n"),
    .ca_file = SLICE_INIT("/etc/mailfuse/ca.pem"),
    .from = SLICE_INIT("fuse@example.test"),
    .to = SLICE_INIT("postmaster@example.test"),
    .source = SLICE_INIT("192.0.2.1"),
    .user = SLICE_INIT("fuse"),
    .secret_file = SLICE_INIT("/etc/mailfuse/password"),
    .authorization_file = SLICE_INIT("/etc/mailfuse/token"),
    .name = SLICE_INIT("12-held"),
    .event = SLICE_INIT("incident"),
    .incident = SLICE_INIT("12"),
    .subject = SLICE_INIT("alice@example.test"),
    .arguments = { SLICE_INIT("one"), SLICE_INIT(""), SLICE_INIT("three") },
    .arguments_n = 3,
};

static void assert_same(struct slice got, struct slice want)
{
    if (!slice_eq(got, want))
        fail_msg("got '%.*s', want '%.*s'", SLICE_ARG(got), SLICE_ARG(want));
}

static void assert_letter(const struct courier_letter *got, const struct courier_letter *want)
{
    assert_int_equal(got->id, want->id);
    assert_int_equal(got->kind, want->kind);
    assert_int_equal(got->tls, want->tls);
    assert_int_equal(got->unverified, want->unverified);
    assert_same(got->where, want->where);
    assert_same(got->body, want->body);
    assert_same(got->ca_file, want->ca_file);
    assert_same(got->from, want->from);
    assert_same(got->to, want->to);
    assert_same(got->source, want->source);
    assert_same(got->user, want->user);
    assert_same(got->secret_file, want->secret_file);
    assert_same(got->authorization_file, want->authorization_file);
    assert_same(got->name, want->name);
    assert_same(got->event, want->event);
    assert_same(got->incident, want->incident);
    assert_same(got->subject, want->subject);
    assert_int_equal(got->arguments_n, want->arguments_n);
    for (uint32_t i = 0; i < want->arguments_n; i++)
        assert_same(got->arguments[i], want->arguments[i]);
}

/* Of each front of it, only the whole one is a letter. */
static void test_letter_there_and_back(void **state)
{
    struct buf out = buf_make(COURIER_FRAME_MAX);
    struct courier_letter got = { 0 };
    size_t used = 0;

    (void)state;
    assert_true(courier_letter_add(&out, &example));
    for (size_t n = 0; n <= out.n; n++) {
        struct slice copy = test_copy((struct slice){ out.p, n });
        enum parse result = courier_letter_parse(copy, &got, &used);

        assert_int_equal(result, n < out.n ? PARSE_MORE : PARSE_OK);
        if (result == PARSE_OK) {
            assert_int_equal(used, out.n);
            assert_letter(&got, &example);
        }
        test_copy_free(copy);
    }
    buf_done(&out);
}

/* Two in a row; an empty one, too. */
static void test_letters_follow_each_other(void **state)
{
    static const struct courier_letter empty = { .kind = COURIER_COMMAND };
    struct buf out = buf_make((size_t)2 * COURIER_FRAME_MAX);
    struct courier_letter got = { 0 };
    struct slice rest;
    size_t used = 0;

    (void)state;
    assert_true(courier_letter_add(&out, &empty) && courier_letter_add(&out, &example));
    rest = buf_slice(&out);
    assert_int_equal(courier_letter_parse(rest, &got, &used), PARSE_OK);
    assert_letter(&got, &empty);
    rest = slice_from(rest, used);
    assert_int_equal(courier_letter_parse(rest, &got, &used), PARSE_OK);
    assert_letter(&got, &example);
    assert_int_equal(rest.n, used);
    buf_done(&out);
}

/* Every byte of it, turned: never more than was there, and what is accepted can be sent again. */
static void test_letter_damaged(void **state)
{
    struct buf out = buf_make(COURIER_FRAME_MAX);
    struct courier_letter got = { 0 };
    size_t used = 0;

    (void)state;
    assert_true(courier_letter_add(&out, &example));
    for (size_t i = 0; i < 8 * out.n; i++) {
        struct slice copy;
        enum parse result;

        out.p[i / 8] = (char)(out.p[i / 8] ^ 1 << i % 8);
        copy = test_copy(buf_slice(&out));
        result = courier_letter_parse(copy, &got, &used);
        assert_true(result != PARSE_OK || used <= copy.n);
        test_copy_free(copy);
        out.p[i / 8] = (char)(out.p[i / 8] ^ 1 << i % 8);
    }
    buf_done(&out);
}

static void test_letter_too_long(void **state)
{
    struct courier_letter letter = { .kind = COURIER_WEBHOOK };
    struct buf out = buf_make((size_t)2 * COURIER_FRAME_MAX);
    char *bytes = calloc(1, COURIER_FRAME_MAX);
    size_t empty;

    (void)state;
    assert_non_null(bytes);
    assert_true(courier_letter_add(&out, &letter));
    empty = out.n;
    buf_clear(&out);
    letter.body = (struct slice){ bytes, COURIER_FRAME_MAX - empty };
    assert_true(courier_letter_add(&out, &letter));
    assert_int_equal(out.n, COURIER_FRAME_MAX);
    letter.body.n++;
    assert_false(courier_letter_add(&out, &letter));
    letter.body.n = SIZE_MAX; /* nothing is read of it */
    assert_false(courier_letter_add(&out, &letter));
    letter.body.n = 0;
    letter.arguments_n = COURIER_ARGUMENTS_MAX + 1;
    assert_false(courier_letter_add(&out, &letter));
    assert_int_equal(out.n, COURIER_FRAME_MAX);
    free(bytes);
    buf_done(&out);
}

static const struct answer_case {
    const char *name;
    struct courier_answer answer;
    const char *want_words;
    uint32_t want_wait_s;
} answer_cases[] = {
    { "nothing to say", { .id = 1, .result = COURIER_OK }, "", 0 },
    { "words",
      { .id = 2, .result = COURIER_PERMANENT, .words = SLICE_INIT("550 5.1.1 no such user") },
      "550 5.1.1 no such user",
      0 },
    { "hostile words",
      { .id = 3,
        .result = COURIER_TEMPORARY,
        .retry_after_s = 42,
        .words = SLICE_INIT("a\x1b[31m\xff\r\nX: \xc3\xa4\xe2\x80\xae") },
      "a?[31m???X: \xc3\xa4?",
      42 },
    { "for ever",
      { .id = 4, .result = COURIER_TEMPORARY, .retry_after_s = UINT32_MAX },
      "",
      COURIER_RETRY_AFTER_MAX_S },
};

static void test_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(answer_cases); i++) {
        const struct answer_case *c = &answer_cases[i];
        struct buf out = buf_make(COURIER_ANSWER_MAX);
        struct courier_answer got = { 0 };
        size_t used = 0;

        print_message("%s\n", c->name);
        assert_true(courier_answer_add(&out, &c->answer));
        for (size_t n = 0; n < out.n; n++)
            assert_int_equal(courier_answer_parse((struct slice){ out.p, n }, &got, &used),
                             PARSE_MORE);
        assert_int_equal(courier_answer_parse(buf_slice(&out), &got, &used), PARSE_OK);
        assert_int_equal(used, out.n);
        assert_int_equal(got.id, c->answer.id);
        assert_int_equal(got.result, c->answer.result);
        assert_int_equal(got.retry_after_s, c->want_wait_s);
        assert_same(got.words, slice_of(c->want_words));
        buf_done(&out);
    }
}

/* The longest words fit, and are cut between characters. */
static void test_long_words(void **state)
{
    char words[2 * COURIER_WORDS_MAX];
    struct buf out = buf_make(COURIER_ANSWER_MAX);
    struct courier_answer got = { 0 };
    size_t used = 0;

    (void)state;
    words[0] = 'x';
    for (size_t i = 1; i + 1 < sizeof words; i += 2)
        memcpy(words + i, "\xc3\xa4", 2);
    words[sizeof words - 1] = 'x';
    assert_true(
        courier_answer_add(&out, &(struct courier_answer){ .words = { words, sizeof words } }));
    assert_int_equal(courier_answer_parse(buf_slice(&out), &got, &used), PARSE_OK);
    assert_int_equal(got.words.n, COURIER_WORDS_MAX - 1);
    buf_done(&out);
}

/* An answer that another program could have made up. */
static void test_answers_refused(void **state)
{
    static const struct {
        const char *name;
        uint32_t head[6]; /* length, flags, id (2), result, time */
        const char *words;
    } cases[] = {
        { "no such result", { 26, 0, 1, 0, COURIER_RESULTS, 0 }, "ab" },
        { "flags", { 26, 1, 1, 0, 0, 0 }, "ab" },
        { "a time that is too long", { 26, 0, 1, 0, 1, COURIER_RETRY_AFTER_MAX_S + 1 }, "ab" },
        { "controls", { 26, 0, 1, 0, 0, 0 }, "a\n" },
        { "no UTF-8", { 26, 0, 1, 0, 0, 0 }, "a\xff" },
        { "too short", { 19, 0, 1, 0, 0, 0 }, "ab" },
        { "too long", { COURIER_ANSWER_MAX, 0, 1, 0, 0, 0 }, "ab" },
        { "far too long", { UINT32_MAX, 0, 1, 0, 0, 0 }, "ab" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct buf in = buf_make(COURIER_ANSWER_MAX);
        struct courier_answer got;
        size_t used;
        uint32_t n = (uint32_t)strlen(cases[i].words);

        buf_add(&in, (struct slice){ (const char *)cases[i].head, sizeof cases[i].head });
        buf_add(&in, (struct slice){ (const char *)&n, sizeof n });
        buf_add(&in, slice_of(cases[i].words));
        print_message("%s\n", cases[i].name);
        assert_int_equal(courier_answer_parse(buf_slice(&in), &got, &used), PARSE_BAD);
        buf_done(&in);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_letter_there_and_back),
        cmocka_unit_test(test_letters_follow_each_other),
        cmocka_unit_test(test_letter_damaged),
        cmocka_unit_test(test_letter_too_long),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_long_words),
        cmocka_unit_test(test_answers_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
