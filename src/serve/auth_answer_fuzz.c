/* auth_answer_fuzz.c - any bytes, as what a client sends: each answer is one of HTTP/1.1 with a
 * JSON object of the length that it names. */
#include <assert.h>
#include <stdlib.h>

#include <jansson.h>

#include "base/memory.h"
#include "serve/auth_answer.h"

#include "base/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void allow(void *ctx, const struct auth_request *request, struct auth_answer *answer)
{
    (void)ctx;
    *answer = (struct auth_answer){ (int)request->pwhash.n - 1, request->login };
}

static void report(void *ctx, const struct auth_request *request)
{
    (void)ctx;
    assert(request->login.n <= AUTH_BODY_MAX);
}

static void reset(void *ctx, struct slice login, struct slice ip)
{
    (void)ctx;
    assert(login.n + ip.n > 0);
}

static void check(const struct buf *out)
{
    struct slice body = buf_slice(out), head;
    json_t *json;

    assert(slice_cut_at(&body, SLICE("\r\n\r\n"), &head));
    assert(slice_starts(head, SLICE("HTTP/1.1 ")));
    json = json_loadb(body.p, body.n, 0, NULL);
    assert(json_is_object(json));
    assert(json_object_get(json, "status") != NULL);
    json_decref(json);
}

/* As a connection does it. */
static void serve(struct auth_desk *desk, char *input, size_t n)
{
    struct http_request head;
    size_t used;

    while (http_request_parse((struct slice){ input, n }, &head, &used) == HTTP_OK &&
           head.length <= n - used) {
        struct buf out = buf_make(SIZE_MAX);

        (void)auth_answer(desk, &head, input + used, head.keep_alive, &out);
        check(&out);
        buf_done(&out);
        input += used + head.length;
        n -= used + (size_t)head.length;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct auth_desk desk = { .options = { .allow = allow, .report = report, .reset = reset },
                              .key = buf_make(AUTH_KEY_MAX),
                              .body = buf_make(AUTH_STATS_MAX) };
    char *input = memory_new(size > 0 ? size : 1, 1);

    if (size > 0) {
        memcpy(input, data, size);
        if (data[0] % 2 == 1)
            buf_add(&desk.key, SLICE("super"));
    }
    serve(&desk, input, size);
    buf_done(&desk.key);
    buf_done(&desk.body);
    free(input);
    return 0;
}
