/* http_request.h - the head of an HTTP/1.1 request: bytes to a struct. Pure; allocates nothing; the
 * slices borrow from the caller's bytes. Source: RFC 9112 (messages), RFC 9110 (fields).
 *
 * For services on this host, so it is strict where a proxy in between could read something else:
 * lines end with CR LF, field values are not folded, a length stands once and is a number, a body
 * without Content-Length (chunked) is not taken. HTTP/1.0 is understood. */
#ifndef PROTO_HTTP_REQUEST_H
#define PROTO_HTTP_REQUEST_H

#include "base/attributes.h"
#include "base/slice.h"

enum { HTTP_HEAD_MAX = 8192 }; /* bytes, with the closing empty line */

struct http_request {
    struct slice method;        /* as written: methods are case-sensitive */
    struct slice path, query;   /* of the target, not decoded; query without '?', may be empty */
    struct slice authorization; /* value of that field; empty without one */
    struct slice api_key;       /* X-API-Key */
    uint64_t length;            /* of the body that follows the head: Content-Length, 0 without */
    bool keep_alive;            /* the client wants to send more on this connection */
    bool expects;               /* it waits for "100 Continue" before it sends the body */
};

enum http_parse {
    HTTP_OK,
    HTTP_MORE,             /* no empty line yet */
    HTTP_BAD,              /* no request: 400 */
    HTTP_LENGTH_REQUIRED,  /* Transfer-Encoding: 411 */
    HTTP_HEAD_TOO_LARGE,   /* above HTTP_HEAD_MAX: 431 */
    HTTP_VERSION_TOO_HIGH, /* HTTP/2 and more: 505 */
};

/* Parse the head at the front of `in`; an empty line before it is skipped.
 * out   written on HTTP_OK only
 * used  bytes of the head, > 0; the body begins there; written on HTTP_OK only
 * After everything but HTTP_OK and HTTP_MORE nothing can be said of the rest: answer and close. */
NODISCARD enum http_parse http_request_parse(struct slice in, struct http_request *out,
                                             size_t *used);

/* The value of `name` in a query, "command" in "a=b&command=allow"; not decoded. Empty without. */
struct slice http_query_value(struct slice query, struct slice name);

#endif
