/* complaints.c - recipients who told their provider that they did not want this mail. They come
 * hours or days after it, from some providers only, and anybody can forge one: the cap is below
 * what opens an incident. */
#include <math.h>

#include "detect/fuse.h"

#include "base/ban.h"

/* An honest account has one now and then, and an honest mailing three of a thousand recipients; a
 * thief's mail five times as many. */
static const double now_and_then = 0.3, of_a_mailing = 0.003, times_as_many = 5;
/* Complaints may be about mail of the days before. */
static const double days = 2;

void complaints_take(struct detect *d, struct fuse *f, const struct event *e)
{
    double recipients = fmax((double)f->lately.recipients, days * (double)f->picture.usual_day);
    double expected = now_and_then + of_a_mailing * recipients;
    double n, odds;

    f->complaints += (float)e->count;
    n = (double)f->complaints;
    odds = n * log(times_as_many) - (times_as_many - 1) * expected; /* two Poisson rates */
    fuse_set(d, f, e, SIGNAL_COMPLAINTS, fmax(0, odds), n, expected);
}
