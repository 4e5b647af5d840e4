/* socketmap.h - Postfix socketmap lookups: a request to its parts, a reply to bytes.
 * A request is the netstring of "name SP key", a reply that of "OK SP data", "NOTFOUND SP",
 * "TEMP SP reason", "TIMEOUT SP reason" or "PERM SP reason". Allocates nothing but what the
 * caller's buf holds. Source: socketmap_table(5); D. J. Bernstein, "Netstrings". Pure. */
#ifndef PROTO_SOCKETMAP_H
#define PROTO_SOCKETMAP_H

#include "base/attributes.h"
#include "base/buf.h"
#include "proto/parse.h"

enum {
    SOCKETMAP_MAX = 100000,                                   /* bytes of a request or reply */
    SOCKETMAP_FRAME_MAX = sizeof("100000:,") - 1,             /* bytes that a netstring adds */
    SOCKETMAP_WIRE_MAX = SOCKETMAP_MAX + SOCKETMAP_FRAME_MAX, /* both */
};

/* Parse one request at the front of `in`.
 * in        bytes received so far
 * map, key  borrow from `in`; written on PARSE_OK only. The key is what a stranger may have chosen:
 *           any bytes
 * used      bytes consumed, > 0; written on PARSE_OK only
 * PARSE_BAD: no netstring, more than SOCKETMAP_MAX, or no space in it: tell, close, do not reply.
 * Looks at a few bytes only, however often it is asked. */
NODISCARD enum parse socketmap_parse(struct slice in, struct slice *map, struct slice *key,
                                     size_t *used);

/* Append `reply` as a netstring. What Postfix would not understand - another first word, a NUL or
 * an end of line, more than SOCKETMAP_MAX - is never sent: "TEMP " and a reason takes its place,
 * and the result is false. */
bool socketmap_reply(struct buf *out, struct slice reply);

#endif
