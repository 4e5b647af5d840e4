#include "proto/policy.h"

#include "base/ban.h"

/* Attributes that are not kept as text; the last stands for those we have no use for. */
enum raw {
    RAW_REQUEST,
    RAW_STATE,
    RAW_RECIPIENT_COUNT,
    RAW_SERVER_PORT,
    RAW_SIZE,
    RAW_SKIPPED,
    RAWS
};

#define IS(literal) slice_eq(name, SLICE(literal))

/* Where the value of `name` goes. Called thirty times a request: its length leaves at most five
 * names to compare, each in one or two machine words. */
static inline struct slice *place_of(struct slice name, struct policy_request *r,
                                     struct slice raw[RAWS])
{
    switch (name.n) {
    case 4:
        return IS("size") ? &raw[RAW_SIZE] : &raw[RAW_SKIPPED];
    case 6:
        return IS("sender") ? &r->sender : &raw[RAW_SKIPPED];
    case 7:
        return IS("request") ? &raw[RAW_REQUEST] : &raw[RAW_SKIPPED];
    case 8:
        return IS("queue_id") ? &r->queue_id : IS("instance") ? &r->instance : &raw[RAW_SKIPPED];
    case 9:
        return IS("helo_name")   ? &r->helo_name
               : IS("recipient") ? &r->recipient
                                 : &raw[RAW_SKIPPED];
    case 11:
        return IS("client_name")   ? &r->client_name
               : IS("client_port") ? &r->client_port
               : IS("server_port") ? &raw[RAW_SERVER_PORT]
               : IS("sasl_method") ? &r->sasl_method
               : IS("sasl_sender") ? &r->sasl_sender
                                   : &raw[RAW_SKIPPED];
    case 13:
        return IS("protocol_name")   ? &r->protocol_name
               : IS("sasl_username") ? &r->sasl_username
                                     : &raw[RAW_SKIPPED];
    case 14:
        return IS("protocol_state")   ? &raw[RAW_STATE]
               : IS("client_address") ? &r->client_address
               : IS("server_address") ? &r->server_address
               : IS("policy_context") ? &r->policy_context
                                      : &raw[RAW_SKIPPED];
    case 15:
        return IS("recipient_count") ? &raw[RAW_RECIPIENT_COUNT] : &raw[RAW_SKIPPED];
    case 19:
        return IS("reverse_client_name")   ? &r->reverse_client_name
               : IS("encryption_protocol") ? &r->encryption_protocol
                                           : &raw[RAW_SKIPPED];
    default:
        return &raw[RAW_SKIPPED];
    }
}

static const char *const state_names[] = {
    [POLICY_OTHER] = "OTHER", [POLICY_CONNECT] = "CONNECT",
    [POLICY_EHLO] = "EHLO",   [POLICY_HELO] = "HELO",
    [POLICY_MAIL] = "MAIL",   [POLICY_RCPT] = "RCPT",
    [POLICY_DATA] = "DATA",   [POLICY_END_OF_MESSAGE] = "END-OF-MESSAGE",
    [POLICY_VRFY] = "VRFY",   [POLICY_ETRN] = "ETRN",
};

const char *policy_state_name(enum policy_state state)
{
    return state_names[(size_t)state < COUNT(state_names) ? state : POLICY_OTHER];
}

static enum policy_state state_of(struct slice name)
{
    if (IS("RCPT")) /* nearly all */
        return POLICY_RCPT;
    if (IS("END-OF-MESSAGE"))
        return POLICY_END_OF_MESSAGE;
    for (size_t i = 0; i < COUNT(state_names); i++) {
        if (slice_eq(name, slice_of(state_names[i])))
            return (enum policy_state)i;
    }
    return POLICY_OTHER;
}

/* An absent number is 0, and so is what Postfix does not know. */
static bool number(struct slice s, uint64_t max, uint64_t *out)
{
    *out = 0;
    return s.n == 0 || slice_eq(s, SLICE("unknown")) || (slice_to_u64(s, out) && *out <= max);
}

/* All lines are in their places: the numbers, and what must hold for the whole. */
static enum parse finish(struct slice whole, const struct slice raw[RAWS],
                         struct policy_request *out)
{
    uint64_t recipient_count, server_port;

    if (!slice_eq(raw[RAW_REQUEST], SLICE("smtpd_access_policy")) ||
        memchr(whole.p, '\0', whole.n) != NULL ||
        !number(raw[RAW_RECIPIENT_COUNT], UINT32_MAX, &recipient_count) ||
        !number(raw[RAW_SERVER_PORT], UINT16_MAX, &server_port) ||
        !number(raw[RAW_SIZE], UINT64_MAX, &out->size))
        return PARSE_BAD;
    out->protocol_state = state_of(raw[RAW_STATE]);
    out->recipient_count = (uint32_t)recipient_count;
    out->server_port = (uint32_t)server_port;
    return PARSE_OK;
}

static enum parse not_yet(struct slice in, size_t *seen)
{
    if (in.n >= POLICY_REQUEST_MAX)
        return PARSE_BAD;
    *seen = in.n;
    return PARSE_MORE;
}

/* Is there an empty line in `in`, whose first `seen` bytes (at least one) have none? */
static bool has_end(struct slice in, size_t seen)
{
    return memmem(in.p + seen - 1, in.n - seen + 1, "\n\n", 2) != NULL;
}

enum parse policy_parse(struct slice in, size_t *seen, struct policy_request *out, size_t *used)
{
    struct slice window = slice_head(in, POLICY_REQUEST_MAX), rest = window, line, name;
    struct slice raw[RAWS] = { 0 };

    if (*seen > 0 && *seen <= window.n && !has_end(window, *seen))
        return not_yet(in, seen);
    *out = (struct policy_request){ 0 };
    while (slice_cut(&rest, '\n', &line)) {
        if (line.n == 0) {
            window.n -= rest.n;
            *used = window.n;
            return finish(window, raw, out);
        }
        if (!slice_cut(&line, '=', &name))
            return PARSE_BAD;
        *place_of(name, out, raw) = line;
    }
    return not_yet(in, seen);
}
