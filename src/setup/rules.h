/* rules.h - rules that let only the mail server speak SMTP outwards, as text: for nft(8),
 * or a script for iptables(8). Pure.
 *
 * Outwards is what leaves by an interface that leads to the internet, to an address of it: what
 * goes to private addresses, and what comes in, passes. On this machine the given users may; of
 * what it forwards, the given addresses. Another packet that opens a connection is answered with a
 * reset; it is logged, so many of each address and so many altogether, with FIREWALL_PREFIX, by
 * which mailfuse knows the line again. Connections that are open stay so.
 *
 * Of nft all is in a table of our own, behind the chains of priority "filter": accepted there is
 * not accepted anywhere else, so nothing passes that passed not before. The text replaces that
 * table in one transaction and touches no other. The script has chains of its own, and a jump to
 * them in front of OUTPUT and FORWARD; they end in RETURN. Sources: nft(8), iptables-extensions(8).
 */
#ifndef SETUP_RULES_H
#define SETUP_RULES_H

#include "base/buf.h"
#include "mail/ip.h"
#include "proto/understand.h"

enum {
    FIREWALL_SERVERS_MAX = 64,
    FIREWALL_USERS_MAX = 16,
    FIREWALL_OUTSIDE_MAX = 16,
    FIREWALL_RULES_MAX = 64 * 1024, /* bytes of a text */
};

enum firewall_tool { FIREWALL_NFT, FIREWALL_IPTABLES };

struct firewall_rules {
    enum firewall_tool tool;
    bool submission; /* ports 465 and 587, too */
    const char *users[FIREWALL_USERS_MAX];
    uint32_t users_n;
    struct ip_prefix servers[FIREWALL_SERVERS_MAX];
    uint32_t servers_n;
    const char *outside[FIREWALL_OUTSIDE_MAX]; /* interfaces; one at least */
    uint32_t outside_n;
};

/* The name may stand in rules: of a user, or of an interface. */
bool firewall_name_fits(struct slice name);

/* The file that the tool is to read. `mark` gets the words by which these rules are known when they
 * are loaded: "mailfuse " and 16 digits. */
enum { FIREWALL_MARK_MAX = 32 };
void firewall_write(const struct firewall_rules *r, struct buf *out, char mark[FIREWALL_MARK_MAX]);

/* Private: the text with that mark. */
void firewall_write_nft(const struct firewall_rules *r, const char *mark, struct buf *out);
void firewall_write_iptables(const struct firewall_rules *r, const char *mark, struct buf *out);

/* Interfaces of the default routes, from the text of /proc/net/route and /proc/net/ipv6_route; each
 * once, each NUL-terminated in `names`. A route to half of all addresses (as VPNs set two of) is
 * one, too. Returns their number. */
enum { FIREWALL_NAME_MAX = 16 }; /* IFNAMSIZ */
uint32_t firewall_outside(struct slice route, struct slice ipv6_route,
                          char names[FIREWALL_OUTSIDE_MAX][FIREWALL_NAME_MAX]);

#endif
