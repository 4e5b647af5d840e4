/* rehearsal.h - what the engine would have done, played with the events of a log in which it had no
 * say. Mail that it would have held left all the same, so its results are kept from the engine: of
 * what it lets go they come as much later as the mail would have left later, of the rest never. */
#ifndef DETECT_REHEARSAL_H
#define DETECT_REHEARSAL_H

#include "detect/detect.h"

/* A hold that was ended by the engine itself: nothing was wrong, mail was late. */
struct rehearsed_hold {
    uint32_t fuse;
    struct wall from, until;
    uint32_t messages, recipients; /* that waited */
    int64_t longest_ms;            /* of one message */
};

struct rehearsal;

/* Owns an engine with these options; their `release` is replaced. */
struct rehearsal *rehearsal_new(const struct detect_options *options);
void rehearsal_free(struct rehearsal *r);

/* Somebody else let held mail go for a while (detect_set_release): from now on it is played again.
 */
void rehearsal_resume(struct rehearsal *r);

struct detect *rehearsal_detect(const struct rehearsal *r);

/* Take one event; its slices are not kept. The verdict of a result that the engine may not see is
 * that of its fuse as it stands. */
struct verdict rehearsal_event(struct rehearsal *r, const struct event *event);

/* The holds that ended by themselves, in the order of their ends; valid until the next event. */
const struct rehearsed_hold *rehearsal_holds(const struct rehearsal *r, size_t *n);

/* Messages, recipients of that fuse that were held when it was locked, or are held still. */
void rehearsal_held(const struct rehearsal *r, uint32_t fuse, uint64_t *messages,
                    uint64_t *recipients);

/* Results that were lost because too many waited. */
uint64_t rehearsal_lost(const struct rehearsal *r);

#endif
