#include "run/pictures.h"

#include "detect/state_fuse.h"

#include "base/ban.h"

enum { PASSWORD_BYTES = 2 * BOX_PASSWORDS };

void pictures_encode(struct detect *d, uint32_t fuse, const uint16_t passwords[BOX_PASSWORDS],
                     struct buf *out)
{
    unsigned char bytes[PASSWORD_BYTES];

    state_fuse_save(d, fuse, out);
    for (int i = 0; i < BOX_PASSWORDS; i++) {
        bytes[2 * i] = (unsigned char)passwords[i];
        bytes[2 * i + 1] = (unsigned char)(passwords[i] >> 8);
    }
    buf_add(out, (struct slice){ (const char *)bytes, sizeof bytes });
}

uint32_t pictures_decode(struct detect *d, struct slice bytes, uint16_t passwords[BOX_PASSWORDS])
{
    const unsigned char *tail;

    if (bytes.n < PASSWORD_BYTES)
        return UINT32_MAX;
    tail = (const unsigned char *)bytes.p + bytes.n - PASSWORD_BYTES;
    for (int i = 0; i < BOX_PASSWORDS; i++)
        passwords[i] = (uint16_t)(tail[2 * i] | tail[2 * i + 1] << 8);
    return state_fuse_load(d, slice_head(bytes, bytes.n - PASSWORD_BYTES));
}
