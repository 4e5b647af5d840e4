/* follow_position.h - where reading of a followed log goes on after a restart, and its text for the
 * store. A file is known again by its first bytes, since rotation gives it another name, copying
 * and packing another inode, and the system soon gives its inode to another file. */
#ifndef WATCH_FOLLOW_POSITION_H
#define WATCH_FOLLOW_POSITION_H

#include "base/buf.h"
#include "base/wall.h"

enum { FOLLOW_HEAD_MAX = 256 }; /* bytes at the front of a file that tell it from others */

/* A place in a file. */
struct follow_mark {
    uint64_t device, inode;
    uint64_t offset;    /* in bytes, unpacked: behind the last line that was handed out */
    uint32_t head_n;    /* bytes at the front that `head_hash` is of; 0: the file was empty */
    uint64_t head_hash; /* follow_head_hash */
    bool mid_line;      /* the line before was cut, and its rest is still to be passed over */
};

struct follow_position {
    bool known; /* `{ 0 }` is "none" */
    struct follow_mark file;
    bool has_previous; /* the file before in the rotation may still grow ... */
    struct follow_mark previous;
    struct wall at;   /* of the last line, or when reading began; for the year of the next */
    int32_t offset_s; /* of its stamp, seconds east of UTC */
};

/* A hash of bytes that is the same in every run. */
uint64_t follow_head_hash(struct slice head);

/* One line of text without newline, at most FOLLOW_POSITION_TEXT bytes: a version, then numbers. */
void follow_position_write(const struct follow_position *p, struct buf *out);
enum { FOLLOW_POSITION_TEXT = 300 };

/* Read it back. False, and no change, for anything else, also of another version. */
NODISCARD bool follow_position_read(struct slice text, struct follow_position *out);

#endif
