/* live.h - what a daemon asks of the engine besides events: that time passed, what an administrator
 * decided, and what is known of a subject now. As deterministic as the rest: times are given. */
#ifndef DETECT_LIVE_H
#define DETECT_LIVE_H

#include "detect/detect.h"

/* The fuse of that subject, a new one if need be; UINT32_MAX when there are too many. */
uint32_t detect_ensure(struct detect *d, const struct subject *subject);

/* What is kept together with that fuse, and is not the engine's, is about to change. */
void detect_changes(const struct detect *d, uint32_t fuse);

/* No event need have come: let holds whose time is over end. Once a second is enough. */
void detect_pass_time(struct detect *d, struct wall at);

/* The clock was set forward by so much, or back (< 0): whoever is held waits as long as he would
 * have. Limits are of the clock's hours and days, whatever it says. */
void detect_clock_set(struct detect *d, int64_t by_ms);

/* Who lets held mail go from now on (see detect_release); `release` may be NULL. */
void detect_set_release(struct detect *d, detect_release *release, void *ctx);

/* New settings: sensitivity and ignored signals as in detect_options; every subject's policy is
 * asked for again at its next event. */
void detect_adjust(struct detect *d, double sensitivity, uint32_t ignored);

/* Ask for the policy of this subject again at its next event, or before its hold is decided on. */
void detect_ask_again(struct detect *d, uint32_t fuse);

/* So much of its mail, that had been let into the queue, is held now. It is let go like mail that
 * was held at once, as the results of the rest allow. Does nothing unless the fuse is held. */
void detect_queue_held(struct detect *d, uint32_t fuse, uint32_t messages, uint32_t recipients,
                       struct wall at);

/* So much mail is held of that fuse: what a daemon knows better than a snapshot. */
void detect_set_held(struct detect *d, uint32_t fuse, uint32_t messages, uint32_t recipients);

/* An administrator found it harmless, or has cleaned up: nothing is against it any more, and it
 * stands at the foot of the ladder. What it had learnt before stays. */
void detect_reset(struct detect *d, uint32_t fuse);

/* What a daemon kept of somebody who is held or locked, and the engine does not know. */
struct detect_past {
    enum stage stage;
    struct wall since, held_from, locked;
    const struct evidence *evidence; /* [SIGNALS] */
};

/* Put it back there. Results that came before are not weighed again; a hold is decided within its
 * usual time from `at` on. */
void detect_restore(struct detect *d, uint32_t fuse, const struct detect_past *past,
                    struct wall at);

/* What stands against it now. */
enum stage detect_stage(const struct detect *d, uint32_t fuse);
double detect_score(const struct detect *d, uint32_t fuse);
const struct evidence *detect_evidence(const struct detect *d, uint32_t fuse); /* [SIGNALS], NULL */

/* From which scores on it holds and locks. */
void detect_scores(const struct detect *d, double *hold, double *lock);

/* The open incident, or NULL. */
const struct incident *detect_open_incident(const struct detect *d, uint32_t fuse);

/* The fuses whose mail the engine holds: an array of `*n` numbers, valid until the next event. */
const uint32_t *detect_held(const struct detect *d, uint32_t *n);

/* True when an account here wrote to the address of that key before (or, seldom, to one that looks
 * like it). */
bool detect_knows_recipient(const struct detect *d, uint64_t key);

/* True when the account was in this network, or around it, on an earlier day. */
bool detect_knows_network(struct detect *d, const struct subject *subject, const struct ip *ip,
                          struct wall at, int32_t utc_offset_s);

/* A limit of its policy that would be exceeded by so many messages more, to so many recipients. */
struct detect_limit {
    uint32_t have, most;          /* most 0: none would be */
    bool hour, messages, unknown; /* else of the day; of recipients; those that exist, too */
};
struct detect_limit detect_limit(struct detect *d, uint32_t fuse, uint32_t messages,
                                 uint32_t recipients, struct wall at, int32_t utc_offset_s);

/* What is usual for it and what it does now, for people to look at. Recipients are those that it
 * wrote to for the first time where that is said. */
struct detect_figures {
    uint32_t networks, programs;       /* that it is known for */
    uint16_t countries[2];             /* event_country, or 0 */
    uint16_t first_day, last_day;      /* since 1970; 0 before the first */
    uint32_t active_days, hours;       /* hours: one bit for each hour of the day */
    double usual_day, busiest_hour;    /* recipients; first contacts */
    double recipients, first_contacts; /* lately: fade within a day */
    double unknown, refused_as_spam;   /* lately */
    double new_networks;               /* lately */
    uint32_t messages_hour, messages_day, recipients_hour, recipients_day,
        unknown_day; /* UINT32_MAX: not counted */
};
void detect_figures(struct detect *d, uint32_t fuse, struct wall at, int32_t utc_offset_s,
                    struct detect_figures *out);

/* A network that it was seen in: of its address only a hash is kept. */
struct detect_place {
    uint32_t key;               /* detect_place_key of any address in it */
    uint16_t first, last, days; /* since 1970, local; on how many */
};
enum { DETECT_PLACES = 14 };

uint32_t detect_place_key(const struct ip *ip);

/* Those that are remembered of the fuse, the latest first: their number. */
uint32_t detect_places(const struct detect *d, uint32_t fuse,
                       struct detect_place out[DETECT_PLACES]);

#endif
