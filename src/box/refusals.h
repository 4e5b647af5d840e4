/* refusals.h - what becomes of our mail at each provider, and since when one refuses it for the
 * reputation of our address or domain. Pure; fixed memory.
 *
 * A provider is one of the table (mail/provider.h) or, for servers that are not in it, their site
 * ("example.org"). It is big when the table says so, or when it gets a twentieth of our mail. At a
 * big one the first refusal by a rule about reputation begins a block; refusals that only sound
 * like it take three, for two recipients, within a day. Refusals of small ones are gathered under
 * REFUSALS_ELSEWHERE: three sites within a day begin a block there. A block ends when so many
 * messages in a row were accepted, or none was refused so for so long and one was accepted.
 *
 * Who sent there lately is remembered, with how much of it went to people nobody here had written
 * to: that tells later who made the provider refuse us. */
#ifndef BOX_REFUSALS_H
#define BOX_REFUSALS_H

#include "detect/event.h"
#include "mail/provider.h"

#define REFUSALS_ELSEWHERE "elsewhere"
#define REFUSALS_NOBODY UINT32_MAX

enum {
    REFUSALS_ROWS = 300, /* providers; of those that are not in the table the least used go first */
    REFUSALS_NAME = 64,
    REFUSALS_TEXT = 600,   /* bytes kept of a reply */
    REFUSALS_SENDERS = 16, /* of a provider */
    REFUSALS_BLAMED = 4,   /* of a block */
    REFUSALS_SLOTS = 144,  /* of ten minutes: a day */
};

/* Results of deliveries. */
struct refusals_count {
    uint32_t accepted, deferred, refused; /* refused: for good */
    uint32_t reputation;                  /* of the last two: for our reputation */
};

/* Who may have caused it. */
struct refusals_blame {
    uint32_t fuse;
    uint32_t fresh;     /* new people it wrote to there, in the hours before */
    uint32_t fresh_all; /* those of all */
    uint32_t senders;   /* among so many, at most REFUSALS_SENDERS */
    bool refused;       /* the first refusal was of its mail */
};

/* While a provider refuses us; since.ms is 0 when it does not. */
struct refusals_block {
    struct wall since, last; /* the first and the last such refusal */
    uint32_t refused;        /* so many */
    uint32_t accepted;       /* in a row since the last one */
    uint32_t again;          /* blocks that began within a day of the one before */
    enum reply_cause cause;
    enum reply_class class;
    char dsn[16], host[REFUSALS_NAME];
    char text[REFUSALS_TEXT]; /* of the first; as it came: escape it */
    struct refusals_blame blamed[REFUSALS_BLAMED];
    uint32_t blamed_n;
};

struct refusals_limits {
    uint32_t accepted; /* in a row: it is over */
    int64_t quiet_ms;
};

/* One result, told in the order of time. */
struct refusals_result {
    struct wall at;
    const struct provider *provider; /* NULL: not in the table */
    struct slice site;               /* then its site; empty: nothing is known, not counted */
    struct slice host;               /* that said it */
    enum delivery_status status;
    struct slice dsn, text; /* unless it was accepted */
    enum reply_class class;
    enum reply_cause cause;
    bool sure;          /* a rule said so */
    uint32_t fuse;      /* whose mail; or REFUSALS_NOBODY */
    uint64_t recipient; /* its key */
    bool fresh;         /* nobody here had written there */
};

enum refusals_news {
    REFUSALS_NOTHING,
    REFUSALS_BEGAN,
    REFUSALS_GOES_ON, /* refused again */
    REFUSALS_ENDED,
};

struct refusals;

struct refusals *refusals_new(void);
void refusals_free(struct refusals *r); /* NULL is allowed */

/* Take a result. `*row` gets the number of the provider that it is news of: the one where it was
 * refused, or REFUSALS_ELSEWHERE. */
enum refusals_news refusals_take(struct refusals *r, const struct refusals_limits *limits,
                                 const struct refusals_result *result, uint32_t *row);

/* True when that account wrote to a fifth of the new people: it may be the cause. */
bool refusals_wrote_much(const struct refusals_blame *b);

/* True when the provider refuses us, also since this very result, which was taken already, and
 * `fuse` is not one that may be the cause: then this says nothing about that account. */
bool refusals_is_common(const struct refusals *r, const struct refusals_result *result);

/* The next block that is over by now: its row; or REFUSALS_NOBODY. */
uint32_t refusals_over(struct refusals *r, const struct refusals_limits *limits, struct wall at);

/* The clock was set: times move along. */
void refusals_clock_set(struct refusals *r, int64_t by_ms);

/* Rows have numbers from 0 on; of one that is not there NULL, and a block that never was. */
const char *refusals_name(const struct refusals *r, uint32_t row);
bool refusals_is_big(const struct refusals *r, uint32_t row);
const struct refusals_block *refusals_block(const struct refusals *r, uint32_t row);

/* Results of the last hour and day before `at`. */
void refusals_counts(const struct refusals *r, uint32_t row, struct wall at,
                     struct refusals_count *hour, struct refusals_count *day);

/* Those since the start. Of REFUSALS_ELSEWHERE: all that is not in the table; of these nothing. */
void refusals_total(const struct refusals *r, uint32_t row, struct refusals_count *out);
bool refusals_is_known(const struct refusals *r, uint32_t row);

/* After a restart: a block of the provider of that name goes on. */
void refusals_load(struct refusals *r, struct slice name, const struct refusals_block *block);

#endif
