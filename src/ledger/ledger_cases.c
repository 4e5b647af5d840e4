#include "ledger/ledger_cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/memory.h"
#include "proto/understand.h"

#include "base/ban.h"

static const char *const type_names[] = {
    [EVENT_LOGIN] = "login",           [EVENT_LOGIN_FAILURE] = "failure",
    [EVENT_SUBMISSION] = "submission", [EVENT_DELIVERY] = "delivery",
    [EVENT_REJECT] = "reject",         [EVENT_RECEIVED] = "received",
    [EVENT_FIREWALL] = "firewall"
};

static void describe(struct buf *out, const struct event *e)
{
    static const char *const statuses[] = { "sent", "deferred", "bounced" };
    char ip[IP_TEXT_MAX];

    if (e->type == EVENT_SUBMISSION)
        buf_printf(out, " nrcpt=%u from %s", e->recipients, ip_text(&e->client, ip));
    if (e->type == EVENT_DELIVERY)
        buf_printf(out, " %.*s %s%s", SLICE_ARG(e->recipient), statuses[e->status],
                   e->retry ? " retry" : "");
    if (e->type == EVENT_DELIVERY && e->status == DELIVERY_BOUNCED)
        buf_printf(out, " %s", reply_class_name(e->reply));
    if (e->type == EVENT_LOGIN)
        buf_printf(out, " from %s", ip_text(&e->client, ip));
    if (e->type == EVENT_LOGIN_FAILURE || e->type == EVENT_FIREWALL)
        buf_printf(out, " from %s x%u", ip_text(&e->client, ip), e->count);
}

static uint32_t collect(void *ctx, const struct event *e)
{
    static const char *const kinds[] = { "account", "relay", "lan", "local" };
    struct collector *c = ctx;

    if (e->type == EVENT_LOGIN && slice_eq(e->protocol, SLICE("smtp")))
        return 0;
    buf_printf(&c->text, "%s %s:%.*s", type_names[e->type], kinds[e->subject.kind],
               SLICE_ARG(e->subject.name));
    describe(&c->text, e);
    buf_add_char(&c->text, '\n');
    return 0;
}

void ledger_feed(struct ledger *l, const char *lines, const char *host)
{
    struct slice rest = slice_of(lines), text;
    struct stamp_clock clock = { 0 };
    struct logline line;
    struct record record;

    while (slice_cut(&rest, '\n', &text)) {
        struct buf raw = buf_make(4096);
        char *exact;

        buf_printf(&raw, "2026-11-22T10:00:00+00:00 %s %.*s", host, SLICE_ARG(text));
        exact = memory_new(raw.n, 1);
        memcpy(exact, raw.p, raw.n);
        assert_int_equal(logline_parse(&clock, (struct slice){ exact, raw.n }, &line), LOGLINE_OK);
        if (!understand(&line, &record) || record.event == RECORD_UNKNOWN)
            fail_msg("not understood: %.*s", SLICE_ARG(text));
        ledger_line(l, &line, &record, 0);
        free(exact);
        buf_done(&raw);
    }
}

struct ledger *ledger_for(struct collector *c, uint32_t max_messages)
{
    return ledger_new(
        &(struct ledger_options){ .max_messages = max_messages, .sink = collect, .sink_ctx = c });
}

void ledger_check_cases(const struct ledger_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct ledger_case *c = &cases[i];
        struct collector got = { .text = buf_make(65536) };
        struct ledger *l = ledger_for(&got, 0);

        ledger_feed(l, c->lines, "mx");
        if (!slice_eq(buf_slice(&got.text), slice_of(c->want)))
            fail_msg("%s: got:\n%.*swant:\n%s", c->name, SLICE_ARG(buf_slice(&got.text)), c->want);
        ledger_free(l);
        buf_done(&got.text);
    }
}
