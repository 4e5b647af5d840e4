/* parse.h - what a parser of bytes from a stream says of the bytes it was given. */
#ifndef PROTO_PARSE_H
#define PROTO_PARSE_H

enum parse {
    PARSE_OK,   /* one message was taken from the front; more may follow it */
    PARSE_MORE, /* the front of a message; ask again when more bytes have come */
    PARSE_BAD,  /* no such message, whatever may follow */
};

#endif
