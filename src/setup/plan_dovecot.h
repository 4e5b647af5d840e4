/* plan_dovecot.h - how a Dovecot comes to ask mailfuse about logins. Pure.
 *
 * Everything is in one file of our own, mailfuse.conf beside dovecot.conf, which a line in front of
 * the first setting of dovecot.conf includes: passdbs are asked in the order in which they stand,
 * and the one that denies has to be the first. The file has a secret in it and is for root only;
 * !include_try lets programs that run as somebody else (dovecot-lda) pass it over, and they have no
 * use for it.
 *
 * Dovecot is told to ask once, before the password is checked: with a second question logins hang
 * while nobody answers (measured; docs/auth-policy.md).
 * Sources: https://doc.dovecot.org: Authentication Policy, Password Databases, doveconf(1). */
#ifndef SETUP_PLAN_DOVECOT_H
#define SETUP_PLAN_DOVECOT_H

#include "conf/daemon.h"
#include "setup/plan.h"

struct dovecot_texts {
    struct slice settings; /* doveconf -n */
    struct slice nonce;    /* doveconf -Ph auth_policy_hash_nonce */
    struct slice main;     /* dovecot.conf itself */
    struct slice own;      /* our file; empty when there is none */
    bool has_own;
    const char *fresh_nonce; /* random, for when there is none */
};

#define DOVECOT_INCLUDE "!include_try mailfuse.conf"

void plan_dovecot(struct plan *plan, const struct dovecot_texts *texts,
                  const struct conf_daemon *daemon);

/* The path of our file, beside dovecot.conf. */
const char *plan_dovecot_own(struct plan *plan, const struct conf_daemon *daemon);

#endif
