/* http_request_fuzz.c - any bytes, as the head of a request. */
#include <assert.h>

#include "proto/http_request.h"

#include "base/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice in = { (const char *)data, size };
    struct http_request r, again;
    size_t used = 0, used_again;

    if (http_request_parse(in, &r, &used) != HTTP_OK)
        return 0;
    assert(used > 0 && used <= size && used <= HTTP_HEAD_MAX);
    assert(r.method.n > 0 && r.path.n > 0 && r.path.p[0] == '/');
    assert(memchr(r.api_key.n > 0 ? r.api_key.p : "", '\n', r.api_key.n) == NULL);
    (void)http_query_value(r.query, SLICE("command"));
    /* What follows the head says nothing about it, and without its last byte it is none. */
    assert(http_request_parse(slice_head(in, used), &again, &used_again) == HTTP_OK);
    assert(used_again == used && slice_eq(again.path, r.path) && again.length == r.length);
    assert(http_request_parse(slice_head(in, used - 1), &again, &used_again) == HTTP_MORE);
    return 0;
}
