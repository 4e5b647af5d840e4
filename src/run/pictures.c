#include "run/pictures.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/pack.h"
#include "detect/live.h"
#include "detect/state_fuse.h"

#include "base/ban.h"

enum {
    PASSWORD_BYTES = 2 * BOX_PASSWORDS,
    BATCH_BYTES = 16 << 20, /* well below what may wait for the store */
    SERVER_MAX = 16 << 20,
    PICTURE_MAX = 4 << 20, /* with a name of a megabyte */
    PACKED = 0x80, /* and how many bytes lack to a whole word; below: the plain form of old */
    LOOK_MS = 1000,
};

void pictures_encode(struct detect *d, uint32_t fuse, const uint16_t passwords[BOX_PASSWORDS],
                     const struct active_row *lately, struct wall at, struct buf *out)
{
    CLEANUP(buf_done) struct buf plain = buf_make(PICTURE_MAX);
    unsigned char bytes[PASSWORD_BYTES];

    state_fuse_save(d, fuse, &plain);
    for (int i = 0; i < BOX_PASSWORDS; i++) {
        bytes[2 * i] = (unsigned char)passwords[i];
        bytes[2 * i + 1] = (unsigned char)(passwords[i] >> 8);
    }
    buf_add(&plain, (struct slice){ (const char *)bytes, sizeof bytes });
    active_encode(lately, at, &plain);
    buf_add_char(out, (char)(PACKED | -plain.n % PACK_WORD));
    pack_add(out, buf_slice(&plain));
}

static uint32_t decode_plain(struct detect *d, struct slice bytes,
                             uint16_t passwords[BOX_PASSWORDS], struct active *lately,
                             int32_t today)
{
    const unsigned char *tail;
    struct slice active;
    uint32_t fuse;

    if (!active_cut(&bytes, &active) || bytes.n < PASSWORD_BYTES)
        return UINT32_MAX;
    tail = (const unsigned char *)bytes.p + bytes.n - PASSWORD_BYTES;
    for (int i = 0; i < BOX_PASSWORDS; i++)
        passwords[i] = (uint16_t)(tail[2 * i] | tail[2 * i + 1] << 8);
    fuse = state_fuse_load(d, slice_head(bytes, bytes.n - PASSWORD_BYTES));
    if (fuse != UINT32_MAX)
        active_decode(lately, fuse, active, today);
    return fuse;
}

uint32_t pictures_decode(struct detect *d, struct slice bytes, uint16_t passwords[BOX_PASSWORDS],
                         struct active *lately, int32_t today)
{
    CLEANUP(buf_done) struct buf plain = buf_make(PICTURE_MAX);
    unsigned first = bytes.n > 0 ? (unsigned char)bytes.p[0] : 0;
    size_t lacks = first - PACKED;

    if (first < PACKED)
        return decode_plain(d, bytes, passwords, lately, today);
    if (lacks >= PACK_WORD || !pack_undo(&plain, slice_from(bytes, 1)) || plain.n < lacks)
        return UINT32_MAX;
    return decode_plain(d, slice_head(buf_slice(&plain), plain.n - lacks), passwords, lately,
                        today);
}

struct writing {
    bool done, good;
    bool left; /* nobody waits for it any more */
};

/* A store_done. A disk in trouble is not waited for. */
static void written(void *ctx, enum store_outcome outcome)
{
    struct writing *w = ctx;

    w->done = true;
    w->good = outcome == STORE_WRITTEN;
    if (w->left)
        free(w);
    else
        w->left = outcome == STORE_WAITS; /* and comes again */
}

/* One batch after the other: what waits for the store is bounded. */
static int write_batch(struct store *store, struct store_batch *batch)
{
    struct pollfd ready = { .fd = store_fd(store), .events = POLLIN };
    struct writing *w = memory_new(1, sizeof *w);
    bool good;

    store_submit(store, batch, written, w);
    while (!w->done) {
        (void)poll(&ready, 1, LOOK_MS);
        store_dispatch(store);
    }
    good = w->good;
    if (!w->left)
        free(w);
    return good ? 0 : -EIO;
}

static struct store_batch *server_batch(struct detect *d)
{
    struct store_batch *batch = store_batch_new(STORE_PICTURES);
    struct buf bytes = buf_make(SERVER_MAX);

    store_clear_pictures(batch);
    state_server_save(d, &bytes);
    store_put(batch, STORE_ENGINE, PICTURES_SERVER, buf_slice(&bytes));
    buf_done(&bytes);
    return batch;
}

int pictures_write(struct detect *d, struct store *store)
{
    static const uint16_t no_passwords[BOX_PASSWORDS];
    struct store_batch *batch = server_batch(d);
    struct buf bytes = buf_make(SERVER_MAX);
    int status = 0;

    for (uint32_t f = 0; f < detect_count(d) && status == 0; f++) {
        if (detect_open_incident(d, f) != NULL || detect_stage(d, f) != STAGE_OBSERVE)
            detect_reset(d, f);
        buf_clear(&bytes);
        pictures_encode(d, f, no_passwords, NULL, (struct wall){ 0 }, &bytes);
        store_put_picture(batch, f, buf_slice(&bytes));
        if (store_batch_bytes(batch) < BATCH_BYTES)
            continue;
        status = write_batch(store, batch);
        batch = store_batch_new(STORE_PICTURES);
    }
    buf_done(&bytes);
    if (status == 0)
        return write_batch(store, batch);
    store_batch_free(batch);
    return status;
}
