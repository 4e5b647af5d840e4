/* Fuzz harness: a position that is read is written in the same way, and read again. */
#include <assert.h>

#include "watch/follow_position.h"

#include "base/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(buf_done) struct buf text = buf_make(FOLLOW_POSITION_TEXT);
    struct follow_position p, again;

    if (!follow_position_read((struct slice){ (const char *)data, size }, &p))
        return 0;
    assert(p.known && p.file.head_n <= FOLLOW_HEAD_MAX);
    follow_position_write(&p, &text);
    assert(!text.full && follow_position_read(buf_slice(&text), &again));
    assert(again.at.ms == p.at.ms && again.offset_s == p.offset_s &&
           again.file.offset == p.file.offset && again.has_previous == p.has_previous);
    return 0;
}
