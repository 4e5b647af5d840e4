/* pictures.h - the form of what pictures.db has of one subject: its fuse, then the keys of the
 * passwords it logs in with, then what it did lately from new networks. Most of that is zero, so it
 * is packed (base/pack.h): less to write every three seconds, and to read at the start. */
#ifndef RUN_PICTURES_H
#define RUN_PICTURES_H

#include "run/active.h"
#include "store/store.h"

/* Keys of items of STORE_ENGINE. */
#define PICTURES_SERVER SLICE("server")
#define PICTURES_LOGINS SLICE("logins")

/* Append the picture of that fuse.
 * lately  or NULL: nothing */
void pictures_encode(struct detect *d, uint32_t fuse, const uint16_t passwords[BOX_PASSWORDS],
                     const struct active_row *lately, struct wall at, struct buf *out);

/* Add a fuse from such bytes: its number, or UINT32_MAX when they are damaged. */
uint32_t pictures_decode(struct detect *d, struct slice bytes, uint16_t passwords[BOX_PASSWORDS],
                         struct active *lately, int32_t today);

/* Put all that `d` has learnt into the place of what the store has; suspicion is no part of it, and
 * is gone from `d` afterwards. For programs that only do that: waits for the disk. 0, or -EIO when
 * something was not written. */
NODISCARD int pictures_write(struct detect *d, struct store *store);

#endif
