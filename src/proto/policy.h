/* policy.h - Postfix policy delegation: request bytes to a struct.
 * A request is lines "name=value", in any order, ended by an empty line. Allocates nothing: what
 * is text borrows from the caller's bytes and lives as long as those. The values were chosen by
 * strangers: they hold anything but NUL and newline. Source: Postfix SMTPD_POLICY_README. Pure. */
#ifndef PROTO_POLICY_H
#define PROTO_POLICY_H

#include "base/attributes.h"
#include "base/slice.h"
#include "proto/parse.h"

enum { POLICY_REQUEST_MAX = 64 * 1024 }; /* bytes, with the closing empty line */

enum policy_state {
    POLICY_OTHER, /* none of these, or none given */
    POLICY_CONNECT,
    POLICY_EHLO,
    POLICY_HELO,
    POLICY_MAIL,
    POLICY_RCPT,
    POLICY_DATA, /* also for BDAT */
    POLICY_END_OF_MESSAGE,
    POLICY_VRFY,
    POLICY_ETRN,
};

/* What one request says; what it does not say is empty, or 0. Names are Postfix's. */
struct policy_request {
    enum policy_state protocol_state;
    uint32_t recipient_count; /* of DATA and END-OF-MESSAGE; 0 for RCPT */
    uint32_t server_port;     /* 0 for "unknown": a session on standard input */
    uint64_t size;            /* bytes: as declared, for END-OF-MESSAGE as counted */
    struct slice protocol_name, helo_name;
    struct slice queue_id;                         /* empty before the second recipient */
    struct slice instance;                         /* the same for all requests of one message */
    struct slice sender, recipient;                /* without <> and quotes */
    struct slice client_address, client_port;      /* IPv6 without brackets; or "unknown" */
    struct slice client_name, reverse_client_name; /* or "unknown" */
    struct slice server_address;
    struct slice sasl_method, sasl_username, sasl_sender;
    struct slice encryption_protocol; /* empty without TLS */
    struct slice policy_context;
};

/* Parse one request at the front of `in`.
 * in    bytes received so far; more requests may follow the first
 * seen  bytes at the front of `in` that are known to hold no whole request: 0 the first time, then
 *       as the call before left it, so that a request that comes byte by byte is not read anew
 *       each time. Written on PARSE_MORE only: set it to 0 for the next request
 * out   means something on PARSE_OK only. Of two attributes with one name the last counts; those
 *       not named above are skipped
 * used  bytes consumed, > 0; written on PARSE_OK only
 * PARSE_BAD: request= is not smtpd_access_policy, a line without '=', a NUL, a number that is none,
 * or no end within POLICY_REQUEST_MAX: tell, close, do not reply. It may be found late, but never
 * later than the end of the request. */
NODISCARD enum parse policy_parse(struct slice in, size_t *seen, struct policy_request *out,
                                  size_t *used);

/* "RCPT", "END-OF-MESSAGE"; "OTHER" for the rest. */
const char *policy_state_name(enum policy_state state);

#endif
