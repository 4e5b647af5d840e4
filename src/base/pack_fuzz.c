/* pack_fuzz.c - whatever is unpacked, packs to what unpacks to the same. */
#include <assert.h>

#include "base/pack.h"

#include "base/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice in = { (const char *)data, size };
    struct buf plain = buf_make(1 << 20), packed = buf_make(2 << 20), again = buf_make(1 << 20);
    bool whole = pack_undo(&plain, in);

    assert(plain.n % PACK_WORD == 0);
    if (whole) {
        pack_add(&packed, buf_slice(&plain));
        assert(pack_undo(&again, buf_slice(&packed)));
        assert(slice_eq(buf_slice(&again), buf_slice(&plain)));
    }
    buf_done(&plain);
    buf_done(&packed);
    buf_done(&again);
    return 0;
}
