/* letter.h - an alert as a message of mail: plain text, made by a machine.
 * Sources: RFC 5322 (format), RFC 2045 section 6.7 (quoted-printable), RFC 2047 (subjects), RFC
 * 3834 section 5 (Auto-Submitted). Pure. Whatever the texts are, no line of them becomes a header.
 */
#ifndef TELL_LETTER_H
#define TELL_LETTER_H

#include "base/buf.h"
#include "base/wall.h"

enum { LETTER_MAX = 512 * 1024 };

struct letter_head {
    struct slice from, to; /* addresses, which the settings have checked */
    struct slice host;     /* for From: "mailfuse on mail.example.test" */
    struct slice id;       /* "alert-12.ab@mail.example.test", without < and > */
    struct slice thread;   /* the same of what it belongs to; empty: nothing */
    struct slice language; /* "de" */
    struct slice kind, severity;
    struct wall at;
    int32_t utc_offset_s;
    bool urgent;
};

/* The whole message, with CRLF. False when it is longer than the limit of `out`. */
NODISCARD bool letter_write(struct buf *out, const struct letter_head *head, struct slice subject,
                            struct slice body);

#endif
