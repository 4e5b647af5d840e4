#include "act/helper_request.h"

#include <assert.h>

#include "act/check.h"
#include "act/lock_files.h"

#include "base/ban.h"

static uint64_t ask(struct helper_client *c, enum helper_op op, struct slice text,
                    helper_done *done, void *ctx)
{
    struct request *r = request_new(c, op, done, ctx);

    buf_add(&r->bytes, text);
    return request_go(c, r);
}

/* A word in a line: what would end either becomes a space, which the helper refuses in a word. */
static void add_word(struct buf *out, struct slice word)
{
    for (size_t i = 0; i < word.n; i++)
        buf_add_char(out, (unsigned char)word.p[i] < ' ' ? ' ' : word.p[i]);
}

uint64_t helper_queue(struct helper_client *c, enum helper_op op, const struct slice *ids, size_t n,
                      helper_done *done, void *ctx)
{
    struct request *r = request_new(c, op, done, ctx);

    assert(op == HELPER_HOLD || op == HELPER_RELEASE || op == HELPER_REQUEUE ||
           op == HELPER_DELETE);
    for (size_t i = 0; i < n; i++) {
        add_word(&r->bytes, ids[i]);
        buf_add_char(&r->bytes, '\n');
    }
    return request_go(c, r);
}

uint64_t helper_queue_list(struct helper_client *c, struct slice login, bool rcpts, helper_row *row,
                           helper_done *done, void *ctx)
{
    struct request *r = request_new(c, HELPER_QUEUE_LIST, done, ctx);

    r->row = row;
    buf_add_char(&r->bytes, rcpts ? 'r' : '-');
    buf_add(&r->bytes, login);
    return request_go(c, r);
}

uint64_t helper_kick(struct helper_client *c, struct slice user, helper_done *done, void *ctx)
{
    return ask(c, HELPER_KICK, user, done, ctx);
}

uint64_t helper_flush(struct helper_client *c, struct slice user, helper_done *done, void *ctx)
{
    return ask(c, HELPER_FLUSH, user, done, ctx);
}

/* The reply as the helper takes it: a lock does not fail for its text. */
static void add_reply(struct buf *out, struct slice reply)
{
    reply = slice_head(reply, CHECK_REPLY_MAX);
    for (size_t i = 0; i < reply.n; i++)
        buf_add_char(out, reply.p[i] < ' ' || reply.p[i] > '~' ? '?' : reply.p[i]);
}

uint64_t helper_lock_files(struct helper_client *c, const struct helper_lock *locks, size_t n,
                           helper_done *done, void *ctx)
{
    struct request *r = request_new(c, HELPER_LOCK_FILES, done, ctx);

    for (size_t i = 0; i < n; i++) {
        add_word(&r->bytes, locks[i].account);
        buf_add_char(&r->bytes, '\t');
        add_reply(&r->bytes, locks[i].reply);
        if (locks[i].mail_only)
            buf_add(&r->bytes, LOCK_MAIL_ONLY);
        if (locks[i].client)
            buf_add(&r->bytes, LOCK_CLIENT);
        buf_add_char(&r->bytes, '\n');
    }
    return request_go(c, r);
}

uint64_t helper_relay_map(struct helper_client *c, bool on, const struct slice *senders, size_t n,
                          helper_done *done, void *ctx)
{
    struct request *r = request_new(c, HELPER_RELAY_MAP, done, ctx);

    buf_add(&r->bytes, on ? SLICE("on\n") : SLICE("off\n"));
    for (size_t i = 0; on && i < n; i++) {
        add_word(&r->bytes, senders[i]);
        buf_add_char(&r->bytes, '\n');
    }
    return request_go(c, r);
}

uint64_t helper_queue_run(struct helper_client *c, helper_done *done, void *ctx)
{
    return ask(c, HELPER_QUEUE_RUN, (struct slice){ 0 }, done, ctx);
}

uint64_t helper_open_log(struct helper_client *c, struct slice path, helper_done *done, void *ctx)
{
    return ask(c, HELPER_OPEN_LOG, path, done, ctx);
}

uint64_t helper_ping(struct helper_client *c, helper_done *done, void *ctx)
{
    return ask(c, HELPER_PING, (struct slice){ 0 }, done, ctx);
}
