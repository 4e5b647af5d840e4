/* plan_postfix.h - how the submission services of a Postfix come to ask mailfuse. Pure.
 *
 * A service is one of master.cf that runs smtpd with smtpd_sasl_auth_enable=yes, whatever its name;
 * where relay clients are to be asked about, any that runs smtpd and is not for this machine alone.
 * Each gets two references: $mailfuse_recipient_restrictions at the front of its
 * smtpd_recipient_restrictions, $mailfuse_end_of_data_restrictions at the front of its
 * smtpd_end_of_data_restrictions: in master.cf where that overrides the list by -o, or where the
 * service has logins by its own -o and main.cf has nothing in the list; else in main.cf. Both are
 * defined in main.cf, since a value that `postconf -P` writes into master.cf cannot have blanks
 * (Postfix 3.7).
 *
 * Why smtpd_recipient_restrictions: Postfix evaluates it once for each recipient, whatever
 * smtpd_delay_reject and smtpd_relay_before_recipient_restrictions say, while client, helo and
 * sender lists may be evaluated before there is a recipient, and the relay list decides who may
 * relay: a mistake there opens a relay. A permit_... ends only the list that it stands in, so the
 * front of this list is reached even if the relay list permits. mailfuse never answers OK, and the
 * default action is DUNNO, so nothing is admitted that was not before.
 *
 * Why neither try_limit=1 nor request_limit=1: see docs/auth-policy.md. Sources: postconf(5),
 * postconf(1), SMTPD_ACCESS_README, SMTPD_POLICY_README. */
#ifndef SETUP_PLAN_POSTFIX_H
#define SETUP_PLAN_POSTFIX_H

#include "conf/daemon.h"
#include "setup/plan.h"

/* What Postfix prints of itself. */
struct postfix_texts {
    struct slice settings;  /* postconf -n */
    struct slice services;  /* postconf -M */
    struct slice overrides; /* postconf -P */
    struct slice facts;     /* postconf mail_version queue_directory compatibility_level */
    bool relay_clients;     /* not printed, but asked for: services without logins, too */
};

/* Hosts that relay without login are asked about: it is asked for, or was before. */
bool plan_postfix_relays(const struct postfix_texts *texts);

/* Steps of main.cf and master.cf. The map of locked accounts is only referred to. */
void plan_postfix(struct plan *plan, const struct postfix_texts *texts,
                  const struct conf_daemon *daemon);

/* The value of "NAME = VALUE" among lines of that form; false when there is no such line. */
bool setup_value(struct slice lines, const char *name, struct slice *value);

/* PATH of its map as postmap(1) makes it: ".db", ".lmdb", ".cdb", ".pag". */
const char *setup_map_suffix(const char *type);

#endif
