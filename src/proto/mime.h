/* mime.h - the outer structure of a message: header fields, parts, transfer encodings. No more than
 * is needed to find the parts of a report; what the parts say is for others.
 * Allocates nothing (but mime_decode); the slices point into the bytes given. Lines end in LF, CRLF
 * or a bare CR: reports are found stored in all three. Each function reads its input once, from
 * left to right. Sources: RFC 5322 section 2.2 (fields, folding), RFC 2045 sections 5 and 6,
 * RFC 2046 section 5.1 (parts). */
#ifndef PROTO_MIME_H
#define PROTO_MIME_H

#include "base/arena.h"
#include "base/attributes.h"

/* Move the first line of `*rest`, without its end, to `*line`; false at the end of the bytes. */
bool mime_line(struct slice *rest, struct slice *line);

/* A message or a part of one. Without an empty line all of it is header. */
struct mime_entity {
    struct slice header, body;
};

struct mime_entity mime_split(struct slice in);

/* The value is without white space around it, but still folded: it may have line ends, each before
 * a blank. */
struct mime_field {
    struct slice name, value;
};

/* Move past the next field; false when there is none. Lines that are no field are skipped. */
bool mime_next_field(struct slice *header, struct mime_field *out);

/* The value of the first field of that name; empty when there is none. */
struct slice mime_field(struct slice header, struct slice name);

/* Move past blanks, line ends and comments, nested or not, of a field's value. */
void mime_skip_blanks(struct slice *value);

/* White space at both ends, line ends too, taken away. */
struct slice mime_trim(struct slice value);

struct mime_type {
    struct slice type;     /* "multipart/report", as written; empty when there is none */
    struct slice boundary; /* empty when there is none */
};

struct mime_type mime_type_of(struct slice header);

/* The parts of a body, one after the other. `cut`: the closing delimiter is missing. */
struct mime_parts {
    struct slice rest, boundary;
    bool begun, ended, cut;
};

struct mime_parts mime_parts(struct slice body, struct slice boundary);
bool mime_next_part(struct mime_parts *p, struct slice *part);

/* The body of a part with its transfer encoding taken away, at most about `most` bytes of it. Bytes
 * that are none of the encoding's are skipped. Without an encoding the slice is of `body`; else it
 * lives in `room`. */
struct slice mime_decode(struct slice header, struct slice body, size_t most, struct arena *room);

#endif
