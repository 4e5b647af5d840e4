/* map_file.h - a lookup table of Postfix, replaced whole or not at all: built by postmap(1) under
 * another name, asked with `postmap -q` for every key, and only then put in its place
 * (DATABASE_README, "Updating Berkeley DB files safely"); running Postfix processes see that by
 * themselves. Of types hash, btree, cdb and lmdb; texthash, too, which Postfix reads again only
 * after `postfix reload`. */
#ifndef ACT_MAP_FILE_H
#define ACT_MAP_FILE_H

#include "base/buf.h"

struct map_file {
    const char *postmap;        /* absolute path of the program */
    const char *postfix_config; /* for its -c; NULL: its default */
    const char *map;            /* "hash:/absolute/path" */
};

/* content  key, tab, value, newline for each; no key twice; of those that only Postfix takes for
 *          one the first holds
 * keys     key, newline for each, in the same order
 * why      what went wrong, for people
 * 0, -EINVAL for a type that is none of these, the exit status of postmap, or -errno. */
NODISCARD int map_file_write(const struct map_file *f, struct slice content, struct slice keys,
                             struct buf *why);

/* "hash:/path" to the path, and what the built file has behind its name (NULL: nothing is built).
 * NULL for other types. */
const char *map_file_path(const char *map, const char **suffix);

#endif
