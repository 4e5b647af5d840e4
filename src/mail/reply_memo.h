/* reply_memo.h - what was made of the last replies. Servers answer alike: of a thousand refusals
 * most differ in the host that speaks and in the addresses between <>, which mean nothing to
 * reply.h. So a reply is looked up by the rest of its words before it is read. Fixed memory; exact:
 * the words themselves are compared. */
#ifndef MAIL_REPLY_MEMO_H
#define MAIL_REPLY_MEMO_H

#include "mail/reply.h"

enum {
    REPLY_MEMO_SLOTS = 64,
    REPLY_MEMO_WORDS = 200,   /* bytes; longer replies are read each time */
    REPLY_MEMO_PATTERN = 118, /* room for a pattern */
};

struct reply_memo_slot {
    uint64_t context; /* what code and frame say: bits of reply_words.h */
    uint16_t words_n; /* 0: empty */
    uint8_t pattern_n;
    bool has_class, has_pattern;
    enum reply_class class;
    char words[REPLY_MEMO_WORDS];
    char pattern[REPLY_MEMO_PATTERN];
};

struct reply_memo {
    struct reply_memo_slot slots[REPLY_MEMO_SLOTS]; /* `{ 0 }` is empty */
};

/* As reply_classify. */
enum reply_class reply_memo_class(struct reply_memo *m, struct slice dsn, struct slice text);

/* As reply_pattern, with room for REPLY_MEMO_PATTERN bytes. The result lies in `m` until the next
 * call, or in `room`. */
struct slice reply_memo_pattern(struct reply_memo *m, struct slice text,
                                char room[REPLY_MEMO_PATTERN]);

#endif
