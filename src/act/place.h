/* place.h - files that replace others whole or not at all, where less privileged users may write
 * beside them: they are made in a directory that only we can enter (".mailfuse-new", in the same
 * directory), and renamed out of it. Nobody can bring us to write through a link of theirs. */
#ifndef ACT_PLACE_H
#define ACT_PLACE_H

#include <limits.h>
#include <sys/types.h>

#include "base/buf.h"

struct place {
    int directory, private_directory; /* descriptors */
    char base[NAME_MAX + 1];          /* name of the file in both */
    char draft[PATH_MAX];             /* its whole path in the private directory, for programs */
};

/* Get ready to replace the file at the absolute path `path`. Its directory and all above belong to
 * root (or to us), and nobody else may write there, unless the sticky bit keeps them from our
 * files. 0, or -errno with the reason in `why`. In any case place_done is to be called. */
NODISCARD int place_open(struct place *out, const char *path, struct buf *why);

/* Remove what was not installed, close everything. */
void place_done(struct place *p);

/* Write the draft: readable as the file it is to replace, or for everybody when that is missing or
 * not root's; on disk when this returns. 0 or -errno. */
NODISCARD int place_write(struct place *p, struct slice content);

/* Put the draft (with `suffix` behind its name) in its place. 0 or -errno. */
NODISCARD int place_install(struct place *p, const char *suffix);

#endif
