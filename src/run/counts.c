#include "run/counts.h"

#include "run/daemon.h"

#include "base/ban.h"

/* docs/control.md lists them, too. What is none of them is the last one. */
static const char *const words[COUNTS_NOTES] = {
    "action",  "alert-lost", "auth-fail",      "block",  "clock",   "closed",   "complaint",
    "config",  "guessing",   "hold",           "lock",   "mail",    "not-spam", "old-password",
    "opt-out", "purge",      "purged-message", "queue",  "release", "reset",    "started",
    "stopped", "trust",      "unblock",        "unlock", "untrust", "other"
};

const char *counts_note_word(size_t i)
{
    return words[i];
}

bool counts_speaks(const struct evidence *e)
{
    return e->weight >= 0.5F;
}

static void count_signals(struct daemon *d, uint32_t number)
{
    const struct box_incident *i = box_find(d->box, number);

    for (size_t s = 0; i != NULL && s < SIGNALS; s++)
        d->counts.signals[s] += counts_speaks(&i->evidence[s]);
}

void counts_note(struct daemon *d, const struct box_note *n)
{
    size_t i = 0;

    while (i + 1 < COUNTS_NOTES && !slice_eq(n->what, slice_of(words[i])))
        i++;
    d->counts.notes[i]++;
    if (n->incident != 0 && slice_eq(n->who, SLICE("mailfuse")) &&
        (slice_eq(n->what, SLICE("hold")) || slice_eq(n->what, SLICE("lock"))))
        count_signals(d, n->incident);
}
