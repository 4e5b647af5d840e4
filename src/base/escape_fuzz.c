/* escape_fuzz.c - whatever comes in, only what the header allows goes out. */
#include <assert.h>

#include "base/escape.h"

#include "base/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice in = { (const char *)data, size };
    struct buf once = buf_make(6 * size + 1), again = buf_make(6 * size + 1);

    escape_terminal(&once, in);
    for (size_t i = 0; i < once.n; i++)
        assert((unsigned char)once.p[i] >= 0x20 && once.p[i] != 0x7f);
    escape_terminal(&again, buf_slice(&once));
    assert(slice_eq(buf_slice(&once), buf_slice(&again)));
    assert(escape_columns(in) == escape_columns(buf_slice(&once)));
    assert(!once.full && once.n <= size);

    buf_clear(&once);
    buf_clear(&again);
    escape_utf8(&once, in);
    escape_utf8(&again, buf_slice(&once));
    assert(slice_eq(buf_slice(&once), buf_slice(&again)));
    assert(once.n == 0 || memchr(once.p, '\0', once.n) == NULL);

    buf_clear(&once);
    escape_html(&once, in);
    for (size_t i = 0; i < once.n; i++)
        assert(memchr("<>\"'", once.p[i], 4) == NULL);
    buf_done(&once);
    buf_done(&again);
    return 0;
}
