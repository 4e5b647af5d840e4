/* postfix.h - between the files that read the text of Postfix log lines. The way in for everyone
 * else is postfix_parse() of understand.h.
 *
 * Much of such a line was written by strangers: helo, addresses, header text, replies, and they
 * like to imitate what a log looks like. So a text is read from left to right by what Postfix puts
 * between the values, and never searched for a word. Syslog cuts long lines: fields in front of
 * the cut are kept, the field that was cut is left out (but for a reply or reason).
 * Source of the forms: Postfix 2.0 to 3.11, the msg_info() and msg_warn() calls. */
#ifndef PROTO_POSTFIX_H
#define PROTO_POSTFIX_H

#include "proto/record.h"

/* Read what follows the words by which a line was recognised. `out->event` is set already and may
 * be changed. False for a text that is not known after all. */
typedef bool postfix_verb(struct slice rest, struct record *out);

struct postfix_phrase {
    struct slice words;      /* the text begins with them */
    enum record_event event; /* what it tells */
    enum record_field field; /* set to `value`, unless that is empty */
    postfix_verb *verb;      /* NULL: nothing more is of use */
    struct slice value;
};

/* Rows of a table of phrases. */
#define POSTFIX_SAYS(words, event, verb)                                                           \
    {                                                                                              \
        SLICE_INIT(words), event, FIELD_TEXT, verb,                                                \
        {                                                                                          \
            NULL, 0                                                                                \
        }                                                                                          \
    }
#define POSTFIX_SETS(words, event, verb, field, value)                                             \
    {                                                                                              \
        SLICE_INIT(words), event, field, verb, SLICE_INIT(value)                                   \
    }

/* Look `text` up in `n` phrases and read it; false, and no change, when none fits. */
bool postfix_lookup(const struct postfix_phrase *phrases, size_t n, struct slice text,
                    struct record *out);

/* postfix_session.c: smtpd, and TLS of all daemons */
bool postfix_connect(struct slice rest, struct record *out);
bool postfix_disconnect(struct slice rest, struct record *out);
bool postfix_lost(struct slice rest, struct record *out);
bool postfix_client(struct slice rest, struct record *out);
bool postfix_tls(struct slice rest, struct record *out);

/* postfix_access.c: what smtpd, postscreen, a milter or a proxy decided about a client's command */
bool postfix_access(struct slice rest, struct record *out);

/* "from=<s> to=<r> proto=ESMTP helo=<h> sasl_method=m sasl_username=u sasl_sender=<s>", each part
 * only when it is known; postscreen puts ", " between them. smtpd replaced blanks and <>()\";@ in
 * the helo (since Postfix 2.3), so a helo cannot pretend to be followed by a login name.
 * Moves `*rest` past what it read whole; false when there is no such part at its front. */
bool postfix_trailer(struct slice *rest, struct record *out);

/* postfix_check.c: what cleanup decided about a header or body line; header_checks(5) */
bool postfix_check(struct slice rest, struct record *out);

/* The same about a line that a milter wrote; milter_header_checks of postconf(5). */
bool postfix_milter_check(struct slice rest, struct record *out);
bool postfix_is_check(struct slice stage);

/* postfix_delivery.c: smtp, lmtp, local, virtual, pipe, error, discard */
bool postfix_delivery(struct slice rest, struct record *out);
bool postfix_peer_said(struct slice rest, struct record *out);

/* The queue id that the next server, or the content filter behind it, gave: the last word of
 * Postfix's own reply, "250 2.0.0 Ok: queued as 9A8B7C6D5E"; after an alias or .forward file
 * "forwarded as 9A8B7C6D5E". A remote server may say so as well. */
void postfix_new_queue_id(struct slice reply, struct record *out);

/* postfix_queue.c: cleanup, qmgr, bounce, pickup, postsuper */
bool postfix_from(struct slice rest, struct record *out);
bool postfix_message_id(struct slice rest, struct record *out);
bool postfix_pickup(struct slice rest, struct record *out);
bool postfix_notice(struct slice rest, struct record *out);
bool postfix_removed(struct slice rest, struct record *out);

/* postfix_postscreen.c: postscreen, dnsblog, tlsproxy */
bool postfix_postscreen(struct slice text, struct record *out);
bool postfix_dnsblog(struct slice text, struct record *out);
bool postfix_tlsproxy(struct slice text, struct record *out);

/* postfix_warning.c: warnings and errors of all daemons, failed logins among them */
bool postfix_warning(struct slice rest, struct record *out);

/* postfix_other.c: what is known and tells nothing about mail */
bool postfix_other(struct slice text, struct record *out);

#endif
