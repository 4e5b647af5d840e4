/* received.h - one Received field: where a message came from, who took it, under which name.
 * Pure; the slices point into the value. Only what stands outside of comments and quotes is
 * believed to be a clause: what a client calls itself stands in a comment or behind "from".
 * Sources: RFC 5321 section 4.4; Postfix, cleanup and smtpd ("from HELO (NAME [ADDRESS]) by HOST
 * (Postfix) with ESMTPSA id QUEUE-ID for <RECIPIENT>; DATE"). */
#ifndef PROTO_RECEIVED_H
#define PROTO_RECEIVED_H

#include "mail/ip.h"

struct received {
    struct ip from;      /* the address in brackets behind "from"; all zero when there is none */
    struct slice by, id; /* empty when there is none; with long lines maybe cut by the reporter */
};

/* The value may be folded. What is missing stays empty. */
struct received received_parse(struct slice value);

#endif
