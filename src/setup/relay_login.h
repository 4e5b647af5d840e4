/* relay_login.h - the login at the emergency relay, out of the table that Postfix reads, too
 * (smtp_sasl_password_maps of type texthash, SASL_README). */
#ifndef SETUP_RELAY_LOGIN_H
#define SETUP_RELAY_LOGIN_H

#include "base/buf.h"

struct relay_login {
    struct buf text;             /* of the file */
    struct slice user, password; /* in it */
};

void relay_login_done(struct relay_login *login);

/* The line of `host` ("[smtp.example.test]:587"), or of its name alone, which Postfix looks for
 * first. False with the reason in `why`, one line without a secret: it cannot be read, others can
 * read it, or it has no such line. To be freed either way. */
NODISCARD bool relay_login_read(struct relay_login *out, const char *path, const char *host,
                                struct buf *why);

#endif
