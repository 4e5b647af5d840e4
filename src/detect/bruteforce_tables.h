/* bruteforce_tables.h - inside detect/bruteforce: its memory, of fixed size. Tables in sets of
 * eight: a key has its place in one of them, so nothing moves and nothing grows; when a set is
 * full, the entry leaves that matters least. */
#ifndef DETECT_BRUTEFORCE_TABLES_H
#define DETECT_BRUTEFORCE_TABLES_H

#include "detect/bruteforce.h"

enum { SET = 8 };

/* What is counted. */
enum count_kind { COUNT_PAIR, COUNT_ADDRESS, COUNT_NETWORK, COUNT_ACCOUNT, COUNT_KINDS };

struct count {
    uint64_t account;          /* PAIR, ACCOUNT */
    struct ip ip;              /* PAIR, ADDRESS, NETWORK: host bits zero */
    int64_t first_ms, last_ms; /* of the failures */
    int64_t until_ms;          /* refused before that time; 0: never was */
    int64_t leak_ms;           /* up to when `level` has fallen */
    uint32_t failures;         /* 0: the place is empty */
    uint32_t level;            /* those that are not forgotten */
};

/* "It was so", with a time. */
struct mark {
    uint64_t key; /* 0: the place is empty */
    uint32_t at_s;
    uint32_t n; /* how often, or who */
};

struct bruteforce {
    struct bruteforce_options options; /* with defaults filled in */
    struct count *counts[COUNT_KINDS]; /* `entries` each */
    struct mark *failed; /* 4 * entries: passwords that were wrong; n: how often more */
    struct mark *worked; /* 4 * entries: who logged in where */
    uint32_t sets;       /* of a table of counts, a power of two */
    uint64_t forgotten;
    int64_t newest_ms; /* of the times that are kept, which never step back: */
    int64_t shift_ms;  /* they are the caller's times and this */
};

enum bruteforce_why count_why(enum count_kind kind);

/* `at` as it is kept: never before what was kept already. */
int64_t kept_ms(const struct bruteforce *b, struct wall at);

/* What refuses this attempt. False when nothing does. */
bool bruteforce_find(const struct bruteforce *b, const struct login_attempt *a, struct wall at,
                     enum count_kind *kind, const struct count **out);

/* How many failures are usually enough. As many are forgotten in memory_ms, one by one. */
unsigned count_limit(const struct bruteforce *b, enum count_kind kind);

/* The failures that count at `now_ms`. */
uint32_t count_level(const struct bruteforce *b, enum count_kind kind, const struct count *c,
                     int64_t now_ms);

/* The count of that kind, or NULL. */
struct count *count_find(const struct bruteforce *b, enum count_kind kind, uint64_t account,
                         const struct ip *ip);

/* The same, with its level as it is at `now_ms`; without failures when it is new or none counts. */
struct count *count_take(struct bruteforce *b, enum count_kind kind, uint64_t account,
                         const struct ip *ip, int64_t now_ms);

/* Does it refuse something, or do failures count? */
bool count_alive(const struct bruteforce *b, enum count_kind kind, const struct count *c,
                 int64_t now_ms);

/* The mark of that key, or NULL; `marks` is b->failed or b->worked. */
struct mark *mark_find(const struct bruteforce *b, struct mark *marks, uint64_t key);

/* The same; a new one (at_s 0) when there is none. In a full set the one with the smallest n leaves
 * (`by_n`), of those the oldest. */
struct mark *mark_take(const struct bruteforce *b, struct mark *marks, uint64_t key, bool by_n);

/* Empties all. */
void tables_clear(struct bruteforce *b);

#endif
