/* lock_files.h - the locked accounts in files that Postfix and Dovecot look into by themselves, so
 * that locks hold while mailfuse is down.
 * For Postfix an access map (access(5)) for check_sasl_access, and another one, of hosts, for
 * check_client_access, once there is a file or a host to be locked; for Dovecot a passwd-file for a
 * passdb with deny = yes. Each is replaced whole or not at all, the maps by map_file.h; running
 * Postfix and Dovecot processes see that by themselves. */
#ifndef ACT_LOCK_FILES_H
#define ACT_LOCK_FILES_H

#include "base/buf.h"

#define LOCK_MAIL_ONLY SLICE("\tmail")
#define LOCK_CLIENT SLICE("\tclient")
#define LOCK_CLIENTS_SUFFIX ".clients" /* the map of hosts is named like that of accounts */

struct lock_files {
    const char *postmap;        /* absolute path of the program */
    const char *postfix_config; /* for its -c; NULL: its default */
    const char *map;            /* "hash:/absolute/path"; NULL or empty: none */
    const char *deny_file;      /* absolute path; NULL or empty: none */
};

/* Write all; one that fails does not keep the others from being written.
 * lines  account, tab, reply, newline for each; LOCK_MAIL_ONLY before the newline of those that
 *        Dovecot is to let in, LOCK_CLIENT before that of hosts
 * count  accounts that are in the files
 * why    what went wrong, for people
 * 0, -EINVAL when an account or reply cannot be written (all others are), the exit status of
 * postmap, or -errno. */
NODISCARD int lock_files_write(const struct lock_files *f, struct slice lines, uint64_t *count,
                               struct buf *why);

#endif
