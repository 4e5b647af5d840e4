#include "serve/policy_door.h"

#include <stdlib.h>

#include "base/memory.h"

#include "base/ban.h"

#define BEFORE "action="
#define AFTER "\n\n"

struct policy_door {
    struct policy_door_options options;
    struct door *door;
    struct buf action;
    uint64_t replaced;
};

/* It goes into a protocol of lines: checked here, whatever was checked before. */
static bool can_be_sent(const struct buf *action)
{
    for (size_t i = 0; i < action->n; i++) {
        if (action->p[i] == '\n' || action->p[i] == '\r' || action->p[i] == '\0')
            return false;
    }
    return action->n > 0 && !action->full;
}

static enum parse take(void *ctx, uint64_t connection, struct slice in, size_t *seen, size_t *used,
                       struct buf *out)
{
    struct policy_door *p = ctx;
    struct policy_request r;
    enum parse got = policy_parse(in, seen, &r, used);

    if (got != PARSE_OK)
        return got;
    buf_clear(&p->action);
    p->options.answer(p->options.ctx, connection, &r, &p->action);
    buf_add(out, SLICE(BEFORE));
    if (LIKELY(can_be_sent(&p->action))) {
        buf_add(out, buf_slice(&p->action));
    } else {
        p->replaced++;
        buf_add(out, SLICE("DUNNO"));
    }
    buf_add(out, SLICE(AFTER));
    return PARSE_OK;
}

static void closed(void *ctx, uint64_t connection)
{
    struct policy_door *p = ctx;

    if (p->options.closed != NULL)
        p->options.closed(p->options.ctx, connection);
}

static void trouble(void *ctx, const char *text)
{
    struct policy_door *p = ctx;

    if (p->options.trouble != NULL)
        p->options.trouble(p->options.ctx, text);
}

struct policy_door *policy_door_new(struct event_base *base, const int *listeners, size_t n,
                                    const struct policy_door_options *options)
{
    struct policy_door *p = memory_new(1, sizeof *p);
    const struct door_protocol protocol = {
        .name = "policy",
        .request_max = POLICY_REQUEST_MAX,
        .reply_max = sizeof BEFORE + POLICY_ACTION_MAX + sizeof AFTER,
        .take = take,
        .closed = closed,
        .trouble = trouble,
        .ctx = p,
    };
    const struct door_limits limits = {
        .max_connections = options->max_connections,
        .idle_ms = options->idle_ms,
        .request_ms = options->request_ms,
    };

    p->options = *options;
    p->action = buf_make(POLICY_ACTION_MAX);
    p->door = door_new(base, listeners, n, &protocol, &limits);
    return p;
}

void policy_door_stats(const struct policy_door *p, struct policy_door_stats *out)
{
    door_stats(p->door, &out->door);
    out->replaced = p->replaced;
}

void policy_door_drain(struct policy_door *p)
{
    door_drain(p->door);
}

void policy_door_free(struct policy_door *p)
{
    if (p == NULL)
        return;
    door_free(p->door);
    buf_done(&p->action);
    free(p);
}
