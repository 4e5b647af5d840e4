/* rules_nft.c - the rules for nft(8). */
#include "setup/rules.h"

#include "base/ban.h"

#define SMALL "limit rate 10/minute burst 20 packets"
#define LARGE "limit rate 20/second burst 100 packets"
#define LOG LARGE " log prefix \"" FIREWALL_PREFIX " \" flags skuid"

static void add_names(struct buf *out, const char *const *names, uint32_t n)
{
    buf_add(out, SLICE("{ "));
    for (uint32_t i = 0; i < n; i++)
        buf_printf(out, "%s\"%s\"", i > 0 ? ", " : "", names[i]);
    buf_add(out, SLICE(" }"));
}

/* The mail servers of one kind of address; a set may be empty. */
static void add_servers(struct buf *out, const struct firewall_rules *r, bool v4)
{
    uint32_t n = 0;

    buf_printf(out,
               "    set mail_servers_%c {\n"
               "        type ipv%c_addr\n"
               "        flags interval\n"
               "        auto-merge\n",
               v4 ? '4' : '6', v4 ? '4' : '6');
    for (uint32_t i = 0; i < r->servers_n; i++) {
        const struct ip_prefix *p = &r->servers[i];
        char text[IP_TEXT_MAX];

        if (ip_is_v4(&p->net) != v4)
            continue;
        buf_add(out, n++ == 0 ? SLICE("        elements = { ") : SLICE(", "));
        buf_printf(out, "%s/%u", ip_text(&p->net, text), v4 ? p->bits - 96 : p->bits);
    }
    buf_add(out, n > 0 ? SLICE(" }\n    }\n") : SLICE("    }\n"));
}

/* Who was logged, so that each gets its share of the log. */
static void add_logged(struct buf *out, char version)
{
    buf_printf(out,
               "    set logged_%c {\n"
               "        type ipv%c_addr\n"
               "        size 4096\n"
               "        flags dynamic,timeout\n"
               "        timeout 10m\n"
               "    }\n",
               version, version);
}

static void add_outwards(struct buf *out)
{
    buf_add(out, SLICE("    chain outwards {\n"
                       "        ip daddr { 10.0.0.0/8, 100.64.0.0/10, 127.0.0.0/8, 169.254.0.0/16, "
                       "172.16.0.0/12, 192.168.0.0/16 } accept\n"
                       "        ip6 daddr { ::1, fc00::/7, fe80::/10 } accept\n"
                       "        update @logged_4 { ip saddr " SMALL " } " LOG "\n"
                       "        update @logged_6 { ip6 saddr " SMALL " } " LOG "\n"
                       "        counter meta l4proto tcp reject with tcp reset\n"
                       "    }\n"));
}

/* The rule that sends what opens a connection outwards to the chain of that name. */
static void add_way(struct buf *out, const struct firewall_rules *r)
{
    buf_add(out, SLICE("        oifname "));
    add_names(out, r->outside, r->outside_n);
    buf_printf(out, " tcp dport %s tcp flags & (syn | ack) == syn goto outwards\n",
               r->submission ? "{ 25, 465, 587 }" : "25");
}

void firewall_write_nft(const struct firewall_rules *r, const char *mark, struct buf *out)
{
    buf_add(out, SLICE("#!/usr/sbin/nft -f\n"
                       "# Made by mailfuse setup firewall, which makes it anew: only the mail "
                       "server speaks SMTP\n"
                       "# outwards. No other table is touched.\n"
                       "table inet mailfuse\n"
                       "delete table inet mailfuse\n"
                       "table inet mailfuse {\n"));
    buf_printf(out, "    comment \"%s\"\n", mark);
    add_servers(out, r, true);
    add_servers(out, r, false);
    add_logged(out, '4');
    add_logged(out, '6');
    buf_add(out, SLICE("    # of this machine itself\n"
                       "    chain output {\n"
                       "        type filter hook output priority filter + 10; policy accept;\n"));
    if (r->users_n > 0) {
        buf_add(out, SLICE("        meta skuid "));
        add_names(out, r->users, r->users_n);
        buf_add(out, SLICE(" accept\n"));
    }
    add_way(out, r);
    buf_add(out, SLICE("    }\n"
                       "    # of others, by way of this machine\n"
                       "    chain forward {\n"
                       "        type filter hook forward priority filter + 10; policy accept;\n"
                       "        ip saddr @mail_servers_4 accept\n"
                       "        ip6 saddr @mail_servers_6 accept\n"));
    add_way(out, r);
    buf_add(out, SLICE("    }\n"));
    add_outwards(out);
    buf_add(out, SLICE("}\n"));
}
