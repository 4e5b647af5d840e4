/* snapshot.h - copies of what is learnt, every few seconds, of those fuses only that changed. All
 * copies of one snapshot show the same instant, though they are made in small steps: a fuse that is
 * about to change is copied first. */
#ifndef RUN_SNAPSHOT_H
#define RUN_SNAPSHOT_H

#include <event2/event.h>
#include <jansson.h>

#include "base/buf.h"
#include "base/wall.h"
#include "store/store.h"

struct daemon;

struct snapshot {
    uint8_t *marks; /* of each fuse: changed, to be copied */
    uint32_t marks_room;
    uint32_t *changed, *copying; /* numbers of fuses */
    uint32_t changed_n, changed_room, copying_n, copying_room, copied_n;
    struct store_batch *batch;        /* being filled */
    bool writing;                     /* handed over and not yet written */
    bool large;                       /* one of the large parts is in it */
    bool login_failed, login_refused; /* since the logins were saved */
    size_t logins_size;               /* bytes that they were */
    struct event *step;
    struct buf bytes;
    struct wall begun, server_saved, logins_saved, trail_saved, written;
    json_t *positions; /* of the logs, and messages the logs have not told of, at its beginning */
    uint64_t taken, lost;
};

/* A detect_touch; ctx is the daemon. */
void snapshot_touch(void *ctx, uint32_t fuse);

/* A login failed; `refused`: somebody is refused for it from now on. */
void snapshot_failure(struct daemon *d, bool refused);

void snapshot_init(struct daemon *d);
void snapshot_done(struct daemon *d);

/* Begin one, unless the last is still under way. */
void snapshot_begin(struct daemon *d);

/* All of it at once: before the end. */
void snapshot_finish(struct daemon *d);

/* Before the store is started: fill the engine with what was kept, then the ledger. 0, or -EIO with
 * a sentence in `error`. */
NODISCARD int snapshot_load(struct daemon *d, struct buf *error);
NODISCARD int snapshot_load_ledger(struct daemon *d, struct buf *error);

#endif
