/* desk_letters.c - what leaves when: quiet hours, digests, and trying again. */
#include <stdlib.h>

#include "base/memory.h"
#include "tell/desk_private.h"

#include "base/ban.h"

static const int64_t pauses_ms[] = { MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, HOUR_MS };

static bool is_quiet(const struct way *w, struct wall at, int32_t utc_offset_s)
{
    int64_t minute = (at.ms + (int64_t)utc_offset_s * SECOND_MS) / MINUTE_MS % (24 * 60);
    uint32_t from, to;

    if (w->conf == NULL || w->conf->quiet_from == w->conf->quiet_to)
        return false;
    from = w->conf->quiet_from;
    to = w->conf->quiet_to;
    if (from < to)
        return minute >= from && minute < to;
    return minute >= from || minute < to;
}

/* It may leave as far as it is concerned. */
static bool is_ready(const struct desk_entry *e, bool quiet, struct wall at)
{
    int64_t age = at.ms - e->born.ms;

    return (age >= DESK_SETTLE_MS || age < 0) && !(quiet && e->severity < ALERT_CRITICAL);
}

static struct desk_group *group_of(struct way *w, const struct desk_entry *e)
{
    return &w->shown.groups[alert_kind_row(e->kind)->group];
}

/* One more single letter is in the measure of its group. */
static bool may_go_singly(const struct desk *d, struct way *w, const struct desk_entry *e,
                          struct wall at)
{
    struct desk_group *g = group_of(w, e);
    int64_t open = at.ms - g->since.ms;

    if (way_is_owner(slice_of(w->shown.id)))
        return true;
    if (g->full)
        return false;
    if (open < 0 || open >= d->conf->digest_window_ms) {
        g->since = at;
        g->letters = 0;
    }
    if (g->letters < d->conf->digest_after) {
        g->letters++;
        return true;
    }
    g->full = true;
    if (w->shown.digest.ms == 0)
        w->shown.digest.ms =
            e->born.ms + (d->conf->digest_window_ms < DESK_GATHER_MS ? d->conf->digest_window_ms
                                                                     : DESK_GATHER_MS);
    return false;
}

static void assign(struct desk *d, struct desk_entry *e, uint64_t letter)
{
    e->letter = letter;
    entry_keep(d, e);
}

/* It was kept back by quiet hours, which are over. */
static bool is_of_night(const struct way *w, const struct desk_entry *e, bool quiet,
                        int32_t utc_offset_s)
{
    return !quiet && e->severity < ALERT_CRITICAL && is_quiet(w, e->at, utc_offset_s);
}

/* A digest is due: of all full groups. When nothing waits for it, single letters go again. */
static bool make_digest(struct desk *d, struct way *w, bool quiet, struct wall at,
                        int32_t utc_offset_s)
{
    uint64_t letter = 0;
    bool waits = false;

    for (uint32_t i = 0; i < w->n; i++) {
        struct desk_entry *e = w->all[i];

        if (e->letter != 0 || !(group_of(w, e)->full || is_of_night(w, e, quiet, utc_offset_s)))
            continue;
        waits = true;
        if (!is_ready(e, quiet, at))
            continue;
        if (letter == 0)
            letter = e->number;
        assign(d, e, letter);
    }
    if (letter != 0) {
        w->shown.digest.ms = at.ms + d->conf->digest_every_ms;
    } else if (!waits) {
        w->shown.digest.ms = 0;
        memset(w->shown.groups, 0, sizeof w->shown.groups);
        way_keep(d, w);
    }
    return letter != 0;
}

/* More than may go singly came in quiet hours: what follows goes on in digests. */
static void follow_night(const struct desk *d, struct way *w, const uint32_t told[ALERT_GROUPS],
                         struct wall at)
{
    for (unsigned g = 0; g < ALERT_GROUPS; g++) {
        if (told[g] <= d->conf->digest_after)
            continue;
        w->shown.groups[g].full = true;
        if (w->shown.digest.ms == 0)
            w->shown.digest.ms = at.ms + d->conf->digest_every_ms;
    }
}

/* Quiet hours are over: all that was raised in them is one letter, but for what waits for a digest
 * anyway. */
static bool make_morning(struct desk *d, struct way *w, bool quiet, struct wall at,
                         int32_t utc_offset_s)
{
    uint32_t told[ALERT_GROUPS] = { 0 };
    uint64_t letter = 0;

    for (uint32_t i = 0; i < w->n; i++) {
        struct desk_entry *e = w->all[i];

        if (e->letter != 0 || group_of(w, e)->full || !is_ready(e, quiet, at) ||
            !is_of_night(w, e, quiet, utc_offset_s))
            continue;
        if (letter == 0)
            letter = e->number;
        assign(d, e, letter);
        told[alert_kind_row(e->kind)->group]++;
    }
    follow_night(d, w, told, at);
    return letter != 0;
}

