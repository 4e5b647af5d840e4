/* rules_iptables.c - the rules for iptables(8) and ip6tables(8), as a script that loads them and
 * takes them back. Each kind of address is loaded in one transaction. */
#include "setup/rules.h"

#include "base/ban.h"

static const char *const inside[2][7] = {
    { "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
      "192.168.0.0/16", NULL },
    { "::1/128", "fc00::/7", "fe80::/10", NULL },
};

static void add_way(struct buf *out, const struct firewall_rules *r, const char *chain)
{
    for (uint32_t i = 0; i < r->outside_n; i++)
        buf_printf(out, "-A %s -o %s -p tcp -m multiport --dports %s -g MAILFUSE-OUTWARDS\n", chain,
                   r->outside[i], r->submission ? "25,465,587" : "25");
}

/* What iptables-restore(8) reads. */
static void add_table(struct buf *out, const struct firewall_rules *r, const char *mark, bool v4)
{
    buf_add(out, SLICE("*filter\n"
                       ":MAILFUSE-OUTPUT - [0:0]\n"
                       ":MAILFUSE-FORWARD - [0:0]\n"
                       ":MAILFUSE-OUTWARDS - [0:0]\n"));
    buf_printf(out, "-A MAILFUSE-OUTPUT -m comment --comment \"%s\"\n", mark);
    for (uint32_t i = 0; i < r->users_n; i++)
        buf_printf(out, "-A MAILFUSE-OUTPUT -m owner --uid-owner %s -j RETURN\n", r->users[i]);
    add_way(out, r, "MAILFUSE-OUTPUT");
    for (uint32_t i = 0; i < r->servers_n; i++) {
        const struct ip_prefix *p = &r->servers[i];
        char text[IP_TEXT_MAX];

        if (ip_is_v4(&p->net) == v4)
            buf_printf(out, "-A MAILFUSE-FORWARD -s %s/%u -j RETURN\n", ip_text(&p->net, text),
                       v4 ? p->bits - 96 : p->bits);
    }
    add_way(out, r, "MAILFUSE-FORWARD");
    for (const char *const *net = inside[v4 ? 0 : 1]; *net != NULL; net++)
        buf_printf(out, "-A MAILFUSE-OUTWARDS -d %s -j RETURN\n", *net);
    buf_add(out, SLICE("-A MAILFUSE-OUTWARDS -m hashlimit --hashlimit-mode srcip "
                       "--hashlimit-upto 10/minute --hashlimit-burst 20 "
                       "--hashlimit-htable-max 4096 --hashlimit-name mailfuse "
                       "-m limit --limit 20/second --limit-burst 100 "
                       "-j LOG --log-prefix \"" FIREWALL_PREFIX " \" --log-uid\n"
                       "-A MAILFUSE-OUTWARDS -p tcp -j REJECT --reject-with tcp-reset\n"
                       "COMMIT\n"));
}

void firewall_write_iptables(const struct firewall_rules *r, const char *mark, struct buf *out)
{
    buf_add(out, SLICE("#!/bin/sh\n"
                       "# Made by mailfuse setup firewall, which makes it anew: only the mail "
                       "server speaks SMTP\n"
                       "# outwards. No other chain is touched.\n"
                       "# sh FILE start: load the rules; sh FILE stop: take them out.\n"
                       "PATH=/usr/sbin:/usr/bin:/sbin:/bin\n"
                       "\n"
                       "rules_iptables() {\n"
                       "    cat <<'END'\n"));
    add_table(out, r, mark, true);
    buf_add(out, SLICE("END\n"
                       "}\n"
                       "\n"
                       "rules_ip6tables() {\n"
                       "    cat <<'END'\n"));
    add_table(out, r, mark, false);
    buf_add(out,
            SLICE("END\n"
                  "}\n"
                  "\n"
                  "start() {\n"
                  "    \"rules_$1\" | \"$1-restore\" -w --noflush || return 1\n"
                  "    for chain in OUTPUT FORWARD; do\n"
                  "        \"$1\" -w -C $chain -p tcp --syn -j MAILFUSE-$chain 2>/dev/null ||\n"
                  "            \"$1\" -w -I $chain -p tcp --syn -j MAILFUSE-$chain || return 1\n"
                  "    done\n"
                  "}\n"
                  "\n"
                  "stop() {\n"
                  "    for chain in OUTPUT FORWARD; do\n"
                  "        while \"$1\" -w -D $chain -p tcp --syn -j MAILFUSE-$chain 2>/dev/null; "
                  "do :; done\n"
                  "    done\n"
                  "    for chain in OUTPUT FORWARD OUTWARDS; do\n"
                  "        \"$1\" -w -F MAILFUSE-$chain 2>/dev/null\n"
                  "    done\n"
                  "    for chain in OUTPUT FORWARD OUTWARDS; do\n"
                  "        \"$1\" -w -X MAILFUSE-$chain 2>/dev/null\n"
                  "    done\n"
                  "    ! \"$1\" -w -n -L MAILFUSE-OUTWARDS >/dev/null 2>&1\n"
                  "}\n"
                  "\n"
                  "case $1 in\n"
                  "start) start iptables && start ip6tables ;;\n"
                  "stop) stop iptables; stop ip6tables ;;\n"
                  "*) echo \"usage: sh $0 start|stop\" >&2; exit 2 ;;\n"
                  "esac\n"));
}
