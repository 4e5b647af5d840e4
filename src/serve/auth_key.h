/* auth_key.h - does a request bring the key? Either as X-API-Key, as weakforced's clients and
 * Dovecot send it, or as the password of basic authentication (RFC 7617), with any name. */
#ifndef SERVE_AUTH_KEY_H
#define SERVE_AUTH_KEY_H

#include "proto/http_request.h"

/* How long the comparison takes depends on the lengths, never on where two texts differ.
 * key  "" lets everybody in; longer than 511 bytes it matches nobody as a password */
bool auth_key_right(const struct http_request *head, struct slice key);

#endif
