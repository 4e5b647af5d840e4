#include "mail/address.h"

#include <idn2.h>

#include "base/ban.h"

enum { DOMAIN_MAX = 255 }; /* RFC 1035 section 2.3.4 */

/* The '@' between local part and domain, or NULL. */
static const char *address_at(struct slice address)
{
    struct slice rest = address;

    if (address.n > 0 && address.p[0] == '"') {
        size_t i = 1;

        while (i < address.n && address.p[i] != '"')
            i += address.p[i] == '\\' ? 2 : 1; /* RFC 5321: quoted-pairSMTP */
        if (i < address.n)
            rest = slice_from(address, i);
    }
    return rest.n > 0 ? memrchr(rest.p, '@', rest.n) : NULL;
}

struct slice address_domain(struct slice address)
{
    const char *at = address_at(address);

    return at != NULL ? slice_between(at + 1, address.p + address.n) : (struct slice){ NULL, 0 };
}

struct slice address_local(struct slice address)
{
    const char *at = address_at(address);

    return at != NULL ? slice_between(address.p, at) : address;
}

/* Eight bytes at a time: a byte from 'A' to 'Z' gets bit 0x20. The sums carry into bit 7 where the
 * low seven bits are at least 'A', or above 'Z'; bytes with bit 7 set are left alone. */
static uint64_t lower_eight(uint64_t eight)
{
    const uint64_t ones = 0x0101010101010101U, low = 0x7f * ones;
    uint64_t from_a = (eight & low) + (0x80 - 'A') * ones;
    uint64_t after_z = (eight & low) + (0x80 - 'Z' - 1) * ones;

    return eight | (from_a & ~after_z & ~eight & 0x80 * ones) >> 2;
}

/* Copy `s`, which fits, in ASCII lower case; true when it has bytes that are not ASCII. */
static bool lower_copy(struct slice s, char *out)
{
    uint64_t all = 0, eight = 0;
    size_t i = 0;

    for (; i + sizeof eight <= s.n; i += sizeof eight) {
        memcpy(&eight, s.p + i, sizeof eight);
        all |= eight;
        eight = lower_eight(eight);
        memcpy(out + i, &eight, sizeof eight);
    }
    if (i < s.n) {
        eight = 0;
        memcpy(&eight, s.p + i, s.n - i);
        all |= eight;
        eight = lower_eight(eight);
        memcpy(out + i, &eight, s.n - i);
    }
    return (all & 0x8080808080808080U) != 0;
}

/* The folded address with its domain as A-labels; unchanged when libidn2 finds no such domain. */
static struct slice domain_to_ascii(struct slice folded, char out[ADDRESS_MAX])
{
    struct slice domain = address_domain(folded);
    size_t local = folded.n - domain.n, n;
    char text[DOMAIN_MAX + 1];
    uint8_t *ascii = NULL;

    if (domain.n == 0 || domain.n > DOMAIN_MAX || memchr(domain.p, '\0', domain.n) != NULL)
        return folded;
    memcpy(text, domain.p, domain.n);
    text[domain.n] = '\0';
    if (idn2_lookup_u8((const uint8_t *)text, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) ==
        IDN2_OK) {
        n = strlen((const char *)ascii);
        if (n > 0 && n <= ADDRESS_MAX - local) {
            memcpy(out + local, ascii, n);
            folded.n = local + n;
        }
    }
    idn2_free(ascii);
    return folded;
}

struct slice address_lower(struct slice s, char out[ADDRESS_MAX])
{
    s = slice_head(s, ADDRESS_MAX);
    (void)lower_copy(s, out);
    return (struct slice){ out, s.n };
}

struct slice address_fold(struct slice address, char out[ADDRESS_MAX])
{
    struct slice folded;
    bool unicode;

    if (address.n >= 2 && address.p[0] == '<' && address.p[address.n - 1] == '>')
        address = (struct slice){ address.p + 1, address.n - 2 };
    address = slice_head_utf8(address, ADDRESS_MAX);
    unicode = lower_copy(address, out);
    folded = (struct slice){ out, address.n };
    if (unicode)
        folded = domain_to_ascii(folded, out);
    if (folded.n > 0 && out[folded.n - 1] == '.' && address_domain(folded).n > 1)
        folded.n--;
    return folded;
}

bool address_matches(struct slice address, struct slice wanted)
{
    struct slice domain = address_domain(address);

    if (address_local(wanted).n > 0 && address_domain(wanted).n > 0)
        return slice_eq(address, wanted);
    (void)slice_skip(&wanted, SLICE("@"));
    if (wanted.n == 0 || !slice_ends(domain, wanted))
        return false;
    return domain.n == wanted.n || domain.p[domain.n - wanted.n - 1] == '.';
}

struct slice account_fold(struct slice login, char out[ADDRESS_MAX])
{
    struct slice user, master = slice_trim(login);

    login = master;
    if (slice_cut(&master, '*', &user) && user.n > 0) /* auth_master_user_separator */
        login = slice_trim(user);
    login = slice_head_utf8(login, ADDRESS_MAX);
    (void)lower_copy(login, out);
    return (struct slice){ out, login.n };
}
