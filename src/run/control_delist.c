/* control_delist.c - what is listed, who may have caused it, and what is to be done before asking
 * to be removed. */
#include "run/control_parts.h"

#include "base/ban.h"

enum { CULPRITS_MAX = 5, BEFORE_MS = 14 * 24 * HOUR_MS, AFTER_MS = HOUR_MS };

/* It was sending before the first sighting, and not long ago then. */
static bool may_be_cause(const struct box_incident *i, int64_t first_ms)
{
    return i->number > 0 && i->out.recipients > 0 && i->since.ms <= first_ms + AFTER_MS &&
           i->since.ms >= first_ms - BEFORE_MS;
}

/* Volume, and how sure it is that it was no honest mail. */
static double weight(const struct box_incident *i)
{
    return (double)i->out.recipients * (i->score > 0 ? i->score : 1);
}

/* The heaviest first. Returns how many. */
static size_t culprits_of(const struct daemon *d, int64_t first_ms,
                          const struct box_incident *out[CULPRITS_MAX])
{
    const struct box_incident *i;
    size_t n = 0;

    for (uint32_t k = 0; (i = box_at(d->box, k)) != NULL; k++) {
        size_t at = n;

        if (!may_be_cause(i, first_ms))
            continue;
        while (at > 0 && weight(out[at - 1]) < weight(i))
            at--;
        if (at == CULPRITS_MAX)
            continue;
        n += n < CULPRITS_MAX;
        for (size_t m = n - 1; m > at; m--)
            out[m] = out[m - 1];
        out[at] = i;
    }
    return n;
}

static void to_do(json_t *list, bool done, const char *words)
{
    json_array_append_new(list, json_pack("{sb ss}", "done", done, "words", words));
}

static bool is_stopped(const struct box_incident *i)
{
    return i->locked.ms != 0 || i->state == BOX_CLEARED || i->state == BOX_CLOSED;
}

static json_t *steps(const struct daemon *d, const struct box_incident *const *culprits, size_t n)
{
    json_t *list = json_array();
    bool stopped = n > 0;
    uint64_t held = 0;

    for (size_t i = 0; i < n; i++) {
        stopped = stopped && is_stopped(culprits[i]);
        held += culprits[i]->held.messages;
    }
    to_do(list, n > 0,
          n > 0 ? "the cause is found: see the incidents"
                : "find the cause: no incident of the two weeks before explains it; mailfuse top, "
                  "and hosts behind the same address");
    if (n > 0)
        to_do(list, stopped,
              stopped ? "these accounts are locked, or their incidents are over"
                      : "lock the accounts: mailfuse lock ACCOUNT");
    to_do(list, held == 0,
          held == 0 ? "nothing of theirs is left on hold"
                    : "delete what is held of theirs: mailfuse purge INCIDENT");
    to_do(list, box_count(d->box).troubled == 0,
          box_count(d->box).troubled == 0 ? "no step of mailfuse is outstanding"
                                          : "steps could not be taken yet: mailfuse incidents");
    return list;
}

/* Add to a listing what we know of it. */
static void complete(const struct daemon *d, json_t *row)
{
    const struct box_incident *culprits[CULPRITS_MAX];
    struct wall since = { json_get_int(row, "since") };
    size_t n = culprits_of(d, since.ms, culprits);
    json_t *list = json_array();

    for (size_t i = 0; i < n; i++)
        json_array_append_new(list, part_incident(d, culprits[i]));
    json_object_set_new(row, "since", part_time(d, since));
    json_object_set_new(row, "culprits", list);
    json_object_set_new(row, "steps", steps(d, culprits, n));
}

void control_delist(const struct control_call *c)
{
    struct daemon *d = c->d;
    json_t *rows = dnsbl_watch_listings(d, json_get_text(c->request, "what"));
    struct buf words = buf_make(1000);
    const char *state = dnsbl_watch_state(d, &words);

    for (size_t i = 0; i < json_array_size(rows); i++)
        complete(d, json_array_get(rows, i));
    control_answer_with(c, json_pack("{so ss so so so so}", "listings", rows, "state", state,
                                     "words", json_text(buf_slice(&words)), "last",
                                     part_time(d, dnsbl_watch_last(d)), "aside",
                                     dnsbl_watch_aside(d), "time", part_time(d, d->now)));
    buf_done(&words);
}
