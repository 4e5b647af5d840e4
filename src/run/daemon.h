/* daemon.h - the worker of `mailfuse run`: wires ledger, engine, box, doors, logs, helper and store
 * in one event loop. Everything is decided here from memory; the store and the helper are told and
 * answer later. The files of this room share it; each has one part. */
#ifndef RUN_DAEMON_H
#define RUN_DAEMON_H

#include <event2/event.h>

#include "act/courier_client.h"
#include "act/helper_client.h"
#include "box/box.h"
#include "box/logins.h"
#include "box/transactions.h"
#include "box/work.h"
#include "conf/conf.h"
#include "detect/bruteforce.h"
#include "detect/rehearsal.h"
#include "ledger/ledger.h"
#include "ledger/sent.h"
#include "run/active.h"
#include "run/alerts/alerts.h"
#include "run/backlog_watch.h"
#include "run/counts.h"
#include "run/dnsbl_watch.h"
#include "run/findings.h"
#include "run/judge.h"
#include "run/opt_outs.h"
#include "run/refusal_watch.h"
#include "run/relay_switch.h"
#include "run/snapshot.h"
#include "serve/auth_door.h"
#include "serve/control_door.h"
#include "serve/metrics_door.h"
#include "serve/policy_door.h"
#include "serve/socketmap_door.h"
#include "store/store.h"
#include "watch/follow.h"

enum {
    HOUR_SLOTS = 60,
    DAEMON_DOORS = 16,
    GHOSTS_AFTER_MS = MINUTE_MS,
    IN_QUEUE_AFTER_MS = 5 * SECOND_MS, /* Postfix has put on hold by then what it was told to */
};

/* What happened within the last hour, by the minute. */
struct hour_count {
    uint32_t slots[HOUR_SLOTS];
    int64_t minute;
    uint64_t sum;
    uint64_t all; /* since the start */
};

/* Addresses of this machine on the internet. */
enum { OWN_ADDRESSES = 64 };

struct own {
    struct ip all[OWN_ADDRESSES];
    uint32_t n;
};

enum hour_kind { HOUR_MESSAGES, HOUR_RECIPIENTS, HOUR_REFUSED, HOUR_FAILURES, HOUR_KINDS };

/* Items for the store, gathered during one turn of the loop and handed over at its end. */
struct keep {
    struct store_batch *batch;
    struct keep_wait *waits; /* incidents in it */
    uint32_t waits_n, waits_room;
    struct event *flush;
    uint64_t submitted, written; /* batches; of which so many are on disk, or wait for it in vain */
    json_t *scratch;             /* NULL; a place for what is being encoded */
};

/* Listening sockets, opened by the supervisor. */
struct daemon_sockets {
    int policy[DAEMON_DOORS], socketmap[DAEMON_DOORS], auth[DAEMON_DOORS], metrics[DAEMON_DOORS];
    uint32_t policy_n, socketmap_n, auth_n, metrics_n;
    int control; /* -1: none */
};

/* What may be on hold and is nobody's. Empty envelopes: everybody got the message while it was put
 * there; let go, they vanish, but not before the queue manager has done with them. And what was let
 * go before Postfix had put it there. */
struct ghost {
    char id[BOX_QUEUE_ID + 1];
    struct wall at; /* when to let it go */
};

struct ghosts {
    struct ghost *all;
    size_t n, room;
};

