/* box.h - the fuse box: what came of the engine's verdicts and of what people decided. Keeps
 * incidents, which mail is held, who is locked, what is blocked and who is trusted; says what has
 * to be done about it, and what has to be kept on disk. Pure: times come with the calls; what must
 * survive and what is to be told leaves through struct box_keeper, at once and in order; what is to
 * be done is asked for (work.h). Decides nothing about evidence: that is detect's.
 *
 * An incident is everything from the first piece of evidence to the reset. It is watched without a
 * number until something is held or locked (or would be, while only observing). */
#ifndef BOX_BOX_H
#define BOX_BOX_H

#include "box/commonest.h"
#include "detect/detect.h"
#include "detect/live.h"

enum {
    BOX_ADDRESSES = 24, /* client addresses kept of an incident */
    BOX_PASSWORDS = 4,  /* keys of passwords kept of an account */
    BOX_WHY = 160,
    BOX_QUEUE_ID = 24,
    BOX_ENDED = 1000, /* incidents that ended are remembered, beside those with mail or work left */
    BOX_SEEN = 4096,
    BOX_LATELY = 512, /* messages that are known to be counted, should the log tell of them again */
};

enum box_state {
    BOX_WATCHED,  /* suspected; nothing was done; has no number */
    BOX_OBSERVED, /* only observing: it would be held or locked */
    BOX_HELD,     /* its mail is held */
    BOX_LOCKED,   /* it is locked; what was held stays held */
    BOX_WAITING,  /* unlocked by an administrator; still locked until its password has changed */
    BOX_CLEARED,  /* a hold that ended by itself: nothing was wrong */
    BOX_CLOSED,   /* ended by an administrator, or by a new password */
    BOX_STATES
};

/* What has to be done in the world about an incident. */
enum box_step {
    BOX_LOCK_FILES, /* write the plain files that Postfix and Dovecot read: all locks there are */
    BOX_KICK,       /* end its IMAP and POP3 sessions */
    BOX_FLUSH,      /* forget its password in Dovecot's cache */
    BOX_HOLD_QUEUE, /* hold what is in the queue already */
    BOX_HOLD_MAIL,  /* hold messages that were accepted without asking us */
    BOX_RELEASE,    /* let held messages go */
    BOX_PURGE,      /* delete held messages */
    BOX_STEPS
};

enum box_progress { BOX_NOTHING, BOX_PENDING, BOX_RUNNING, BOX_DONE };

struct box_task {
    enum box_progress progress;
    bool again;        /* asked for once more while it was running */
    uint32_t tries;    /* since it was asked for */
    struct wall at;    /* when it was asked for, or done */
    struct wall next;  /* when to try (again) */
    uint32_t version;  /* of the incident that has to be on disk before */
    char why[BOX_WHY]; /* what went wrong the last time; "" */
};

struct box_amount {
    uint64_t messages, recipients;
};

enum box_holding {
    BOX_IS_HELD,
    BOX_TO_HOLD,    /* to be put on hold: it was accepted without asking us */
    BOX_TO_RELEASE, /* to be let go */
    BOX_TO_PURGE,   /* to be deleted */
    BOX_GONE,       /* let go, deleted, or taken out by somebody else */
    BOX_HOLDINGS
};

struct box_address {
    struct ip ip;
    uint32_t messages, recipients;
    bool known; /* the account was there before */
    struct wall first, last;
};

/* Private: how the box finds its way. */
enum box_list { BOX_ALL, BOX_LIVE, BOX_BUSY, BOX_LISTS };

struct box_own {
    uint32_t place[BOX_LISTS];          /* where it stands in them */
    uint32_t locked_version;            /* to be on disk before plain files have the lock */
    struct box_incident *former;        /* of the same fuse */
    uint32_t first, last, let_go;       /* lists of its messages */
    struct box_amount in[BOX_HOLDINGS]; /* its messages, by what is to be done with them */
    bool unsorted;                      /* they are not in the order of their times */
    uint64_t seen[BOX_SEEN / 64];       /* addresses, as bits */
};

