/* spool_watch.h - the disk of Postfix's queue, watched: so that people make room in time, and so
 * that mail that is held does not take the last of it. Asked every second; in between it is counted
 * what is put on hold (box/room.h), so an answer to Postfix never waits for the disk. */
#ifndef RUN_SPOOL_WATCH_H
#define RUN_SPOOL_WATCH_H

#include "base/buf.h"
#include "box/room.h"

struct daemon;

struct spool_watch {
    const char *path;       /* queue_directory, borrowed; NULL: not known */
    uint64_t postfix_needs; /* bytes: with less it takes no mail; 0: not known */
    struct room room;
    enum room_level told; /* to people */
    bool known;           /* it could be asked */
    bool has_state;       /* our own state is on the same file system */
};

/* Once a second: ask, and tell of what is another level. Does nothing before the path is known. */
void spool_watch_look(struct daemon *d);

/* The answer to Postfix was to put a message on hold, of that size. */
void spool_watch_held(struct daemon *d, uint64_t bytes);

/* What is learnt is not to be written now: that would take from the reserve. */
bool spool_watch_spares(const struct daemon *d);

/* "/var/spool/postfix: 3 GB of 100 GB are free ...". Nothing while there is enough. */
void spool_watch_words(const struct daemon *d, struct buf *out);

/* What people were told before a restart; before the first look. */
void spool_watch_was(struct daemon *d, enum room_level told);

#endif
