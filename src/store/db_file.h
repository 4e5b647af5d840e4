/* db_file.h - what can be said of a database before SQLite opens it, and what is done to it as a
 * file. POSIX locks go away with the first descriptor of a file that is closed, so none of these is
 * called while SQLite has it open. */
#ifndef STORE_DB_FILE_H
#define STORE_DB_FILE_H

#include "store/db.h"

/* `folder`/`name`, and `path` with `suffix` behind it. The caller frees them. */
char *db_file_path(const char *folder, const char *name);
char *db_file_beside(const char *path, const char *suffix);

/* 0 when db->path looks like a database that may be written; -ENOENT when it has to be created,
 * -EIO with a sentence in `error`. */
NODISCARD int db_file_look(const struct db *db, struct buf *error);

/* An empty file that the owner may write and the group read (0640), in place of an older one. 0 or
 * -errno. */
NODISCARD int db_file_create(const char *path);

/* Move a file within its folder, on the disk, too. 0 or -errno. */
NODISCARD int db_file_rename(const char *from, const char *to);

/* "move PATH, PATH-wal and PATH-shm away: mailfuse then starts WITHOUT" */
void db_file_remedy(struct buf *out, const char *path, const char *without);

/* CLOCK_MONOTONIC and CLOCK_REALTIME. */
int64_t db_file_mono_ms(void);
struct wall db_file_now(void);

#endif
