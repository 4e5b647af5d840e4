#include "serve/socketmap_door.h"

#include <stdlib.h>

#include "base/memory.h"

#include "base/ban.h"

struct socketmap_door {
    struct socketmap_door_options options;
    struct door *door;
    struct buf reply;
    uint64_t replaced;
};

static enum parse take(void *ctx, uint64_t connection, struct slice in, size_t *seen, size_t *used,
                       struct buf *out)
{
    struct socketmap_door *s = ctx;
    struct slice map, key;
    enum parse got = socketmap_parse(in, &map, &key, used);

    (void)connection;
    if (got != PARSE_OK) {
        *seen = in.n;
        return got;
    }
    buf_clear(&s->reply);
    s->options.answer(s->options.ctx, map, key, &s->reply);
    if (s->reply.full) /* half of an answer is none */
        buf_clear(&s->reply);
    s->replaced += !socketmap_reply(out, buf_slice(&s->reply));
    return PARSE_OK;
}

static void trouble(void *ctx, const char *text)
{
    struct socketmap_door *s = ctx;

    if (s->options.trouble != NULL)
        s->options.trouble(s->options.ctx, text);
}

struct socketmap_door *socketmap_door_new(struct event_base *base, const int *listeners, size_t n,
                                          const struct socketmap_door_options *options)
{
    struct socketmap_door *s = memory_new(1, sizeof *s);
    const struct door_protocol protocol = {
        .name = "socketmap",
        .request_max = SOCKETMAP_WIRE_MAX,
        .reply_max = SOCKETMAP_WIRE_MAX,
        .take = take,
        .trouble = trouble,
        .ctx = s,
    };

    s->options = *options;
    s->reply = buf_make(SOCKETMAP_MAX);
    s->door = door_new(base, listeners, n, &protocol, &options->limits);
    return s;
}

void socketmap_door_stats(const struct socketmap_door *s, struct socketmap_door_stats *out)
{
    door_stats(s->door, &out->door);
    out->replaced = s->replaced;
}

void socketmap_door_drain(struct socketmap_door *s)
{
    door_drain(s->door);
}

void socketmap_door_free(struct socketmap_door *s)
{
    if (s == NULL)
        return;
    door_free(s->door);
    buf_done(&s->reply);
    free(s);
}
