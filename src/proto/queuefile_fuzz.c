/* queuefile_fuzz.c - the first byte says how large the blocks are; the rest is a queue file. */
#include <assert.h>

#include "base/test_copy.h"
#include "proto/queuefile.h"

#include "base/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void assert_inside(const struct queuefile *q, struct slice text)
{
    assert(text.n == 0 || (text.p >= q->room && text.p + text.n <= q->room + q->used));
    assert(text.n == 0 || q->used <= QUEUEFILE_ROOM);
}

static void assert_sound(const struct queuefile *q)
{
    assert_inside(q, q->sender);
    assert_inside(q, q->sasl_username);
    assert_inside(q, q->sasl_method);
    assert_inside(q, q->log_client_name);
    assert_inside(q, q->log_client_address);
    assert_inside(q, q->rcpts);
    assert(q->rcpts.n == 0 || q->rcpts.p[q->rcpts.n - 1] == '\0');
    assert(q->want_rcpts || q->rcpts.n == 0);
    assert(memchr(q->sasl_username.n > 0 ? q->sasl_username.p : "x", '\0', q->sasl_username.n) ==
           NULL);
    assert(q->arrival.ms >= 0);
}

static void one_file(struct slice file, size_t block, bool want_rcpts)
{
    struct queuefile q;
    uint64_t at = 0;
    enum queuefile_got got = QUEUEFILE_MORE;

    queuefile_init(&q, want_rcpts);
    while (got == QUEUEFILE_MORE) {
        struct slice part = { 0 };
        uint64_t next = at;
        uint32_t jumps = q.jumps;

        if (at < file.n)
            part = test_copy(slice_head(slice_from(file, at), block));
        got = queuefile_read(&q, part, at, &next);
        if (part.p != NULL)
            test_copy_free(part);
        assert(got != QUEUEFILE_MORE || next > at || q.jumps > jumps);
        at = next;
        assert_sound(&q);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice file;

    if (size == 0)
        return 0;
    file = (struct slice){ (const char *)data + 1, size - 1 };
    one_file(file, 4096, data[0] % 2 == 0);
    one_file(file, (size_t)data[0] + 1, true);
    return 0;
}
