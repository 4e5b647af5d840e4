/* auth_json_fuzz.c - any bytes, as the body of a request: what is read lies inside of them, and
 * jansson reads no other way than we do. */
#include <assert.h>
#include <stdlib.h>

#include <jansson.h>

#include "base/memory.h"
#include "proto/auth_json.h"

#include "base/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void inside(struct slice text, const char *body, size_t size)
{
    assert(text.n == 0 || (text.p >= body && text.p + text.n <= body + size));
}

/* What jansson takes as an object we take, unless it is too deep. The reverse does not hold: it
 * wants valid UTF-8 and numbers that fit. */
static void compare(struct slice in, const char *wrong)
{
    json_t *theirs;

    if (in.n == 0 || memchr(in.p, '\0', in.n) != NULL)
        return;
    theirs = json_loadb(in.p, in.n, JSON_ALLOW_NUL, NULL);
    assert(!json_is_object(theirs) || wrong == NULL || strstr(wrong, "too many") != NULL);
    json_decref(theirs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *body = memory_new(size > 0 ? size : 1, 1);
    struct auth_request q = { 0 };
    struct buf out = buf_make(SIZE_MAX);
    const char *wrong;

    if (size > 0)
        memcpy(body, data, size);
    wrong = auth_json_parse(body, size, &q);
    inside(q.login, body, size);
    inside(q.remote, body, size);
    inside(q.device_id, body, size);
    compare((struct slice){ (const char *)data, size }, wrong);
    auth_json_string(&out, q.login);
    assert(out.n >= 2 && out.p[0] == '"' && out.p[out.n - 1] == '"');
    buf_done(&out);
    free(body);
    return 0;
}
