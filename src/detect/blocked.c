/* blocked.c - a big provider begins to refuse this server for its reputation, and somebody's mail
 * in the hours before made it do so. That somebody else's mail is refused afterwards says nothing.
 */
#include <math.h>

#include "detect/fuse.h"

#include "base/ban.h"

/* Of fewer new recipients there by all accounts nothing can be said. */
static const double least_recipients = 10;
/* Whoever met the block first may just have been the next to write there. */
static const double met_it_first = 0.5;

/* Without any knowledge each of `senders` is as likely the cause; by what they wrote to strangers
 * there, each by the share: the weight is the logarithm of how much likelier that makes it. */
void blocked_take(struct detect *d, struct fuse *f, const struct event *e)
{
    double equal = e->senders > 0 ? 1 / (double)e->senders : 1;
    double share = e->count >= least_recipients ? (double)e->recipients / e->count : 0;
    double weight = share > equal ? log(share / equal) : 0;

    weight += e->status == DELIVERY_BOUNCED ? met_it_first : 0;
    if (weight > 0)
        fuse_raise(d, f, e, SIGNAL_BLOCKED, weight, share, equal);
}
