#include "detect/fuse.h"

#include "base/ban.h"

/* Above this score nothing is learnt: it would be the thief's habits. */
static const double learn_below = 3;

bool fuse_learns(const struct fuse *f)
{
    return f->stage == STAGE_OBSERVE && f->score < learn_below;
}

void fuse_begin_hour(struct fuse *f, struct wall at)
{
    int64_t hour = at.ms / HOUR_MS;

    if (hour <= f->counted_hour && hour >= f->counted_hour - 1)
        return; /* events a little out of order still belong to the hour that is counted */
    if (fuse_learns(f) && f->hour_now > f->picture.peak_hour)
        f->picture.peak_hour = f->hour_now; /* what it had is learnt now that it is over */
    f->hour_before = hour == f->counted_hour + 1 ? f->hour_now : 0;
    f->hour_now = 0;
    f->counted_hour = hour;
    memset(f->destinations, 0, sizeof f->destinations);
}
