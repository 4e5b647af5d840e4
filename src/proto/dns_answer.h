/* dns_answer.h - a DNS message with an answer: the addresses and the text in it. Pure; allocates
 * nothing but through `text`. Owners of records are not compared with the question: who asked (a
 * resolver) has done that, and aliases lead elsewhere. Source: RFC 1035 section 4.1. */
#ifndef PROTO_DNS_ANSWER_H
#define PROTO_DNS_ANSWER_H

#include "base/buf.h"

enum { DNS_A = 1, DNS_TXT = 16, DNS_AAAA = 28, DNS_IN = 1 };
enum { DNS_NOERROR = 0, DNS_SERVFAIL = 2, DNS_NXDOMAIN = 3, DNS_REFUSED = 5 };
enum { DNS_ADDRESSES_MAX = 16, DNS_TEXT_MAX = 1024 };

struct dns_answer {
    unsigned code;                 /* RCODE */
    uint32_t a[DNS_ADDRESSES_MAX]; /* 127.0.0.2 is 0x7f000002; ascending */
    size_t a_n;                    /* more than so many are left out */
    uint32_t ttl_s;                /* the least of all records; 0 without any */
    char text[DNS_TEXT_MAX];       /* of all TXT records, "; " between them; cut; no NUL */
    size_t text_n;
};

/* Read a message. False, and no change, when it is cut or no answer. */
NODISCARD bool dns_answer_parse(struct slice in, struct dns_answer *out);

/* "SERVFAIL"; never NULL. */
const char *dns_code_name(unsigned code);

#endif
