/* firewall.c - a LAN host that the firewall saw trying SMTP by itself. */
#include <math.h>

#include "detect/fuse.h"

#include "base/ban.h"

/* How many different servers it tried in this clock hour (linear counting, to about 1000). */
static double count_destinations(struct detect *d, struct fuse *f, const struct event *e)
{
    uint64_t *words, hash = ip_hash(&e->destination, 2);
    double empty, bits = 64 * DESTINATION_WORDS;

    fuse_begin_hour(d, f, e->at);
    words = fuse_doubt(d, f)->destinations;
    words[hash % DESTINATION_WORDS] |= (uint64_t)1 << (hash >> 58);
    empty = bits;
    for (int i = 0; i < DESTINATION_WORDS; i++)
        empty -= __builtin_popcountll(words[i]);
    f->hour_now = (float)(bits * log(bits / fmax(1, empty)));
    return (double)f->hour_now;
}

void firewall_attempt(struct detect *d, struct fuse *f, const struct event *e)
{
    double n = count_destinations(d, f, e);
    double usual = (double)f->picture.peak_hour;

    fuse_raise(d, f, e, SIGNAL_DESTINATIONS, 1.5 * (n - 1.5 * usual - 5), n, usual);
    if (fuse_learns(f))
        picture_active(&f->picture, event_day(e), event_hour(e));
}
