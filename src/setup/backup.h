/* backup.h - what `mailfuse setup --apply` keeps so that `--undo` can take it back: a folder
 * STATE/setup-backup-TIME-SERVER with the files as they were, as they were left (NAME.applied), and
 * steps.json. For root only: settings of Dovecot have secrets in them. Once taken back, the
 * folder's name ends in ".undone". */
#ifndef SETUP_BACKUP_H
#define SETUP_BACKUP_H

#include "base/wall.h"
#include "setup/steps.h"

enum { BACKUP_FILES_MAX = 4, BACKUP_PATH_MAX = 4096 };

struct backup {
    char path[BACKUP_PATH_MAX];          /* for messages */
    int folder;                          /* open; -1: none */
    const char *files[BACKUP_FILES_MAX]; /* complete paths, in the order of restoring */
    struct backup_owner {
        unsigned uid, gid, mode;
    } owners[BACKUP_FILES_MAX]; /* of each of these, as they were */
    uint32_t files_n;
};

/* Make the folder, with copies of `files` as they are and the steps. 0, or -errno. */
NODISCARD int backup_make(struct backup *b, const char *state_directory, const char *server,
                          struct wall now, const struct plan *plan);

/* Note how the files were left. 0, or -errno. */
NODISCARD int backup_applied(const struct backup *b);

/* Give the files back their owners and permissions, which postconf(1) does not keep. 0, or -errno
 * of the last one that failed. */
NODISCARD int backup_owners(const struct backup *b);

/* The latest one of that server that was not taken back. `plan` gets its steps and owns the names
 * of the files. -ENOENT when there is none; -EBADMSG when it cannot be understood. */
NODISCARD int backup_find(struct backup *b, const char *state_directory, const char *server,
                          struct plan *plan);

/* Put the file back as it was when it is as it was left, or with `always`. 1 when it was put back,
 * 0 when not, -errno. */
NODISCARD int backup_restore(const struct backup *b, uint32_t file, bool always);

/* Close the folder. */
void backup_close(struct backup *b);

/* It was taken back: rename the folder. 0, or -errno. */
NODISCARD int backup_undone(const struct backup *b);

#endif
