#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/test_copy.h"
#include "proto/queuefile.h"

#include "base/ban.h"

enum { BLOCK = 4096 };

/* A record as Postfix writes it. */
static void add(struct buf *b, char type, struct slice data)
{
    size_t n = data.n;

    buf_add_char(b, type);
    do {
        buf_add_char(b, (char)((n & 0x7f) | (n > 0x7f ? 0x80 : 0)));
        n >>= 7;
    } while (n > 0);
    buf_add(b, data);
}

static void add_text(struct buf *b, char type, const char *text)
{
    add(b, type, slice_of(text));
}

/* A record of "C" with room for its numbers, as Postfix has it. */
static void add_sizes(struct buf *b, unsigned size, unsigned at, unsigned rcpts)
{
    char text[100];

    snprintf(text, sizeof text, "%15u %15u %15u %15u %15u %15u", size, at, rcpts, 0U, size, 0U);
    add_text(b, 'C', text);
}

static void add_pointer(struct buf *b, size_t to)
{
    char text[20];

    snprintf(text, sizeof text, "%15zu", to);
    add_text(b, 'p', text);
}

static void add_client(struct buf *b)
{
    add_text(b, 'T', "1795317677 735672");
    add_text(b, 'A', "create_time=1795317677");
    add_text(b, 'A', "sasl_method=PLAIN");
    add_text(b, 'A', "sasl_username=alice@example.test");
}

static void add_session(struct buf *b)
{
    add_text(b, 'A', "log_client_name=unknown");
    add_text(b, 'A', "log_client_address=192.0.2.7");
    add_text(b, 'A', "sasl_username=second@example.test");
}

/* The whole file in blocks, as a caller does it. */
static enum queuefile_got read_file(struct queuefile *q, struct slice file, size_t block,
                                    bool want_rcpts)
{
    uint64_t at = 0;
    enum queuefile_got got;

    queuefile_init(q, want_rcpts);
    for (unsigned steps = 0; steps < 3 * QUEUEFILE_JUMPS; steps++) {
        struct slice part = { 0 };

        if (at < file.n)
            part = test_copy(slice_head(slice_from(file, at), block));
        got = queuefile_read(q, part, at, &at);
        if (part.p != NULL)
            test_copy_free(part);
        if (got != QUEUEFILE_MORE)
            return got;
    }
    fail_msg("no end");
    return QUEUEFILE_BAD;
}

static void assert_text(const char *what, struct slice got, const char *want)
{
    if (!slice_eq(got, slice_of(want)))
        fail_msg("%s: got '%.*s', want '%s'", what, SLICE_ARG(got), want);
}

static void assert_client(const struct queuefile *q)
{
    assert_text("login", q->sasl_username, "alice@example.test");
    assert_text("method", q->sasl_method, "PLAIN");
    assert_text("name", q->log_client_name, "unknown");
    assert_text("address", q->log_client_address, "192.0.2.7");
    assert_int_equal(q->arrival.ms, INT64_C(1795317677735));
}

static void test_submission(void **state)
{
    CLEANUP(buf_done) struct buf b = buf_make(1 << 20);
    struct queuefile q;

    (void)state;
    add_sizes(&b, 4, 500, 2);
    add_client(&b);
    add_text(&b, 'S', "bob@example.test");
    add_session(&b);
    add_text(&b, 'O', "one@d1.test");
    add_text(&b, 'R', "one@d1.test");
    add_text(&b, 'D', "two@d1.test");
    add_text(&b, 'M', "");
    for (size_t block = 128; block < 600; block += 7) { /* a record is never cut in two */
        assert_int_equal(read_file(&q, buf_slice(&b), block, false), QUEUEFILE_DONE);
        assert_client(&q);
        assert_text("sender", q.sender, "bob@example.test");
        assert_true(q.has_sender && !q.cut);
        assert_int_equal(q.size, 4);
        assert_int_equal(q.rcpts_n, 2);
        assert_int_equal(q.rcpts.n, 0);
    }
}

/* A milter changed the sender and added a recipient: both stand behind the message. */
static void test_pointers(void **state)
{
    CLEANUP(buf_done) struct buf b = buf_make(1 << 20);
    struct queuefile q;
    size_t sender_at = 0, back_at = 0, added_at = 0, message_at = 0, message_n = 0;

    (void)state;
    for (int pass = 0; pass < 2; pass++) { /* the second knows the offsets */
        buf_clear(&b);
        add_sizes(&b, (unsigned)message_n, (unsigned)message_at, 2);
        add_client(&b);
        add_pointer(&b, sender_at);
        back_at = b.n;
        add_session(&b);
        add_text(&b, 'R', "one@d1.test");
        add_text(&b, '/', "dropped@d1.test");
        add_pointer(&b, added_at);
        add_text(&b, 'M', "");
        message_at = b.n;
        for (size_t i = 0; i < message_n / 50; i++)
            add_text(&b, 'N', "sasl_username=mallory@example.test; forged lines.");
        message_n = b.n - message_at;
        add_text(&b, 'X', "");
        add_pointer(&b, 0);
        add_text(&b, 'R', "copy@d3.test");
        add_text(&b, 'E', "");
        sender_at = b.n;
        add_text(&b, 'S', "new@example.test");
        add_pointer(&b, back_at);
        added_at = b.n;
        add_text(&b, 'D', "added@d2.test");
        add_pointer(&b, message_at - 2);
    }
    assert_int_equal(read_file(&q, buf_slice(&b), BLOCK, true), QUEUEFILE_DONE);
    assert_client(&q);
    assert_text("sender", q.sender, "new@example.test");
    assert_int_equal(q.rcpts.n, strlen("one@d1.test added@d2.test copy@d3.test "));
    assert_memory_equal(q.rcpts.p, "one@d1.test\0added@d2.test\0copy@d3.test", q.rcpts.n);
    assert_int_equal(read_file(&q, buf_slice(&b), BLOCK, false), QUEUEFILE_DONE);
    assert_text("sender", q.sender, "new@example.test");
}