struct box_incident {
    uint32_t number; /* from 1; 0 while it is only watched */
    enum box_state state;
    struct subject subject; /* the name is the box's */
    uint32_t fuse;
    bool by_hand;    /* an administrator held or locked it: the engine does not let it go */
    bool would_lock; /* BOX_OBSERVED: else it would be held */
    struct wall since, held_from, locked, ended; /* 0: not */
    double score;
    struct evidence evidence[SIGNALS];             /* at its peak */
    struct box_amount out, held, released, purged; /* held: now */
    uint64_t refused;            /* recipients, since it was locked; or put off while it is held */
    uint32_t lately[BOX_LATELY]; /* marks of the messages counted last, in turn; 0: none */
    uint32_t lately_next;
    struct commonest domains, replies; /* that its mail went to; refusals of other servers */
    struct slice by;                   /* who held or locked it by hand; empty: nobody */
    struct box_address addresses[BOX_ADDRESSES]; /* the first ones */
    uint32_t addresses_n, addresses_more;        /* more: about so many others */
    uint16_t passwords[BOX_PASSWORDS]; /* keys of those in use when it was locked; 0: none */
    struct wall stolen_tried;          /* when one of them was told of last, tried after the lock */
    struct box_task tasks[BOX_STEPS];
    uint32_t version, stored; /* changes; of which so many are on disk */
    bool dirty;               /* private: to be kept at the next chance */
    struct box_own own;
};

/* A message on hold. */
struct box_message {
    uint32_t incident;
    enum box_holding holding;
    struct wall at; /* when it was accepted */
    uint32_t recipients;
    uint64_t size;
    uint8_t queue_id_n;
    char queue_id[BOX_QUEUE_ID];
    struct slice sender; /* the box's */
    bool by_hand;        /* an administrator lets it go */
    /* private: */
    bool under_way;        /* a step that is running is about it */
    bool noted;            /* its envelope is in the journal */
    uint32_t next, before; /* of the same incident */
};

enum box_block { BOX_BLOCK_RECIPIENT, BOX_BLOCK_CLIENT, BOX_BLOCKS };

struct box_blocked {
    enum box_block kind;
    struct slice value; /* folded address, "@domain", or a prefix as text */
    struct ip_prefix prefix;
    struct wall at;
    struct slice who, reason;
    uint32_t hits; /* since the start */
    struct wall last;
};

struct box_trusted {
    struct slice account;
    struct wall at;
    int32_t until_day; /* last day, local, since 1970 */
    char country[3];   /* only there; "" whatever it does */
    struct slice who, reason;
};

/* One line of the journal. */
struct box_note {
    struct wall at;
    uint32_t incident; /* 0: none */
    struct slice who;  /* "mailfuse", or the name of a user of this machine */
    struct slice subject, what, detail;
};

/* Where things go that must survive. Each is called with a whole item; slices live as long as the
 * call. */
struct box_keeper {
    void (*incident)(void *ctx, const struct box_incident *i);
    void (*message)(void *ctx, const struct box_message *m); /* BOX_GONE: forget it */
    void (*blocked)(void *ctx, const struct box_blocked *b, bool gone);
    void (*trusted)(void *ctx, const struct box_trusted *t, bool gone);
    void (*note)(void *ctx, const struct box_note *n);
    /* An incident begins: what is known of the time just before, added to `out`, `addresses` and
     * `since`; may be NULL. */
    void (*before)(void *ctx, struct box_incident *i);
    void *ctx;
};

struct box;

/* A number for the queue ID of a message, never 0; two seldom have the same. */
uint32_t box_mark(struct slice queue_id);

struct box *box_new(struct detect *d, const struct box_keeper *keeper);
void box_free(struct box *b);

/* Act, or only observe. Begins with observing. Incidents that were only observed are closed when it
 * begins to act, and their subjects judged anew. Locks and what is held stay when it ceases to;
 * from then on no more is held, except of those that an administrator holds. */
void box_enforce(struct box *b, bool enforce, struct wall at);
bool box_enforces(const struct box *b);

/* The same after a restart, before box_loaded: it acted before, and goes on. */
void box_enforce_quietly(struct box *b);

/* Whether Postfix's queue has room for mail on hold. At first it has. While it has none, what the
 * mail server asks about is not held but put off: box_verdict says true, and the message is not the
 * box's. All else goes on: what is held stays so and is let go. */
void box_set_room(struct box *b, bool room);
bool box_has_room(const struct box *b);

/* ---- What the engine found */

/* After each event that the engine took. `told` when the mail server asked before it accepted the
 * message: then the answer holds it; else it is put on hold afterwards. True when this message is
 * to be held, or, without room, put off. */
bool box_verdict(struct box *b, const struct event *e, const struct verdict *v, bool told);

/* A detect_release, for detect_set_release; ctx is the box. */
struct wall box_release(void *ctx, uint32_t fuse, uint32_t n, struct wall at);

/* Once a second: what is over by time. */
void box_pass_time(struct box *b, struct wall at);

/* ---- Questions */

/* Fast: for each recipient of each message. */
bool box_is_locked(const struct box *b, uint32_t fuse, uint32_t *incident);

/* What it sends next is to be held, or refused: it is held or locked now. In doubt the engine lets
 * single messages of who is held go. As fast. */
bool box_is_held(const struct box *b, uint32_t fuse, uint32_t *incident);

