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

/* Copy `s`, which fits, in ASCII lower case; true when it has bytes that are not ASCII. */
static bool lower_copy(struct slice s, char *out)
{
    unsigned char all = 0;

    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];

        all |= c;
        out[i] = (char)(c | (c - (unsigned)'A' < 26) << 5);
    }
    return all >= 0x80;
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
