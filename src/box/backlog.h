/* backlog.h - what waits in Postfix's queue, summed up: by state, age, account and destination; and
 * whether that is more than usual. Pure. A look is filled message by message and then takes the
 * place of the one before; it keeps at most BACKLOG_ROWS accounts and as many destinations, the
 * rest is counted as others.
 *
 * More than usual: more than the administrator's figure, and more than three times the level that
 * was learnt, which is the mean of the highest figures of the last days, about a week. What is on
 * hold is not counted: somebody decided that. Neither is what waits for a destination that is dead:
 * deferred mail to it alone, of which no account has the larger part. That is not spam. */
#ifndef BOX_BACKLOG_H
#define BOX_BACKLOG_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/table.h"
#include "base/wall.h"

enum backlog_state {
    BACKLOG_INCOMING,
    BACKLOG_ACTIVE,
    BACKLOG_DEFERRED,
    BACKLOG_HOLD,
    BACKLOG_STATES
};

enum { BACKLOG_ROWS = 50000, BACKLOG_AGES = 6, BACKLOG_DEAD = 20, BACKLOG_TOP = 100 };

enum backlog_list { BACKLOG_ACCOUNTS, BACKLOG_DESTINATIONS, BACKLOG_LISTS };

struct backlog_message {
    enum backlog_state state;
    struct slice who; /* account, else the address of the client, else "local"; folded */
    struct wall arrival;
    uint64_t size;
    uint32_t todo;      /* recipients to whom it is to be delivered yet */
    struct slice rcpts; /* NUL after each; with those that have it already */
};

struct backlog_amount {
    uint64_t messages, recipients, bytes;
    struct wall oldest; /* arrival; 0: none */
};

/* An account or a destination. Recipients of a destination are those named, not those to do. */
struct backlog_row {
    struct slice name;
    struct backlog_amount waiting; /* in all states but hold */
    uint64_t held;                 /* messages on hold */
    uint64_t sole;                 /* of a destination: deferred messages that go nowhere else */
    uint64_t votes;                /* private: of the account that may have the larger part */
    uint32_t voted;
};

struct backlog_look {
    struct wall at;
    struct backlog_amount states[BACKLOG_STATES];
    uint64_t ages[BACKLOG_AGES]; /* waiting messages; see backlog_age_ms */
    struct backlog_row *rows[BACKLOG_LISTS];
    uint32_t rows_n[BACKLOG_LISTS], rows_room[BACKLOG_LISTS];
    uint64_t others[BACKLOG_LISTS]; /* messages that found no room there */
    struct table known[BACKLOG_LISTS];
    struct arena names;
};

struct backlog {
    struct backlog_look *look; /* the last whole one; NULL: none yet */
    double learned;            /* messages */
    uint32_t days;             /* that it was learnt from */
    int64_t day;               /* the present one, local, since 1970 */
    uint64_t today;            /* its highest figure */
    struct wall since;         /* more than usual; 0: not */
};

enum backlog_news { BACKLOG_SAME, BACKLOG_BEGAN, BACKLOG_ENDED };

struct backlog_look *backlog_look_new(struct wall at);
void backlog_look_free(struct backlog_look *l); /* NULL is allowed */
void backlog_look_add(struct backlog_look *l, const struct backlog_message *m);

/* Frees what `b` keeps, not `b`. */
void backlog_done(struct backlog *b);

/* A look is whole: keep it, which takes it over, and learn from it.
 * least  the administrator's figure; 0: it is never too much */
enum backlog_news backlog_keep(struct backlog *b, struct backlog_look *l, uint32_t least,
                               int32_t utc_offset_s);

/* The upper end of an age; the last has none (INT64_MAX). */
int64_t backlog_age_ms(size_t i);

/* Messages that wait: in all states but hold. With `counted` without those for dead destinations.
 */
uint64_t backlog_waiting(const struct backlog_look *l);
uint64_t backlog_counted(const struct backlog_look *l);
bool backlog_is_dead(const struct backlog_row *destination);

/* More than so many is too much; UINT64_MAX: never. */
uint64_t backlog_limit(const struct backlog *b, uint32_t least);

/* The `n` with the most waiting messages, at most BACKLOG_TOP, the busiest first; with `held` those
 * with none but held ones, too. Returns their number. */
size_t backlog_top(const struct backlog_look *l, enum backlog_list list, bool held,
                   const struct backlog_row **out, size_t n);

#endif
