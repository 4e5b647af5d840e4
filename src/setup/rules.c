#include "setup/rules.h"

#include <stdio.h>

#include "base/hash.h"

#include "base/ban.h"

bool firewall_name_fits(struct slice name)
{
    static const char marks[] = "._-@:$";

    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i], small = (char)(c | 0x20);

        if (!(small >= 'a' && small <= 'z') && !(c >= '0' && c <= '9') &&
            memchr(marks, c, sizeof marks - 1) == NULL)
            return false;
    }
    return name.n > 0 && name.p[0] != '-';
}

static void write_with(const struct firewall_rules *r, const char *mark, struct buf *out)
{
    if (r->tool == FIREWALL_NFT)
        firewall_write_nft(r, mark, out);
    else
        firewall_write_iptables(r, mark, out);
}

void firewall_write(const struct firewall_rules *r, struct buf *out, char mark[FIREWALL_MARK_MAX])
{
    CLEANUP(buf_done) struct buf bare = buf_make(FIREWALL_RULES_MAX);

    write_with(r, "", &bare);
    snprintf(mark, FIREWALL_MARK_MAX, "mailfuse %016llx",
             (unsigned long long)hash_slice(buf_slice(&bare), 0));
    write_with(r, mark, out);
}