/* Decide what the next letter of that way is; false: none. */
static bool begin_letter(struct desk *d, struct way *w, bool quiet, struct wall at,
                         int32_t utc_offset_s)
{
    if ((w->shown.digest.ms != 0 && at.ms >= w->shown.digest.ms &&
         make_digest(d, w, quiet, at, utc_offset_s)) ||
        make_morning(d, w, quiet, at, utc_offset_s)) {
        way_keep(d, w);
        return true;
    }
    for (uint32_t i = 0; i < w->n; i++) {
        struct desk_entry *e = w->all[i];

        if (!is_ready(e, quiet, at) || !may_go_singly(d, w, e, at))
            continue;
        assign(d, e, e->number);
        way_keep(d, w);
        return true;
    }
    return false;
}

/* The oldest letter that was begun and may leave now; 0: none. */
static uint64_t begun(const struct way *w, bool quiet)
{
    for (uint32_t i = 0; i < w->n; i++)
        if (w->all[i]->letter != 0 && !(quiet && w->all[i]->severity < ALERT_CRITICAL))
            return w->all[i]->letter;
    return 0;
}

/* All of a letter. False: it is not on disk yet. */
static bool gather(struct desk *d, const struct way *w, uint64_t letter, uint64_t kept,
                   struct desk_letter *out)
{
    if (d->letter_room < w->n) {
        d->letter_room = w->n;
        d->letter = memory_resize(d->letter, d->letter_room, sizeof(const struct desk_entry *));
    }
    *out = (struct desk_letter){
        .number = letter, .way = w->conf, .id = slice_of(w->shown.id), .entries = d->letter
    };
    for (uint32_t i = 0; i < w->n; i++) {
        if (w->all[i]->letter != letter)
            continue;
        if (w->all[i]->mark > kept)
            return false;
        d->letter[out->n++] = w->all[i];
    }
    return out->n > 0;
}

static bool next_of(struct desk *d, struct way *w, struct wall at, int32_t utc_offset_s,
                    uint64_t kept, struct desk_letter *out)
{
    bool quiet = is_quiet(w, at, utc_offset_s);
    uint64_t letter;

    if (w->shown.under_way || at.ms < w->shown.next.ms)
        return false;
    letter = begun(w, quiet);
    if (letter == 0 && begin_letter(d, w, quiet, at, utc_offset_s))
        letter = begun(w, quiet);
    if (letter == 0 || !gather(d, w, letter, kept, out))
        return false;
    w->shown.under_way = true;
    return true;
}

bool desk_next(struct desk *d, struct wall at, int32_t utc_offset_s, uint64_t kept,
               struct desk_letter *out)
{
    desk_prune(d, at);
    for (uint32_t i = 0; i < d->ways_n; i++) {
        if (next_of(d, d->ways[i], at, utc_offset_s, kept, out))
            return true;
    }
    return false;
}

/* The way on which that letter is; its youngest entry in `*newest`. */
static struct way *way_of_letter(const struct desk *d, uint64_t letter, struct wall *newest)
{
    struct way *found = NULL;

    for (uint32_t i = 0; i < d->ways_n; i++)
        for (uint32_t k = 0; d->ways[i]->shown.under_way && k < d->ways[i]->n; k++)
            if (d->ways[i]->all[k]->letter == letter) {
                found = d->ways[i];
                *newest = found->all[k]->born;
            }
    return found;
}

static void end_letter(struct desk *d, struct way *w, uint64_t letter, bool delivered,
                       struct slice why)
{
    for (uint32_t i = w->n; i > 0; i--) {
        if (w->all[i - 1]->letter != letter)
            continue;
        if (delivered)
            way_drop(d, w, i - 1);
        else
            way_give_up(d, w, i - 1, why);
    }
}

static void set_why(struct way *w, struct slice why)
{
    free(w->shown.why);
    why = slice_head_utf8(why, 300);
    w->shown.why = memory_text(why.n > 0 ? why.p : "", why.n);
}

static void count_failure(struct way *w, uint32_t retry_after_s, struct wall at)
{
    uint32_t n = w->shown.failures < COUNT(pauses_ms) ? w->shown.failures : COUNT(pauses_ms) - 1;
    int64_t pause = pauses_ms[n], asked = (int64_t)retry_after_s * SECOND_MS;

    if (w->shown.failures < UINT32_MAX)
        w->shown.failures++;
    if (w->shown.failing_since.ms == 0)
        w->shown.failing_since = at;
    if (asked > pause)
        pause = asked < DAY_MS ? asked : DAY_MS;
    w->shown.next.ms = at.ms + pause;
}

void desk_done(struct desk *d, uint64_t letter, enum desk_result result, uint32_t retry_after_s,
               struct slice why, struct wall at)
{
    struct wall newest = at;
    struct way *w = way_of_letter(d, letter, &newest);

    if (w == NULL)
        return;
    w->shown.under_way = false;
    if (result == DESK_AGAIN)
        return;
    set_why(w, result == DESK_DELIVERED ? SLICE("") : why);
    if (result == DESK_LATER) {
        count_failure(w, retry_after_s, at);
        if (at.ms - newest.ms < DESK_PATIENCE_MS) {
            way_keep(d, w);
            return;
        }
    } else {
        w->shown.failures = 0;
        w->shown.next = w->shown.failing_since = (struct wall){ 0 };
    }
    end_letter(d, w, letter, result == DESK_DELIVERED, why);
    way_keep(d, w);
    ways_sweep(d);
}