static void test_many_recipients(void **state)
{
    CLEANUP(buf_done) struct buf b = buf_make(1 << 20);
    struct queuefile q;
    char address[40];

    (void)state;
    add_sizes(&b, 0, 0, 3000);
    add_client(&b);
    add_text(&b, 'S', "");
    add_session(&b);
    for (int i = 0; i < 3000; i++) {
        snprintf(address, sizeof address, "rcpt%d@d1.test", i);
        add_text(&b, 'R', address);
    }
    add_text(&b, 'M', "");
    assert_int_equal(read_file(&q, buf_slice(&b), BLOCK, true), QUEUEFILE_DONE);
    assert_client(&q);
    assert_true(q.cut && q.has_sender && q.sender.n == 0);
    assert_true(q.rcpts.n > QUEUEFILE_ROOM - 200 && q.rcpts.p[q.rcpts.n - 1] == '\0');
}

static const struct bad_case {
    const char *name;
    struct slice in;
} bad_cases[] = {
    { "empty", SLICE_INIT("") },
    { "not a queue file", SLICE_INIT("Received: from") },
    { "ends in the type", SLICE_INIT("C") },
    { "length without end", SLICE_INIT("C\xff\xff\xff\xff\xff\xff\x01") },
    { "not yet written", SLICE_INIT("C\x05     ") },
    { "one number", SLICE_INIT("C\x01"
                               "5") },
    { "a NUL", SLICE_INIT("C\x05"
                          "1 1 1A\x03"
                          "a=\0E\0") },
    { "no end", SLICE_INIT("C\x05"
                           "1 1 1T\x01"
                           "5") },
    { "data cut off", SLICE_INIT("C\x05"
                                 "1 1 1T\x09"
                                 "5") },
    { "time", SLICE_INIT("C\x05"
                         "1 1 1T\x05xE\x01\x01\x01"
                         "E\0") },
    { "a pointer to itself", SLICE_INIT("C\x05"
                                        "1 1 1p\x01"
                                        "7E\0") },
    { "a pointer behind the end", SLICE_INIT("C\x05"
                                             "1 1 1p\x03"
                                             "999E\0") },
    { "a pointer that is no number", SLICE_INIT("C\x05"
                                                "1 1 1p\x02"
                                                "-1E\0") },
};

static void test_bad(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bad_cases); i++) {
        struct queuefile q;
        enum queuefile_got got = read_file(&q, bad_cases[i].in, BLOCK, true);

        if (got != QUEUEFILE_BAD)
            fail_msg("%s: got %d, want QUEUEFILE_BAD", bad_cases[i].name, (int)got);
    }
}

static void test_every_prefix(void **state)
{
    CLEANUP(buf_done) struct buf b = buf_make(1 << 20);
    struct queuefile q;

    (void)state;
    add_sizes(&b, 4, 500, 2);
    add_client(&b);
    add_text(&b, 'S', "bob@example.test");
    add_text(&b, 'R', "one@d1.test");
    for (size_t n = 0; n < b.n; n++)
        if (read_file(&q, slice_head(buf_slice(&b), n), BLOCK, false) != QUEUEFILE_BAD)
            fail_msg("%zu bytes are taken for a whole file", n);
    assert_int_equal(read_file(&q, buf_slice(&b), BLOCK, false), QUEUEFILE_DONE);
}

static void test_ids(void **state)
{
    static const char *const good[] = { "B596FA729EC", "4jXCS36Xbrz1bYl8", "012345" };
    static const char *const bad[] = { "",           "12345",        "ALL ALL",
                                       "-h12345",    "B596FA729E\n", "../../../x",
                                       "B596FA729E_" };

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++)
        assert_true(queuefile_id_valid(slice_of(good[i])));
    for (size_t i = 0; i < COUNT(bad); i++)
        if (queuefile_id_valid(slice_of(bad[i])))
            fail_msg("'%s' is taken for a queue id", bad[i]);
    assert_false(queuefile_id_valid(SLICE("A234567890123456789012345678901234567890")));
    assert_false(queuefile_id_valid(SLICE("AAAAAA\0")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_submission),      cmocka_unit_test(test_pointers),
        cmocka_unit_test(test_many_recipients), cmocka_unit_test(test_bad),
        cmocka_unit_test(test_every_prefix),    cmocka_unit_test(test_ids),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
