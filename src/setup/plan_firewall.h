/* plan_firewall.h - how a machine comes to let only the mail server speak SMTP outwards.
 * Pure.
 *
 * The rules are in a file beside mailfuse.conf, and loaded from it. Where systemd runs the machine,
 * a unit of our own loads them when it starts and again after nftables.service, whose
 * configuration begins with "flush ruleset" on Debian. Sources: systemd.unit(5), nft(8). */
#ifndef SETUP_PLAN_FIREWALL_H
#define SETUP_PLAN_FIREWALL_H

#include "setup/plan.h"
#include "setup/rules.h"

#define FIREWALL_UNIT "mailfuse-firewall.service"

/* A file, and whether it is there. */
struct firewall_file {
    const char *path; /* of letters, digits and "/._-" only: it stands in commands */
    struct slice now;
    bool there;
};

struct firewall_machine {
    struct firewall_file rules;
    struct firewall_file unit; /* path "": no systemd here */
    bool enabled;              /* the unit is */
    bool program;              /* the tool is installed */
    struct slice loaded;       /* what the tool shows of our table, or chains; empty: not there */
    struct slice tables;       /* nft list tables */
};

void plan_firewall(struct plan *plan, const struct firewall_rules *rules,
                   const struct firewall_machine *machine);

#endif
