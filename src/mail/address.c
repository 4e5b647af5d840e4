#include "mail/address.h"

#include <idn2.h>

#include "base/ban.h"

enum { DOMAIN_MAX = 255 }; /* RFC 1035 section 2.3.4 */

static const uint64_t not_ascii = 0x8080808080808080U; /* in any of eight bytes */

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

/* Sixteen bytes are worked on at a time, which every processor for mail servers can. */
typedef uint8_t sixteen __attribute__((vector_size(16)));

/* Copy sixteen bytes in ASCII lower case; returns them as they were. */
static inline sixteen lower_copy_sixteen(const char *in, char *out)
{
    sixteen bytes, upper;

    memcpy(&bytes, in, sizeof bytes);
    upper = (sixteen)(bytes - 'A' < 26); /* all bits are set where that holds */
    upper = bytes | (upper & 0x20);
    memcpy(out, &upper, sizeof upper);
    return bytes;
}

/* The same with eight. */
static inline uint64_t lower_copy_eight(const char *in, char *out)
{
    typedef uint8_t eight __attribute__((vector_size(8)));
    eight bytes, upper;
    uint64_t before;

    memcpy(&bytes, in, sizeof bytes);
    memcpy(&before, in, sizeof before);
    upper = (eight)(bytes - 'A' < 26);
    upper = bytes | (upper & 0x20);
    memcpy(out, &upper, sizeof upper);
    return before;
}

/* Copy `s`, which fits, in ASCII lower case; true when it has bytes that are not ASCII. */
static bool lower_copy(struct slice s, char *out)
{
    sixteen all = { 0 };
    uint64_t half[2];
    char c = 0;
    size_t i = 0;

    if (s.n >= sizeof all) {
        for (; i < s.n - sizeof all; i += sizeof all)
            all |= lower_copy_sixteen(s.p + i, out + i);
        i = s.n - sizeof all; /* the rest, and some bytes again */
        all |= lower_copy_sixteen(s.p + i, out + i);
        memcpy(half, &all, sizeof half);
        return ((half[0] | half[1]) & not_ascii) != 0;
    }
    if (s.n >= sizeof half[0]) {
        half[0] = lower_copy_eight(s.p, out);
        i = s.n - sizeof half[0];
        return ((half[0] | lower_copy_eight(s.p + i, out + i)) & not_ascii) != 0;
    }
    for (; i < s.n; i++) {
        c |= s.p[i];
        out[i] = (unsigned char)(s.p[i] - 'A') < 26 ? (char)(s.p[i] | 0x20) : s.p[i];
    }
    return (c & 0x80) != 0;
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
