/* texts.h - every text of a report, one after the other, with what it is: for whoever changes them
 * all, as pseudonyms do. */
#ifndef REPORT_TEXTS_H
#define REPORT_TEXTS_H

#include "report/report.h"

enum text_kind {
    TEXT_ACCOUNT, /* a login name, or "uid 33" */
    TEXT_ADDRESS, /* a mail address */
    TEXT_HOST,    /* a host name, a domain, or an IP address as text; of --to an address, too */
    TEXT_NETWORK, /* the name of a network and its number */
    TEXT_PROSE,   /* a sentence of our own, in which any of the above may occur */
    TEXT_REPLY,   /* what another server said: anything may occur */
    TEXT_WARNING, /* of reading: a file, a colon and a sentence, or the sentence alone */
    TEXT_PLAIN,   /* a short word of our own, a queue id: names nobody */
};

struct text_visitor {
    void (*text)(void *context, enum text_kind kind, struct slice *text);
    void (*ip)(void *context, struct ip *ip); /* may be NULL */
    void *context;
};

/* Show every text and every address of `r` to the visitor, which may put another in its place.
 * A replacement must live as long as the report: take it from the report's arena. */
void texts_visit(struct report *r, const struct text_visitor *visitor);

#endif
