/* courier.h - what the worker and the courier tell each other: letters that are to leave the
 * machine, and what became of each; as bytes on a stream socket. Both ends are built together and
 * run on one machine: numbers are in its own byte order. A frame is its length, a fixed head, and
 * the texts in the order of the struct, each with its length. Allocates nothing but what the
 * caller's buf holds; slices of what was parsed point into the caller's bytes. Pure. */
#ifndef PROTO_COURIER_H
#define PROTO_COURIER_H

#include "base/attributes.h"
#include "base/buf.h"
#include "proto/parse.h"

enum {
    COURIER_FRAME_MAX = 1024 * 1024, /* bytes of a letter, with everything */
    COURIER_WORDS_MAX = 300,         /* bytes of what is said of a delivery */
    COURIER_ANSWER_MAX = 512,        /* bytes of an answer, with everything */
    COURIER_ARGUMENTS_MAX = 16,
    COURIER_AT_ONCE = 16, /* letters under way */
    COURIER_RETRY_AFTER_MAX_S = 24 * 3600,
};

enum courier_kind {
    COURIER_MAIL,    /* SMTP (RFC 5321) to one given server */
    COURIER_WEBHOOK, /* HTTP POST of a JSON text */
    COURIER_COMMAND, /* a program of the administrator's, with a JSON text as its input */
    COURIER_KINDS,   /* how many there are */
};

enum courier_tls {
    COURIER_TLS_NONE,    /* never */
    COURIER_TLS_TRY,     /* where the server offers it, whoever it is; with a user: as REQUIRE */
    COURIER_TLS_REQUIRE, /* with a certificate that is good for the name of the server */
    COURIER_TLS_WAYS,
};

enum courier_result {
    COURIER_OK,        /* who got it has taken it over */
    COURIER_TEMPORARY, /* try again later: it was perhaps delivered, usually not */
    COURIER_PERMANENT, /* it was refused, and will be again as it is */
    COURIER_RESULTS,
};

struct courier_letter {
    uint64_t id; /* set by who sends it (courier_client.h) */
    enum courier_kind kind;
    enum courier_tls tls;  /* mail only; "smtps:" is with TLS anyway */
    bool unverified;       /* mail, webhook: any certificate will do */
    struct slice where;    /* "smtp://host:port", "smtps://host"; a path behind it is the name to
                              say in EHLO. "https://..." or "http://...". Absolute path */
    struct slice body;     /* mail: the whole message (RFC 5322); else JSON */
    struct slice ca_file;  /* PEM; who may sign certificates, instead of the system's list; "" */
    struct slice from, to; /* mail: envelope; `from` may be empty (a report that must not bounce) */
    struct slice source;   /* mail: the address to come from, "192.0.2.1"; "": any */
    struct slice user;     /* mail: to log in as; "": without login */
    struct slice secret_file; /* mail: the password; webhook: the key of the signature, "": none; a
                                 line end after it is left out; readable for user mailfuse */
    struct slice authorization_file; /* webhook: what the header Authorization is to say; "" */
    struct slice name;               /* webhook: X-Mailfuse-Delivery, the same at each attempt */
    /* Of a command: MAILFUSE_KIND, MAILFUSE_INCIDENT and MAILFUSE_SUBJECT in its environment;
     * control characters become '?'. */
    struct slice event, incident, subject;
    struct slice arguments[COURIER_ARGUMENTS_MAX]; /* of a command, without the program itself */
    uint32_t arguments_n;
};

struct courier_answer {
    uint64_t id;
    enum courier_result result;
    uint32_t retry_after_s; /* the server asks for so much time; 0: it does not */
    struct slice
        words; /* for people: UTF-8 without control characters, COURIER_WORDS_MAX at most */
};

/* Append the frame. False, and nothing is added, when it is longer than COURIER_FRAME_MAX or does
 * not fit into `out`. Words of an answer are cut and cleaned. */
NODISCARD bool courier_letter_add(struct buf *out, const struct courier_letter *letter);
NODISCARD bool courier_answer_add(struct buf *out, const struct courier_answer *answer);

/* Parse one frame at the front of `in`. `used`: bytes consumed, > 0. Both are written on PARSE_OK
 * only. PARSE_BAD: too long, a length that does not add up, an unknown kind or result, or words
 * that are not as they must be: close. */
NODISCARD enum parse courier_letter_parse(struct slice in, struct courier_letter *out,
                                          size_t *used);
NODISCARD enum parse courier_answer_parse(struct slice in, struct courier_answer *out,
                                          size_t *used);

#endif