/* A recipient was refused because of that. */
void box_refused(struct box *b, uint32_t fuse);

/* The incident that is not ended of that fuse, numbered or watched; or NULL. */
struct box_incident *box_open(const struct box *b, uint32_t fuse);
struct box_incident *box_find(const struct box *b, uint32_t number);

/* All incidents that are not ended and the youngest BOX_ENDED of the others, in no order; NULL
 * behind the last. What is older, only the keeper has. */
const struct box_incident *box_at(const struct box *b, uint32_t i);

/* All messages that are held, or about to be let go or deleted: of one incident the oldest first,
 * or of all (0) in no order. False from `each` ends it. */
typedef bool box_each_message(void *ctx, const struct box_message *m);
void box_messages(const struct box *b, uint32_t incident, box_each_message *each, void *ctx);

/* The one of that queue ID, or NULL. */
const struct box_message *box_message(const struct box *b, struct slice queue_id);

/* Numbers of incidents that are not the box's, of the same sequence: the next one; and those up to
 * this one are taken. */
uint32_t box_take_number(struct box *b);
void box_numbers_taken(struct box *b, uint32_t highest);

/* How many are held or locked now. */
struct box_count {
    uint32_t watched, observed, held, locked, waiting;
    struct box_amount mail;     /* held */
    uint32_t pending, troubled; /* steps that are not done yet; those that failed once or more */
};
struct box_count box_count(const struct box *b);

/* ---- What people decide. `who` and `reason` go to the journal. */

enum box_said {
    BOX_OK,
    BOX_ALREADY, /* nothing to do: it is so */
    BOX_NO_SUCH, /* no such account, incident, block ... */
    BOX_CANNOT,  /* no key of a password is known: whether it changed cannot be seen */
    BOX_TOO_MANY,
};

struct box_decision {
    struct wall at;
    struct slice who, reason;
};

enum box_said box_hold(struct box *b, const struct subject *s, const struct box_decision *by,
                       uint32_t *incident);
enum box_said box_lock(struct box *b, const struct subject *s, const struct box_decision *by,
                       uint32_t *incident);

/* End a hold or a lock. A lock of an account whose password keys are known only ends when a login
 * with another one succeeds (BOX_WAITING), unless `force`. Held mail stays held until it is
 * released or purged. */
enum box_said box_unlock(struct box *b, const struct subject *s, bool force,
                         const struct box_decision *by, uint32_t *incident);

/* The incident that keeps this message on hold, or 0. */
uint32_t box_holding(const struct box *b, struct slice queue_id);

/* Let the held mail of an incident go; `*n` gets the number of messages. Mail of a locked account
 * is let go, too: an administrator knows. */
enum box_said box_release_all(struct box *b, uint32_t incident, const struct box_decision *by,
                              uint32_t *n);

/* The same for one message of that incident. */
enum box_said box_release_one(struct box *b, uint32_t incident, struct slice queue_id,
                              const struct box_decision *by);

/* Delete it. */
enum box_said box_purge(struct box *b, uint32_t incident, const struct box_decision *by,
                        uint32_t *n);

enum box_said box_add_block(struct box *b, enum box_block kind, struct slice value,
                            const struct box_decision *by);
enum box_said box_remove_block(struct box *b, enum box_block kind, struct slice value,
                               const struct box_decision *by);
const struct box_blocked *box_block_at(const struct box *b, uint32_t i);

/* The block that this address, as given or by its domain, falls under; or NULL. */
const struct box_blocked *box_blocks_recipient(const struct box *b, struct slice folded);
/* It was met. */
void box_block_hit(struct box *b, const struct box_blocked *k, struct wall at);

const struct box_blocked *box_blocks_client(const struct box *b, const struct ip *ip);

/* country  two letters: only there; "" whatever it does */
enum box_said box_trust(struct box *b, struct slice account, int32_t until_day,
                        const char country[3], const struct box_decision *by);
enum box_said box_untrust(struct box *b, struct slice account, const struct box_decision *by);
const struct box_trusted *box_trust_at(const struct box *b, uint32_t i);

/* The trust in force for that account on that local day, or NULL. */
const struct box_trusted *box_trusts(const struct box *b, struct slice folded, int32_t day);

/* ---- After a restart, before anything else: what was kept. The fuses are there already. */
void box_load_incident(struct box *b, const struct box_incident *i);
void box_load_message(struct box *b, const struct box_message *m);
void box_load_blocked(struct box *b, const struct box_blocked *k);
void box_load_trusted(struct box *b, const struct box_trusted *t);

/* All is loaded: engine and box agree on who is held and locked; what was not done yet is begun
 * anew. */
void box_loaded(struct box *b, struct wall at);

#endif
