/* firewall.h - what the command line of `mailfuse setup firewall` says. */
#ifndef SETUP_FIREWALL_H
#define SETUP_FIREWALL_H

#include "setup/rules.h"

/* Rules as far as the command line has them; texts are borrowed from it. */
struct firewall_wish {
    struct firewall_rules rules;
    bool iptables; /* asked for */
    bool any;      /* an option was given */
};

/* One of its options: false, with a sentence in `error`, when the value is not right. `option` is
 * the letter that setup_options[] gives it. */
enum { FIREWALL_ERROR_MAX = 256 };
bool firewall_option(struct firewall_wish *wish, int option, const char *value,
                     char error[FIREWALL_ERROR_MAX]);

#endif
