/* socketmap_fuzz.c - the input is what Postfix sends; each key comes back as a reply. */
#include <assert.h>

#include "proto/socketmap.h"

#include "base/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is sent is always one netstring that ends where it says. */
static void answer(struct slice key)
{
    struct buf out = buf_make(SOCKETMAP_WIRE_MAX);
    struct slice rest, length;
    uint64_t n = 0;

    (void)socketmap_reply(&out, key);
    assert(!out.full);
    rest = buf_slice(&out);
    assert(slice_cut(&rest, ':', &length) && slice_to_u64(length, &n));
    assert(rest.n == n + 1 && rest.p[n] == ',' && memchr(rest.p, '\n', rest.n) == NULL);
    buf_done(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice rest = { (const char *)data, size }, map, key;
    size_t used = 0;

    while (socketmap_parse(rest, &map, &key, &used) == PARSE_OK) {
        assert(used > 0 && used <= rest.n && used <= SOCKETMAP_WIRE_MAX);
        assert(map.p > rest.p && map.p + map.n + 1 == key.p && key.p + key.n + 1 == rest.p + used);
        answer(key);
        rest = slice_from(rest, used);
    }
    return 0;
}
