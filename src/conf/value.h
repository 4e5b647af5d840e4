/* value.h - the forms of single values in the settings. Pure; allocates nothing. */
#ifndef CONF_VALUE_H
#define CONF_VALUE_H

#include "base/attributes.h"
#include "conf/daemon.h"

/* "90s", "20m", "1h", "30d": a whole number and its unit. False, and no change, for anything else
 * and above 3650 days. */
bool conf_duration_parse(struct slice text, int64_t *ms);

/* "yes", "no". False, and no change, for anything else. */
bool conf_yes_no_parse(struct slice text, bool *out);

/* "unix:/path" or "inet:ADDRESS:PORT", with an IPv6 address in brackets.
 * text  with a NUL after it; `out` points into it
 * NULL, or what is wrong, as the rest of a sentence; then there is no change. */
const char *conf_listen_parse(struct slice text, struct conf_listen *out);

/* A text that a mail client is shown: printable ASCII, at most CONF_REPLY_MAX bytes, and after each
 * '%' one of i, a, %. NULL, or what is wrong. */
const char *conf_reply_wrong(struct slice text);

/* The key of the auth policy server: printable ASCII without blanks, 8 to 200 bytes. NULL, or what
 * is wrong, as a whole sentence that does not show it. */
const char *conf_key_wrong(struct slice text);

/* "[smtp.example.test]:587", "[192.0.2.1]:587", "[2001:db8::1]:465": a host without a look at its
 * MX records, as Postfix writes a next hop. `host` gets what stands between the brackets. False,
 * and no change, for anything else. */
bool conf_relay_host_parse(struct slice text, struct slice *host, uint16_t *port);

/* The name of a system user or group: what useradd(8) takes. */
bool conf_is_user(struct slice text);

/* "64496", "AS64496". False, and no change, for what is no number of a network. */
bool conf_as_parse(struct slice text, uint32_t *out);

#endif
