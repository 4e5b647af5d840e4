/* dnsbl.h - lists of addresses and domains that are asked by DNS: which name to ask for, and what
 * an answer means. Pure; a list is what somebody else has read (conf/lists.h).
 * Source: RFC 5782. Codes 127.255.255.0/24 as errors: Spamhaus, "Using our public mirrors? Check
 * your return codes now", which other lists have taken up. */
#ifndef MAIL_DNSBL_H
#define MAIL_DNSBL_H

#include "base/buf.h"
#include "mail/ip.h"

/* What a list is asked about: one bit each. */
enum dnsbl_kind { DNSBL_IP4 = 1, DNSBL_IP6 = 2, DNSBL_DOMAIN = 4 };
enum { DNSBL_KINDS = 3 };

enum dnsbl_gravity {
    DNSBL_MINOR, /* hardly anybody refuses mail because of it */
    DNSBL_USUAL,
    DNSBL_GRAVE, /* the mail of a listed address arrives nowhere */
};

/* What a code of a list says. */
enum dnsbl_means {
    DNSBL_MEANS_LISTED,
    DNSBL_MEANS_NOTE,  /* what the address is, not what it did: a dial-up line */
    DNSBL_MEANS_ERROR, /* nothing about the address: the question was refused */
};

struct dnsbl_code {
    uint32_t from, to; /* 127.0.0.2 is 0x7f000002; both included */
    uint32_t bit;      /* not 0: the code holds when that bit of the last octet is set; then from
                          and to are 0 */
    enum dnsbl_means means;
    const char *words;
};

/* Two names of which the list has the first, and has not the second; NULL: it offers none. */
struct dnsbl_test {
    const char *listed, *clean;
};

struct dnsbl_list {
    const char *zone; /* lower case, without the dot at its end */
    const char *name;
    const char *page;  /* where one asks to be removed; "%a" stands for the address; "" */
    const char *wants; /* what must be so before: lines; "" */
    const char *off;   /* why it is not asked; NULL: it is */
    unsigned kinds;
    enum dnsbl_gravity gravity;
    int64_t wait_ms; /* a listing ends, or is looked at, after so long; 0: not known */
    const struct dnsbl_code *codes;
    uint32_t codes_n;
    struct dnsbl_test tests[DNSBL_KINDS]; /* by dnsbl_index */
    uint32_t line;                        /* of its file */
};

/* An address, or a domain. */
struct dnsbl_subject {
    enum dnsbl_kind kind;
    struct ip ip;       /* else */
    const char *domain; /* in lower case, with A-labels */
};

enum {
    DNSBL_NAME_MAX = 254,  /* with its NUL: RFC 1035 section 2.3.4 without length bytes */
    DNSBL_ANSWERS_MAX = 16 /* addresses of an answer that are looked at */
};

/* 0, 1, 2. */
size_t dnsbl_index(enum dnsbl_kind kind);

/* "IPv4", "IPv6", "domains". */
const char *dnsbl_kind_name(enum dnsbl_kind kind);
/* "minor", "usual", "grave". */
const char *dnsbl_gravity_name(enum dnsbl_gravity gravity);

/* The test points of RFC 5782 section 5: of all lists that do not say otherwise. */
struct dnsbl_test dnsbl_rfc_test(enum dnsbl_kind kind);

/* An address or a domain.
 * out   domain points into `room`
 * NULL, or what is wrong, as the rest of a sentence; then there is no change. */
const char *dnsbl_subject_parse(struct slice text, char room[DNSBL_NAME_MAX],
                                struct dnsbl_subject *out);

/* "192.0.2.1", "example.test"; returns `out` or the domain. */
const char *dnsbl_subject_text(const struct dnsbl_subject *subject, char out[IP_TEXT_MAX]);

/* The name to ask a list for (sections 2.1, 2.4 and 2.3): "1.2.0.192.bl.test", NUL-terminated.
 * False when it is longer than a name may be. */
NODISCARD bool dnsbl_name(const struct dnsbl_subject *subject, const char *zone,
                          char out[DNSBL_NAME_MAX]);

enum dnsbl_finding {
    DNSBL_CLEAN,
    DNSBL_LISTED,
    DNSBL_NOTED,   /* nothing but DNSBL_MEANS_NOTE */
    DNSBL_REFUSED, /* the list does not answer us: 127.255.255.0/24, or a code that it says so by */
    DNSBL_FOREIGN, /* an address outside of 127.0.0.0/8, or 127.0.0.1: whoever answers, it is no
                      list */
};

/* What the addresses of an answer mean; none: clean. One that is an error makes all of it one.
 * words  gets each code in words, what the list has no words for with its number */
enum dnsbl_finding dnsbl_judge(const struct dnsbl_list *list, const uint32_t *answers, size_t n,
                               struct buf *words);

/* The page where one asks to be removed, with the address in it. */
void dnsbl_page(const struct dnsbl_list *list, const struct dnsbl_subject *subject,
                struct buf *out);

/* A name server that may be asked to ask. */
struct dnsbl_server {
    struct ip ip;
    uint16_t port;
};

enum { DNSBL_SERVERS_MAX = 8 };

/* "192.0.2.1", "192.0.2.1@5353", "2001:db8::1@53". False, and no change, for anything else. */
bool dnsbl_server_parse(struct slice text, struct dnsbl_server *out);

/* Who runs the public resolver with that address, or NULL: lists answer those with errors or
 * with nothing, as they see none of those who ask behind them. */
const char *dnsbl_public_resolver(const struct ip *ip);

#endif
