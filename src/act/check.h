/* check.h - what the helper asks of each argument before it does anything with root's rights,
 * whatever the worker has checked before. Pure. Each returns NULL, or what is wrong, in words. */
#ifndef ACT_CHECK_H
#define ACT_CHECK_H

#include "base/attributes.h"
#include "base/slice.h"

enum {
    CHECK_ACCOUNT_MAX = 254, /* RFC 5321 section 4.5.3.1.3: a path less its brackets */
    CHECK_REPLY_MAX = 500,   /* within the 512 of an SMTP reply, RFC 5321 section 4.5.3.1.5 */
};

/* Queue ids, a newline after each; at least one. */
const char *check_ids(struct slice ids);

/* The name of an account as an argument of doveadm. */
const char *check_user(struct slice user);

/* The same for `doveadm kick`, which takes * and ? for patterns, and addresses for networks. */
const char *check_kick(struct slice user);

/* The name of an account as the key of a Postfix access map and the line of a Dovecot passwd-file.
 */
const char *check_lock_account(struct slice account);

/* May stand in the map of hosts: an address as check_client_access looks it up. */
const char *check_lock_client(struct slice address);

/* An action of access(5) that refuses or holds; nothing that lets through or leads elsewhere. */
const char *check_lock_reply(struct slice reply);

/* The path of a log: one of `logs` (which ends with NULL) or a sibling that rotation made of it. */
const char *check_log(struct slice path, const char *const logs[]);

#endif
