/* auth_json.h - what a client of an auth policy server sends, Dovecot or one of weakforced: a JSON
 * object to a struct. Pure; allocates nothing.
 * Sources: RFC 8259; the weakforced API ("allow", "report", "reset", "getDBStats"); Dovecot's
 * auth-policy.c, which sends what auth_policy_request_attributes says.
 *
 * The syntax is that of RFC 8259 without exceptions. What the fields mean is taken generously:
 * unknown ones, such as attrs, are skipped; a number or a boolean in the place of a text counts as
 * its text, a text in the place of a boolean ("true", "1", "yes") as one; null, an array or an
 * object in the place of either as absent; of two fields of the same name the last counts. */
#ifndef PROTO_AUTH_JSON_H
#define PROTO_AUTH_JSON_H

#include "base/attributes.h"
#include "base/buf.h"

enum { AUTH_JSON_DEPTH = 16 }; /* arrays and objects inside of each other */

/* Texts are as sent, by strangers, so of any length within the body, with any bytes in them, NUL,
 * too; an empty one is as good as none. */
struct auth_request {
    struct slice login;      /* "" when the name had forbidden characters */
    struct slice remote;     /* the client's address */
    struct slice pwhash;     /* hex, of Dovecot's auth_policy_hash_truncate bits; "" with a mech
                                that sends no password: Dovecot hashes none, the same for all */
    struct slice mech;       /* the SASL mechanism, when the client of the server tells it */
    struct slice protocol;   /* imap, pop3, smtp, sieve, http, ... */
    struct slice device_id;  /* IMAP ID */
    struct slice session_id; /* Dovecot's, empty for SMTP */
    struct slice fail_type;  /* Dovecot 2.4, in a report: credentials, account, policy, ... */
    struct slice ip;         /* in reset and getDBStats */
    bool tls;
    bool success, policy_reject; /* in a report */
};

/* Read `n` bytes of JSON. Escaped texts are decoded in their place: `json` is changed, and `out`
 * borrows from it. A surrogate that stands alone becomes U+FFFD; UTF-8 is not checked.
 * NULL, or what is wrong with it; then `out` is not written. */
NODISCARD const char *auth_json_parse(char *json, size_t n, struct auth_request *out);

/* `text` as a JSON string with its quotes, for people: control characters, what is no UTF-8 and
 * what hides or turns text becomes '?', since it goes on in a line of IMAP or SMTP. */
void auth_json_string(struct buf *out, struct slice text);

#endif