struct daemon {
    const char *conf_path; /* NULL: the default */
    struct event_base *base;
    struct conf *conf;
    struct conf *boot; /* the settings at the start: sockets and logs go by them; may be `conf` */
    struct geo *geo;
    struct judge judge;
    uint32_t ignored;
    struct rehearsal *rehearsal;
    struct detect *detect;
    struct ledger *ledger;
    struct box *box;
    struct transactions *transactions;
    struct bruteforce *bruteforce;
    struct sent *sent; /* whose messages were */
    struct own own;
    struct hour_count complaints;
    struct store *store;
    struct helper_client *helper;
    struct courier_client *courier;
    int supervisor; /* the socket to it; -1: none */
    struct follow *follow;
    struct policy_door *policy;
    struct socketmap_door *socketmap;
    struct auth_door *auth;
    struct control_door *control;
    struct metrics_door *metrics;
    struct dnsbl_watch *dnsbl_watch;
    struct opt_outs *opt_outs;
    struct refusal_watch *refusal_watch;
    struct alerts *alerts;
    struct trail *trail;
    struct findings *findings;
    struct relay_switch *relay_switch;
    struct keep keep;
    struct snapshot snapshot;
    struct event *tick, *read, *store_ready, *signals[4], *follow_fds[FOLLOW_FDS], *working;
    struct wall started, now;
    struct mono mono; /* at `now` */
    struct wall mode_since, conf_read;
    uid_t feedback_user; /* of the name that `boot` has; (uid_t)-1: none */
    int32_t utc_offset_s;
    bool journal;   /* our log lines go to the systemd journal */
    bool adopted;   /* what was on hold at the start was looked at */
    bool can_act;   /* there is a helper; else nothing can be held and let go again */
    bool has_rules; /* the settings refuse something by account */
    bool replaying; /* lines from before the restart: they only join */
    bool caught_up; /* with the logs, once */
    bool told;      /* the event comes from the SMTP dialogue */
    bool to_hold;   /* the message that was told of last is to be held */
    bool stopping;
    struct wall stop_by;
    int exit_status;
    struct buf auth_words;   /* of the last refusal */
    struct buf conf_trouble; /* why the settings could not be read again */
    struct hour_count hours[HOUR_KINDS];
    struct active active;
    struct ghosts ghosts;
    struct buf files_trouble, helper_trouble; /* what is wrong now */
    struct wall last_policy, last_auth;
    struct wall look_until;                                  /* again and again */
    struct wall look_again;                                  /* at the queue; 0: no need to */
    struct wall queue_looked, helper_asked, journal_trimmed; /* what is done now and then */
    uint64_t policy_requests, auth_requests, refused;
    uint64_t put_on_hold; /* messages that were in the queue before */
    struct counts counts;
    struct backlog_watch watch;
    struct buf page; /* of figures/metrics.c, as it was made last */
    struct wall page_at;
    uint64_t tick_ns;       /* when the tick came last; 0: not yet */
    struct log_state *logs; /* one for each log */
    size_t logs_n;
    struct job *purges;                 /* that wait until the journal is on disk */
    struct control_wait *control_waits; /* commands whose actions are under way */
};

/* One followed log, for status. */
struct log_state {
    const char *name;
    struct wall last; /* of its lines */
    char trouble[200];
};

/* time.c: `now` and the zone; all that waits is moved along when the clock was set. */
void daemon_clock(struct daemon *d);
int32_t daemon_today(const struct daemon *d); /* the local day, since 1970 */
struct mono daemon_mono(void);
uint64_t daemon_ns(void); /* of the same clock */

/* hours.c */
void hour_add(struct hour_count *h, struct wall at, uint32_t n);
uint64_t hour_sum(struct hour_count *h, struct wall at);
void hours_clock_set(struct daemon *d, int64_t by_ms);
json_t *hours_encode(const struct daemon *d);
void hours_decode(struct daemon *d, const json_t *from);

/* log.c: one line to standard error or the journal, escaped. */
void daemon_say(const struct daemon *d, int priority, const char *format, ...) PRINTF(3, 4);

/* own.c: addresses of the interfaces; those of the settings count, too. */
void own_look(struct own *own);
bool own_known(const struct daemon *d);
bool own_has(const struct daemon *d, const struct ip *ip);

/* events.c */
uint32_t events_take(void *ctx, const struct event *e); /* a ledger_sink; ctx is the daemon */
void events_announce(void *ctx, uint32_t hint, uint64_t recipient);
void events_tick(struct daemon *d);
void events_before(void *ctx, struct box_incident *i);

/* policy.c, socketmap.c, auth.c: callbacks of the doors; ctx is the daemon. */
void policy_decide(void *ctx, uint64_t connection, const struct policy_request *r,
                   struct buf *action);
