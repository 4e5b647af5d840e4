/* bruteforce_fuzz.c - any bytes, as a saved state: with a right checksum, so that the rest is
 * looked at. What was taken is saved and taken again. */
#include <assert.h>
#include <stdlib.h>

#include "base/hash.h"
#include "detect/bruteforce.h"

#include "base/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct buf sealed(const uint8_t *data, size_t size)
{
    struct buf out = buf_make(SIZE_MAX);
    uint64_t hash;

    buf_add(&out, (struct slice){ (const char *)data, size });
    hash = hash_slice(buf_slice(&out), 0);
    for (int i = 0; i < 8; i++)
        buf_add_char(&out, (char)(hash >> 8 * i & 0xff));
    return out;
}

static void use(struct bruteforce *b, struct wall at)
{
    struct login_attempt a = { .account = 1, .ip = { { 0x20, 1 } }, .has_pwhash = true };
    unsigned wait_s;

    (void)bruteforce_allow(b, &a, at, &wait_s);
    assert(wait_s <= 5);
    (void)bruteforce_failure(b, &a, at);
    bruteforce_success(b, &a, at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct bruteforce_options small = { .entries = 1024 };
    struct bruteforce *b = bruteforce_new(&small), *again = bruteforce_new(&small);
    struct buf in = sealed(data, size), out = buf_make(384 * 1024 + 64);
    struct wall at = { 1800000000000 };

    if (bruteforce_load(b, buf_slice(&in), at) == NULL) {
        bruteforce_save(b, at, &out);
        assert(!out.full && bruteforce_load(again, buf_slice(&out), at) == NULL);
        assert(bruteforce_stats(b, at).refused >= bruteforce_stats(again, at).refused);
    }
    use(b, at);
    buf_done(&in);
    buf_done(&out);
    bruteforce_free(b);
    bruteforce_free(again);
    return 0;
}
