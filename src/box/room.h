/* room.h - whether the file system of Postfix's queue has room for mail that is held. Pure: who
 * asks the file system hands the answer in, with the time.
 *
 * Two marks, of the bytes and of the files that are free for who is not root. Below the upper one
 * people are told. The lower one is the reserve: it is Postfix's, for the mail of everybody else.
 * Below it nothing more is put on hold; who would be held keeps his message and tries later.
 *
 * The reserve is a share of the disk, and at least twice of what Postfix wants to have free before
 * it takes any mail: more than queue_minfree, and than one and a half message_size_limit. Source:
 * postconf(5), queue_minfree.
 *
 * Nothing flaps: a level is left for a better one only with a fifth more than its mark, and
 * ROOM_NONE at the earliest after half a minute. */
#ifndef BOX_ROOM_H
#define BOX_ROOM_H

#include "base/wall.h"

enum room_level { ROOM_ENOUGH, ROOM_LOW, ROOM_NONE };

enum { ROOM_NONE_LEAST_MS = 30 * SECOND_MS };

struct room_disk {
    uint64_t bytes, free_bytes;
    uint64_t files, free_files; /* files 0: no limit */
};

/* What the settings want. */
struct room_marks {
    uint32_t low;     /* percent; 0: never ROOM_LOW */
    uint32_t reserve; /* percent; 0: never ROOM_NONE */
    uint64_t postfix; /* bytes without which it takes no mail; 0: not known */
};

struct room {
    struct room_disk disk; /* as it was handed in last */
    struct room_marks marks;
    enum room_level level;
    struct wall none_since;      /* of ROOM_NONE; 0: longer than we know */
    uint64_t taken, taken_files; /* by mail that was put on hold since */
};

/* What stays free for Postfix; 0 without a reserve. */
uint64_t room_reserve_bytes(const struct room *r);
uint64_t room_reserve_files(const struct room *r);

/* The file system was asked. */
void room_measured(struct room *r, const struct room_disk *disk, const struct room_marks *marks,
                   struct wall at);

/* One more message is on hold, of that size: what it takes is counted until the file system is
 * asked again, so that the reserve is kept however fast they come. */
void room_taken(struct room *r, uint64_t bytes, struct wall at);

#endif