void policy_gone(void *ctx, uint64_t connection);
void socketmap_decide(void *ctx, struct slice map, struct slice key, struct buf *reply);
void auth_allow(void *ctx, const struct auth_request *r, struct auth_answer *answer);
void auth_report(void *ctx, const struct auth_request *r);
void auth_reset(void *ctx, struct slice login, struct slice ip);
void auth_stats(void *ctx, struct slice login, struct slice ip, struct buf *json);

/* keep.c: a box_keeper that fills the store; and back. */
struct box_keeper keep_keeper(struct daemon *d);
void keep_done(struct daemon *d);

/* The number of the batch with what was told last: on disk once keep.written has reached it. */
uint64_t keep_told(const struct daemon *d);
NODISCARD int keep_load(struct daemon *d, struct buf *error);
void keep_note(struct daemon *d, uint32_t incident, struct slice who, struct slice subject,
               const char *what, struct slice detail);

/* Something else that is to survive; NULL: no more. Steals the reference. */
void keep_other(struct daemon *d, struct slice key, json_t *value);

/* incident_json.c */
json_t *incident_encode(const struct box_incident *i);
bool incident_decode(struct detect *d, const json_t *from, struct box_incident *out);

/* work.c: carry out what the box wants done. */
void work_look(struct daemon *d);

/* purge.c: the journal came to the disk; and at the end. */
void purge_look(struct daemon *d);
void purge_forget(struct daemon *d);

/* logs.c */
NODISCARD int logs_load(struct daemon *d, struct buf *error);
void logs_start(struct daemon *d);
void logs_step(struct daemon *d);
void logs_stop(struct daemon *d);

/* settings.c: read the settings; when they are wrong, go by `last`, which is taken over then (NULL:
 * there are none). False when there are none to go by; the reason is in d->conf_trouble. */
NODISCARD bool settings_begin(struct daemon *d, struct conf *last);

/* Read them again; false, with the reason in d->conf_trouble, when they are
 * wrong and nothing changed. */
bool settings_reload(struct daemon *d);
void settings_apply(struct daemon *d);

/* What they say about guessed passwords; without entries and seed. */
struct bruteforce_options settings_guessing(const struct conf *conf);

/* figures/metrics.c: the page of the metrics door; ctx is the daemon. */
void metrics_page(void *ctx, struct buf *out);

/* control/control.c: a control_answer; and what is waited for. */
void control_take(void *ctx, const struct control_peer *peer, json_t *request, uint64_t ticket);
void control_look(struct daemon *d);
void control_clock_set(struct daemon *d, int64_t by_ms);
void control_forget(struct daemon *d);

/* queue.c: whose mail is in the queue already, and whether what we hold is still there. */
void queue_look(struct daemon *d);

/* say.c: a line of a door for the log; ctx is the daemon. */
void doors_trouble(void *ctx, const char *text);

/* chores.c: what is done now and then; and what is to be let go in a while, unless it is held. */
void ghosts_add(struct daemon *d, struct slice queue_id, int64_t after_ms);
void ghosts_done(struct daemon *d);
void chores_do(struct daemon *d);

/* worker.c */
struct worker_options {
    const char *conf_path;
    struct conf *last; /* settings that a worker before this one went by; NULL: it is the first */
    struct daemon_sockets sockets;
    uid_t feedback_user;         /* of the settings' name at the start; (uid_t)-1: none */
    int helper;                  /* the socket to it; -1: none */
    int supervisor;              /* the same; the caller's */
    bool courier;                /* can be asked for there */
    const char *queue_directory; /* Postfix's; NULL: not known */
    uint64_t queue_needs;      /* bytes: with less room there Postfix takes no mail; 0: not known */
    int (*confine)(void *ctx); /* give up rights once all is open; may be NULL */
    void *confine_ctx;
};

/* Run until SIGTERM: the exit status. 2: the state or the settings are wrong, do not restart. */
int worker_run(const struct worker_options *o);

#endif
