/* follow_names.h - the files that rotation made of a log, by their names:
 *   NAME.1 NAME.0 NAME-20261122 NAME.2026-11-22 NAME.20261122-030405   logrotate(8), newsyslog(8),
 *   NAME.old                                                          postfix(1) logrotate
 *   STEM-20261122.EXT STEM.1.EXT    (NAME is STEM.EXT)                 logrotate's `extension`
 * each also packed, with .gz .xz .zst or .bz2 behind it. Any other name in the folder is another
 * log: syslog writes mail.info and mail.warn beside mail.log, with the same lines. */
#ifndef WATCH_FOLLOW_NAMES_H
#define WATCH_FOLLOW_NAMES_H

#include <sys/types.h>

#include "base/slice.h"
#include "base/wall.h"

/* True when `name` (without its folder) may be what rotation made of `log`. Pure. */
bool follow_names_rotated(struct slice log, struct slice name);

struct follow_name {
    char *path;   /* owned */
    dev_t device; /* 0 with `inode` when the file may not be looked at */
    ino_t inode;
    struct wall modified; /* 0 as well */
};

struct follow_names {
    struct follow_name *all; /* the last modified first; `{ 0 }` is an empty list */
    size_t n;
};

enum { FOLLOW_NAMES_MAX = 16 };

/* The rotated files of `path`: those modified at or after `floor`, and the newest before it; at
 * most FOLLOW_NAMES_MAX. Where the folder may not be read, the names that are usual, without a
 * look. The caller frees the list with follow_names_done. */
struct follow_names follow_names_of(const char *path, struct wall floor);

void follow_names_done(struct follow_names *names);

#endif
