/* server.h - what `mailfuse setup` has to know of a server: how to read it, how it checks its
 * own files. */
#ifndef SETUP_SERVER_H
#define SETUP_SERVER_H

#include "setup/backup.h"
#include "setup/firewall.h"
#include "setup/plan_postfix.h"

struct setup_site {
    const struct conf_daemon *daemon;
    const char *settings;                 /* path of mailfuse.conf, whether it is there or not */
    const struct firewall_wish *firewall; /* what the command line says of it */
    bool relay_clients;                   /* of Postfix: hosts that relay without login, too */
};

struct setup_server {
    const char *name; /* as on the command line */
    /* Read this machine and plan. False, with `error`, when that cannot be done. */
    bool (*plan)(const struct setup_site *site, struct plan *plan, char error[STEP_ERROR_MAX]);
    /* Let the server look at its own files. False, with `error`, when it finds something. */
    bool (*check)(const struct conf_daemon *daemon, char error[STEP_ERROR_MAX]);
    /* The files that may change, in the order in which they are put back. */
    void (*files)(const struct conf_daemon *daemon, struct plan *plan, struct backup *out);
    const char *reload; /* what makes the server read them; NULL: nothing is left to do */
};

extern const struct setup_server setup_postfix, setup_dovecot, setup_firewall, setup_relay;

/* setup_postfix.c, for all that is about Postfix: what it prints of itself, to be freed either way;
 * a map that has to be there, even empty, or it defers all mail. */
struct postfix_read {
    struct buf all[4]; /* the last has all facts */
    struct postfix_texts texts;
};
NODISCARD bool postfix_read(const struct conf_daemon *d, struct postfix_read *out,
                            char error[STEP_ERROR_MAX]);
void postfix_read_done(struct postfix_read *read);
NODISCARD bool setup_check_postfix(const struct conf_daemon *d, char error[STEP_ERROR_MAX]);
void setup_files_postfix(const struct conf_daemon *d, struct plan *plan, struct backup *out);
void setup_plan_map(struct plan *plan, const struct conf_map *map, const char *suffix,
                    const char *why);

#endif
