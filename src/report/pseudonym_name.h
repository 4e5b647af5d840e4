/* pseudonym_name.h - the pseudonym of one name; see pseudonym.h for their forms. */
#ifndef REPORT_PSEUDONYM_NAME_H
#define REPORT_PSEUDONYM_NAME_H

#include "base/buf.h"
#include "mail/ip.h"

enum { PSEUDONYM_KEY = 32 };

struct pseudonym_key {
    unsigned char bytes[PSEUDONYM_KEY]; /* of the hash; made of a key file of any length */
};

void pseudonym_key_make(struct pseudonym_key *key, struct slice bytes);

/* Of a login name or an address, however it is spelled: folded first. "" stays "". */
void pseudonym_account(const struct pseudonym_key *key, struct slice name, struct buf *out);

/* Of a host name or domain, or of an address as text. "" and "unknown" stay. */
void pseudonym_host(const struct pseudonym_key *key, struct slice name, struct buf *out);

/* Of an address; :: stays. */
struct ip pseudonym_ip(const struct pseudonym_key *key, const struct ip *ip);

#endif
