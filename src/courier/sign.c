#include "courier/sign.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/ban.h"

enum { TIME_ROOM = 32 };

bool sign_add(struct buf *out, struct slice key, int64_t unix_time, struct slice body)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int n = 0;
    struct buf text = buf_make(body.n + TIME_ROOM);
    bool good;

    buf_printf(&text, "%" PRId64 ".", unix_time);
    buf_add(&text, body);
    good = key.n <= INT32_MAX && !text.full &&
           HMAC(EVP_sha256(), key.p, (int)key.n, (const unsigned char *)text.p, text.n, digest,
                &n) != NULL;
    buf_done(&text);
    if (!good)
        return false;
    buf_printf(out, "t=%" PRId64 ",v1=", unix_time);
    for (unsigned int i = 0; i < n; i++)
        buf_printf(out, "%02x", digest[i]);
    return !out->full;
}
