/* senders.h - private to conf: who may use which reverse-path, from a text file in the form of
 * Postfix's smtpd_sender_login_maps: "address login[, login...]", and "@domain login" for what has
 * no row of its own. Source: postmap(5), postconf(5). Conf.h has what others call. */
#ifndef CONF_SENDERS_H
#define CONF_SENDERS_H

#include "base/table.h"

struct sender_row {
    struct slice sender; /* folded: an address, or "@domain" */
    struct slice logins; /* folded, a blank after each */
    uint32_t line;
};

struct senders { /* `{ 0 }` is empty; the texts lie in the arena of the settings */
    struct sender_row *rows;
    uint32_t n, room;
    struct table by_sender;
};

/* The row of that sender, or NULL. */
const struct sender_row *senders_find(const struct senders *senders, struct slice sender);

void senders_done(struct senders *senders);

#endif
