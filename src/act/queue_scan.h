/* queue_scan.h - what lies in Postfix's queue, read from its files: ten times as fast as
 * postqueue -j, and with the login, which that does not tell. Reads incoming, active, deferred and
 * hold, with their hashed subdirectories; not maildrop (nobody has looked at it yet) and corrupt.
 * The queue goes on while it is read: what vanishes meanwhile is left out, what is still being
 * written, too; what moves may be met in either place, but is given once. Runs with the rights of
 * Postfix's own user, in a process of its own: it is the part that parses. */
#ifndef ACT_QUEUE_SCAN_H
#define ACT_QUEUE_SCAN_H

#include "base/attributes.h"
#include "base/slice.h"

struct queue_scan {
    const char *directory; /* Postfix's queue_directory */
    struct slice login;    /* the messages of this login only (compared without case); empty: all */
    bool gentle; /* pauses again and again: others want the processor, and the disk, first */
    bool rcpts;  /* the rows have recipients */
};

/* Write the rows (queue_row.h) to `fd`. 0 or -errno: the directory cannot be read (-ENOENT for one
 * queue of them is none: it may not exist yet), or nobody reads the rows any more. */
NODISCARD int queue_scan(const struct queue_scan *scan, int fd);

#endif
