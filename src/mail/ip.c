#include "mail/ip.h"

#include <arpa/inet.h>
#include <endian.h>
#include <limits.h>

#include "base/hash.h"
#include "base/sixteen.h"

#include "base/ban.h"

enum { MAPPED_BITS = 96 }; /* ::ffff:0:0/96 holds IPv4 */

static const uint8_t mapped[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

/* The value of the digit at `p`; above 9 for anything else. */
static inline unsigned digit_at(const char *p, const char *end)
{
    return p < end ? (unsigned char)*p - (unsigned)'0' : UINT_MAX;
}

/* One number 0..255 at `p`; returns what is behind it, NULL for anything else. A leading zero is
 * refused: some programs read it as octal, so "010.0.0.1" names two addresses. */
static inline const char *parse_octet(const char *p, const char *end, uint8_t *out)
{
    unsigned value = digit_at(p, end), second, third;

    if (value > 9)
        return NULL;
    second = digit_at(++p, end);
    if (second <= 9) {
        if (value == 0)
            return NULL;
        value = value * 10 + second;
        third = digit_at(++p, end);
        if (third <= 9) {
            value = value * 10 + third;
            p++;
        }
    }
    *out = (uint8_t)value;
    return value <= 255 ? p : NULL;
}

/* parse_v4, for addresses of any length. */
static bool parse_v4_short(struct slice s, uint8_t octets[4])
{
    const char *p = s.p, *end = s.p + s.n;

    for (int i = 0; i < 4; i++) {
        if (i > 0 && (p == end || *p++ != '.'))
            return false;
        p = parse_octet(p, end, &octets[i]);
        if (p == NULL)
            return false;
    }
    return p == end;
}

/* The value of `n` digits, 1 to 3; above 255 when that is none of an octet. */
static unsigned octet_of(const char *p, unsigned n)
{
    static const uint8_t weights[4][3] = { { 0 }, { 1, 0, 0 }, { 10, 1, 0 }, { 100, 10, 1 } };
    unsigned first = (unsigned)*p - (unsigned)'0', second = (unsigned)p[n > 1] - (unsigned)'0',
             third = (unsigned)p[n > 2 ? 2 : 0] - (unsigned)'0';
    unsigned value = first * weights[n][0] + second * weights[n][1] + third * weights[n][2];

    return first == 0 && n > 1 ? UINT_MAX : value;
}

enum { V4_MIN = 8, V4_MAX = 15 }; /* bytes that are looked at together */

/* All bytes together: no processor can guess how many digits each number has. */
static bool parse_v4(struct slice s, uint8_t octets[4])
{
    unsigned at = 0, values[4], n = (unsigned)s.n;
    uint64_t dots, digits;
    sixteen bytes;

    if (s.n < V4_MIN || s.n > V4_MAX)
        return parse_v4_short(s, octets);
    bytes = sixteen_of(s.p, s.p + n - 8); /* the front and the end, which overlap */
    dots = sixteen_find(bytes, '.');
    digits = sixteen_digits(bytes);
    dots = (dots & 0xff) | dots >> 8 << (n - 8);
    digits = (digits & 0xff) | digits >> 8 << (n - 8);
    if ((dots | digits) != bits_below(n))
        return false;
    dots |= (uint64_t)0xf << n; /* the end closes the last number, and those that are missing */
    for (int i = 0; i < 4; i++) {
        unsigned end = bits_first(dots);

        if (end - at - 1 > 2 || end > n)
            return false;
        values[i] = octet_of(s.p + at, end - at);
        at = end + 1;
        dots &= dots - 1;
    }
    for (int i = 0; i < 4; i++)
        octets[i] = (uint8_t)values[i];
    return at == n + 1 && (values[0] | values[1] | values[2] | values[3]) <= UINT8_MAX;
}

static bool parse_v6(struct slice s, struct ip *out)
{
    char text[INET6_ADDRSTRLEN];
    struct in6_addr in6;

    if (s.n >= 5 && slice_eq_nocase(slice_head(s, 5), SLICE("IPv6:")))
        s = slice_from(s, 5);
    if (s.n >= sizeof text || memchr(s.p, '\0', s.n) != NULL)
        return false;
    memcpy(text, s.p, s.n);
    text[s.n] = '\0';
    if (inet_pton(AF_INET6, text, &in6) != 1)
        return false;
    memcpy(out->b, in6.s6_addr, sizeof out->b);
    return true;
}

bool ip_parse(struct slice s, struct ip *out)
{
    uint8_t octets[4];

    if (s.n < 2) /* the shortest is "::" */
        return false;
    if (!parse_v4(s, octets))
        return memchr(s.p, ':', s.n) != NULL && parse_v6(s, out);
    memcpy(out->b, mapped, sizeof mapped);
    memcpy(out->b + sizeof mapped, octets, sizeof octets);
    return true;
}

const char *ip_text(const struct ip *ip, char out[IP_TEXT_MAX])
{
    out[0] = '\0';
    if (ip_is_v4(ip))
        inet_ntop(AF_INET, ip->b + sizeof mapped, out, IP_TEXT_MAX);
    else if (!ip_none(ip))
        inet_ntop(AF_INET6, ip->b, out, IP_TEXT_MAX);
    return out;
}

bool ip_prefix_parse(struct slice s, struct ip_prefix *out)
{
    struct slice address, length = s;
    struct ip ip;
    uint64_t bits, max;

    if (!slice_cut(&length, '/', &address)) {
        address = s;
        length = (struct slice){ NULL, 0 };
    }
    if (!ip_parse(address, &ip))
        return false;
    max = memchr(address.p, ':', address.n) == NULL ? 32 : 128; /* as it was written */
    bits = max;
    if (address.n < s.n && (length.n > 3 || !slice_to_u64(length, &bits) || bits > max))
        return false;
    out->bits = (unsigned)(128 - max + bits);
    out->net = ip_masked(&ip, out->bits);
    return true;
}

/* The first `bits` bits (at most 64) of eight bytes, as they lie in memory. */
static inline uint64_t front_bits(unsigned bits)
{
    return bits == 0 ? 0 : htobe64(UINT64_MAX << (64 - bits));
}

struct ip ip_masked(const struct ip *ip, unsigned bits)
{
    uint64_t half[2];
    struct ip net;

    memcpy(half, ip->b, sizeof half);
    half[0] &= front_bits(bits < 64 ? bits : 64);
    half[1] &= front_bits(bits < 64 ? 0 : bits - 64);
    memcpy(net.b, half, sizeof net.b);
    return net;
}

bool ip_in(const struct ip *ip, const struct ip_prefix *prefix)
{
    struct ip net = ip_masked(ip, prefix->bits);

    return ip_eq(&net, &prefix->net);
}

bool ip_eq(const struct ip *a, const struct ip *b)
{
    return memcmp(a->b, b->b, sizeof a->b) == 0;
}

bool ip_none(const struct ip *ip)
{
    return ip_eq(ip, &(struct ip){ 0 });
}

bool ip_is_v4(const struct ip *ip)
{
    return memcmp(ip->b, mapped, sizeof mapped) == 0;
}

bool ip_is_loopback(const struct ip *ip)
{
    static const struct ip loopback = { { [15] = 1 } };

    return ip_is_v4(ip) ? ip->b[12] == 127 : ip_eq(ip, &loopback);
}

static bool is_private_v4(const uint8_t v4[4])
{
    return v4[0] == 0 || v4[0] == 10 || v4[0] == 127 || /* RFC 1122, RFC 1918 */
           (v4[0] == 172 && (v4[1] & 0xf0) == 16) || (v4[0] == 192 && v4[1] == 168) ||
           (v4[0] == 100 && (v4[1] & 0xc0) == 64) || /* RFC 6598 */
           (v4[0] == 169 && v4[1] == 254);           /* RFC 3927 */
}

bool ip_is_private(const struct ip *ip)
{
    if (ip_is_v4(ip))
        return is_private_v4(ip->b + sizeof mapped);
    return (ip->b[0] & 0xfe) == 0xfc ||                       /* RFC 4193: fc00::/7 */
           (ip->b[0] == 0xfe && (ip->b[1] & 0xc0) == 0x80) || /* RFC 4291: fe80::/10 */
           ip_is_loopback(ip) || ip_none(ip);
}

struct ip ip_network(const struct ip *ip)
{
    return ip_masked(ip, ip_is_v4(ip) ? MAPPED_BITS + 24 : 48);
}

uint64_t ip_hash(const struct ip *ip, uint64_t seed)
{
    uint64_t front, back;

    memcpy(&front, ip->b, sizeof front);
    memcpy(&back, ip->b + sizeof front, sizeof back);
    return hash_u64(front ^ hash_u64(back + hash_u64(seed)));
}
