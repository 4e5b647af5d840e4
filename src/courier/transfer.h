/* transfer.h - what mail and webhooks have in common: a handle of libcurl with limits, and what the
 * other side said. */
#ifndef COURIER_TRANSFER_H
#define COURIER_TRANSFER_H

#include <curl/curl.h>

#include "courier/deliver.h"

enum {
    TRANSFER_MAIL_MS = 30 * 1000, /* from the first question to the resolver to the last reply */
    TRANSFER_WEBHOOK_MS = 10 * 1000,
    TRANSFER_CONNECT_MS = 10 * 1000,
    TRANSFER_ANSWER_MAX = 64 * 1024, /* bytes of an answer, and of all its headers */
    TRANSFER_PARTING_MS = 1000,      /* for the reply to QUIT */
    TRANSFER_LINE_MAX = 200,         /* bytes that are kept for people */
};

struct transfer {
    CURL *easy;
    char error[CURL_ERROR_SIZE]; /* by libcurl */
    struct slice upload;         /* what is still to be sent */
    struct buf line;             /* mail: the last line of reply; webhook: the front of the body */
    long first_code;             /* of the server's first line; 0: it said none */
    size_t header_bytes, body_bytes;
    int64_t parting_ms; /* when it said QUIT; 0: not yet */
};

/* A handle for `letter->where`, with its certificates. `protocols`: "smtp,smtps". False, with the
 * reason in `o`: the address is none, or there is no memory. In both cases to be ended by
 * transfer_done. */
NODISCARD bool transfer_init(struct transfer *t, const struct courier_letter *letter,
                             const char *protocols, int limit_ms, struct outcome *o);
void transfer_done(struct transfer *t);

/* A text for libcurl: copied, with a NUL. False when there is a NUL in it, or when libcurl does not
 * take it. An empty one changes nothing. */
NODISCARD bool transfer_text(struct transfer *t, CURLoption option, struct slice text);

/* What libcurl says of its failure. */
const char *transfer_why(const struct transfer *t, CURLcode code);

/* Is it about who the other side is, or that nobody may listen? */
bool transfer_is_about_trust(CURLcode code);

#endif
