/* policy_fuzz.c - the input is what a policy client sends: whole, and in two pieces. */
#include <assert.h>

#include "proto/policy.h"

#include "base/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void assert_inside(struct slice part, struct slice all)
{
    assert(part.n == 0 || (part.p >= all.p && part.p + part.n <= all.p + all.n));
    assert(part.n == 0 || (memchr(part.p, '\0', part.n) == NULL));
    assert(part.n == 0 || (memchr(part.p, '\n', part.n) == NULL));
}

static void check(const struct policy_request *r, struct slice all)
{
    assert_inside(r->protocol_name, all);
    assert_inside(r->helo_name, all);
    assert_inside(r->queue_id, all);
    assert_inside(r->instance, all);
    assert_inside(r->sender, all);
    assert_inside(r->recipient, all);
    assert_inside(r->client_address, all);
    assert_inside(r->client_port, all);
    assert_inside(r->client_name, all);
    assert_inside(r->reverse_client_name, all);
    assert_inside(r->server_address, all);
    assert_inside(r->sasl_method, all);
    assert_inside(r->sasl_username, all);
    assert_inside(r->sasl_sender, all);
    assert_inside(r->encryption_protocol, all);
    assert_inside(r->policy_context, all);
    assert(r->protocol_state <= POLICY_ETRN && r->server_port <= UINT16_MAX);
}

/* Whoever got half of it first comes to the same result, or has found out earlier that it is bad.
 */
static void in_two(struct slice all, enum parse want, size_t want_used)
{
    struct policy_request got;
    size_t used = 0, seen = 0;
    enum parse half = policy_parse(slice_head(all, all.n / 2), &seen, &got, &used);

    if (half == PARSE_MORE) {
        assert(seen == all.n / 2);
        half = policy_parse(all, &seen, &got, &used);
        assert(half == want || (half == PARSE_MORE && want == PARSE_BAD));
    } else {
        assert(half == want);
    }
    assert(want != PARSE_OK || used == want_used);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = { (const char *)data, size };
    enum parse got = PARSE_OK;

    while (got == PARSE_OK && rest.n > 0) {
        struct policy_request r;
        size_t used = 0, seen = 0;

        got = policy_parse(rest, &seen, &r, &used);
        in_two(rest, got, used);
        if (got != PARSE_OK)
            break;
        assert(used > 0 && used <= rest.n && used <= POLICY_REQUEST_MAX);
        check(&r, slice_head(rest, used));
        rest = slice_from(rest, used);
    }
    return 0;
}
