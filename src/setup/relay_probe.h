/* relay_probe.h - whether the emergency relay would take our mail: the same host, certificate,
 * login and envelope that Postfix would use (cli/setup_plan_relay.h), tried here and now. TLS is
 * spoken by openssl s_client, with the same library as Postfix's. Sends no mail unless told to. */
#ifndef SETUP_RELAY_PROBE_H
#define SETUP_RELAY_PROBE_H

#include "conf/daemon.h"

struct relay_probe {
    const struct conf_daemon *daemon;
    const char *from, *to; /* of the envelope; NULL: postmaster of this host */
    bool send;             /* a short message, too */
};

/* True when all of it went well. `words`: what was done, or what failed and what to do, in one line
 * of at most 500 bytes without a full stop; never a secret. */
NODISCARD bool relay_probe(const struct relay_probe *p, struct buf *words);

#endif
