/* plan_relay.h - how Postfix comes to have a second way out, that is not taken until it is
 * switched on. Pure.
 *
 * A service of its own in master.cf, with its own login, level of TLS and name in the log, so that
 * nothing that holds for other mail holds for it by accident; and in front of
 * sender_dependent_default_transport_maps a reference to $mailfuse_relay_maps, a plain map
 * (act/relay_map.h) that is empty while the relay is off. It is looked up for the sender, and then,
 * by pipemap:{static:*,MAP}, for "*": everybody.
 *
 * Why that parameter: it takes the place of default_transport alone, so mail for this machine, for
 * virtual and relay domains, and what transport_maps routes, keeps its way. Why a plain map and no
 * socketmap: a lookup that fails defers all mail (Postfix 3.7: "address resolver failure"), and
 * mail must not wait for mailfuse. Sources: postconf(5), DATABASE_README, SASL_README, TLS_README,
 * trivial-rewrite(8). */
#ifndef SETUP_PLAN_RELAY_H
#define SETUP_PLAN_RELAY_H

#include "setup/plan_postfix.h"

/* Steps of main.cf and master.cf. The map is only referred to. */
void plan_relay(struct plan *plan, const struct postfix_texts *texts,
                const struct conf_daemon *daemon);

#endif
