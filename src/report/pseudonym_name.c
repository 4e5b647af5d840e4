#include "report/pseudonym_name.h"

#include <sodium.h>

#include "mail/address.h"

#include "base/ban.h"

enum { HASH = 16, SHOWN = 6 }; /* bytes: of the hash, and of it in a name */

void pseudonym_key_make(struct pseudonym_key *key, struct slice bytes)
{
    crypto_generichash(key->bytes, sizeof key->bytes, (const unsigned char *)bytes.p, bytes.n, NULL,
                       0);
}

/* BLAKE2b of `what` (so that a domain and an account of one spelling differ) and `text`. */
static void keyed_hash(const struct pseudonym_key *key, char what, struct slice text,
                       unsigned char hash[HASH])
{
    crypto_generichash_state state;

    crypto_generichash_init(&state, key->bytes, sizeof key->bytes, HASH);
    crypto_generichash_update(&state, (const unsigned char *)&what, 1);
    if (text.n > 0)
        crypto_generichash_update(&state, (const unsigned char *)text.p, text.n);
    crypto_generichash_final(&state, hash, HASH);
}

static void add_hash(const struct pseudonym_key *key, char what, struct slice text, struct buf *out)
{
    unsigned char hash[HASH];
    char hex[2 * SHOWN + 1];

    keyed_hash(key, what, text, hash);
    sodium_bin2hex(hex, sizeof hex, hash, SHOWN);
    buf_printf(out, "%c-%s", what, hex);
}

void pseudonym_account(const struct pseudonym_key *key, struct slice name, struct buf *out)
{
    char room[ADDRESS_MAX];
    struct slice folded = address_fold(name, room), domain = address_domain(folded);

    if (folded.n == 0)
        return;
    add_hash(key, 'u', folded, out);
    if (domain.n == 0)
        return;
    buf_add_char(out, '@');
    add_hash(key, 'd', domain, out);
}

void pseudonym_host(const struct pseudonym_key *key, struct slice name, struct buf *out)
{
    char room[ADDRESS_MAX], text[IP_TEXT_MAX];
    struct ip ip;

    if (name.n == 0 || slice_eq(name, SLICE("unknown"))) {
        buf_add(out, name);
    } else if (ip_parse(name, &ip)) {
        ip = pseudonym_ip(key, &ip);
        buf_add(out, slice_of(ip_text(&ip, text)));
    } else if (memchr(name.p, '@', name.n) != NULL) {
        pseudonym_account(key, name, out);
    } else {
        char at[1 + ADDRESS_MAX] = "@"; /* folds the domain alone, as that of an address */
        size_t n = name.n < ADDRESS_MAX ? name.n : ADDRESS_MAX;

        memcpy(at + 1, name.p, n);
        add_hash(key, 'd', address_domain(address_fold((struct slice){ at, n + 1 }, room)), out);
    }
}

struct ip pseudonym_ip(const struct pseudonym_key *key, const struct ip *ip)
{
    struct ip network = ip_network(ip), out = { { 0x01 } }; /* 100::/64, RFC 6666 */
    unsigned char hash[HASH];

    if (ip_none(ip))
        return *ip;
    keyed_hash(key, 'n', (struct slice){ (const char *)network.b, sizeof network.b }, hash);
    memcpy(out.b + 8, hash, 4);
    keyed_hash(key, 'h', (struct slice){ (const char *)ip->b, sizeof ip->b }, hash);
    memcpy(out.b + 12, hash, 4);
    return out;
}
