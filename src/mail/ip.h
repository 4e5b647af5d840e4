/* ip.h - IP addresses and prefixes. IPv4 is kept as IPv4-mapped IPv6 (RFC 4291 section 2.5.5.2), so
 * that one form is compared, hashed and masked. Pure; allocates nothing. */
#ifndef MAIL_IP_H
#define MAIL_IP_H

#include "base/attributes.h"
#include "base/slice.h"

struct ip {
    uint8_t b[16]; /* all zero (::) stands for "no address" */
};

struct ip_prefix {
    struct ip net; /* host bits are zero */
    unsigned bits; /* 0..128; of an IPv4 prefix 96 + its length */
};

/* The address written in `s`: dotted IPv4 or any form of RFC 4291 section 2.2, with or without the
 * "IPv6:" of RFC 5321 section 4.1.3, without zone and brackets; "192.0.2.010", which some read as
 * octal, is none. False, and no change, otherwise. */
bool ip_parse(struct slice s, struct ip *out);

enum { IP_TEXT_MAX = 46 };

/* Dotted IPv4, or RFC 5952; NUL-terminated; returns `out`. "no address" gives "". */
const char *ip_text(const struct ip *ip, char out[IP_TEXT_MAX]);

/* "192.0.2.0/24", "2001:db8::/32", or a single address. False, and no change, otherwise; host bits
 * that are set are cleared. */
bool ip_prefix_parse(struct slice s, struct ip_prefix *out);

/* `ip` with all but the first `bits` bits zero (0..128; of an IPv4 address 96 + n). */
struct ip ip_masked(const struct ip *ip, unsigned bits);

bool ip_in(const struct ip *ip, const struct ip_prefix *prefix);
bool ip_eq(const struct ip *a, const struct ip *b);
bool ip_none(const struct ip *ip);
bool ip_is_v4(const struct ip *ip);

/* Loopback: 127.0.0.0/8, ::1. */
bool ip_is_loopback(const struct ip *ip);

/* Not an address of the public internet: loopback, RFC 1918, RFC 6598 (100.64.0.0/10), link-local,
 * unique local (fc00::/7), unspecified (::, 0.0.0.0/8). 240.0.0.0/4 and documentation prefixes
 * count as public. */
bool ip_is_private(const struct ip *ip);

/* The network one customer gets: IPv4 /24, IPv6 /48. What counts as "the same place" for a login.
 */
struct ip ip_network(const struct ip *ip);

uint64_t ip_hash(const struct ip *ip, uint64_t seed);

#endif
