/* setup_server.h - what `mailfuse setup` has to know of a server: how to read it, how it checks its
 * own files. */
#ifndef CLI_SETUP_SERVER_H
#define CLI_SETUP_SERVER_H

#include "cli/setup_backup.h"
#include "cli/setup_firewall.h"

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

extern const struct setup_server setup_postfix, setup_dovecot, setup_firewall;

#endif
