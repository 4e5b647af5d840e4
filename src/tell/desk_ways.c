/* desk_ways.c - the ways, and the entries that wait for each. */
#include <stdlib.h>

#include "base/memory.h"
#include "tell/desk_private.h"

#include "base/ban.h"

static char *text_copy(const char *text)
{
    struct slice s = slice_head_utf8(slice_of(text), DESK_TEXT_MAX);

    return memory_text(s.n > 0 ? s.p : "", s.n);
}

struct desk_entry *entry_copy(const struct desk_entry *e)
{
    struct desk_entry *out = memory_new(1, sizeof *out);

    *out = *e;
    out->way = text_copy(e->way);
    out->language = text_copy(e->language);
    out->key = text_copy(e->key);
    out->state = text_copy(e->state);
    out->subject = text_copy(e->subject);
    out->domain = text_copy(e->domain);
    out->words = text_copy(e->words);
    out->details = text_copy(e->details);
    out->why = text_copy(e->why);
    return out;
}

void entry_free(struct desk_entry *e)
{
    if (e == NULL)
        return;
    free(e->way);
    free(e->language);
    free(e->key);
    free(e->state);
    free(e->subject);
    free(e->domain);
    free(e->words);
    free(e->details);
    free(e->why);
    free(e);
}

bool way_is_owner(struct slice id)
{
    return slice_starts(id, DESK_OWNER);
}

enum conf_way_kind desk_way_kind(struct slice id)
{
    for (unsigned k = CONF_WAY_WEBHOOK; k < CONF_WAY_KINDS; k++) {
        struct slice rest = id;

        if (slice_skip(&rest, slice_of(conf_way_kind_name((enum conf_way_kind)k))) &&
            slice_starts(rest, SLICE(" ")))
            return (enum conf_way_kind)k;
    }
    return CONF_WAY_MAIL;
}

struct way *way_find(const struct desk *d, struct slice id)
{
    for (uint32_t i = 0; i < d->ways_n; i++)
        if (slice_eq(slice_of(d->ways[i]->shown.id), id))
            return d->ways[i];
    return NULL;
}

static const struct conf_way *conf_of(const struct desk *d, struct slice id)
{
    for (uint32_t i = 0; i < d->conf->ways_n; i++)
        if (slice_eq(slice_of(d->conf->ways[i].id), id))
            return &d->conf->ways[i];
    return NULL;
}

struct way *way_ensure(struct desk *d, struct slice id)
{
    struct way *w = way_find(d, id);

    if (w != NULL)
        return w;
    if (d->ways_n == d->ways_room) {
        d->ways_room = d->ways_room > 0 ? 2 * d->ways_room : 16;
        d->ways = memory_resize(d->ways, d->ways_room, sizeof(struct way *));
    }
    w = memory_new(1, sizeof *w);
    w->shown.id = memory_text(id.p, id.n);
    w->shown.why = memory_text("", 0);
    w->conf = conf_of(d, id);
    d->ways[d->ways_n++] = w;
    return w;
}

void way_keep(struct desk *d, const struct way *w)
{
    d->keeper.way(d->keeper.ctx, &w->shown, false);
}

void entry_keep(struct desk *d, struct desk_entry *e)
{
    e->mark = d->keeper.entry(d->keeper.ctx, e, false);
}

void way_add(struct desk *d, struct way *w, struct desk_entry *e)
{
    if (w->n == w->room) {
        w->room = w->room > 0 ? 2 * w->room : 8;
        w->all = memory_resize(w->all, w->room, sizeof(struct desk_entry *));
    }
    w->all[w->n++] = e;
    if (e->number >= d->next_number)
        d->next_number = e->number + 1;
}

static struct desk_entry *take_out(struct way *w, uint32_t place)
{
    struct desk_entry *e = w->all[place];

    memmove(&w->all[place], &w->all[place + 1], (--w->n - place) * sizeof(struct desk_entry *));
    return e;
}

void way_drop(struct desk *d, struct way *w, uint32_t place)
{
    struct desk_entry *e = take_out(w, place);

    (void)d->keeper.entry(d->keeper.ctx, e, true);
    entry_free(e);
}

void way_give_up(struct desk *d, struct way *w, uint32_t place, struct slice why)
{
    struct desk_entry *e = take_out(w, place);

    free(e->why);
    why = slice_head_utf8(why, 300);
    e->why = memory_text(why.n > 0 ? why.p : "", why.n);
    e->given_up = true;
    desk_forget_way(d, e);
    if (d->given_up_n == DESK_GIVEN_UP_MAX) {
        (void)d->keeper.entry(d->keeper.ctx, d->given_up[0], true);
        entry_free(d->given_up[0]);
        memmove(d->given_up, d->given_up + 1, --d->given_up_n * sizeof(struct desk_entry *));
    }
    d->given_up[d->given_up_n++] = e;
    entry_keep(d, e);
    d->keeper.given_up(d->keeper.ctx, e);
}

static void way_free(struct way *w)
{
    for (uint32_t i = 0; i < w->n; i++)
        entry_free(w->all[i]);
    free(w->all);
    free(w->shown.id);
    free(w->shown.why);
    free(w);
}

void ways_sweep(struct desk *d)
{
    for (uint32_t i = d->ways_n; i > 0; i--) {
        struct way *w = d->ways[i - 1];

        if (w->n > 0 || w->conf != NULL || w->shown.under_way)
            continue;
        d->keeper.way(d->keeper.ctx, &w->shown, true);
        way_free(w);
        d->ways[i - 1] = d->ways[--d->ways_n];
    }
}

void desk_configure(struct desk *d, const struct conf_alerts *conf, struct wall at)
{
    (void)at;
    d->conf = conf;
    for (uint32_t i = 0; i < conf->ways_n; i++)
        (void)way_ensure(d, slice_of(conf->ways[i].id));
    for (uint32_t i = 0; i < d->ways_n; i++) {
        struct way *w = d->ways[i];

        w->conf = conf_of(d, slice_of(w->shown.id));
        while (w->n > 0 && w->conf == NULL && !way_is_owner(slice_of(w->shown.id)))
            way_give_up(d, w, 0, SLICE("the settings do not have this way any more"));
    }
    ways_sweep(d);
}

bool desk_load_entry(struct desk *d, const struct desk_entry *e)
{
    struct desk_entry *own;

    if (e->kind >= ALERT_KINDS || e->severity >= ALERT_SEVERITIES || e->number == 0)
        return false;
    own = entry_copy(e);
    own->mark = 0;
    own->born = e->at;
    if (!e->given_up) {
        way_add(d, way_ensure(d, slice_of(e->way)), own);
        return true;
    }
    if (d->given_up_n == DESK_GIVEN_UP_MAX)
        entry_free(own);
    else
        d->given_up[d->given_up_n++] = own;
    if (e->number >= d->next_number)
        d->next_number = e->number + 1;
    return true;
}

bool desk_load_way(struct desk *d, const struct desk_way *from)
{
    struct way *w;
    char *id, *why;

    if (from->id == NULL || from->id[0] == '\0')
        return false;
    w = way_ensure(d, slice_of(from->id));
    id = w->shown.id;
    why = w->shown.why;
    w->shown = *from;
    w->shown.id = id;
    w->shown.why = text_copy(from->why);
    w->shown.under_way = false;
    free(why);
    return true;
}

const struct desk_entry *desk_entry_at(const struct desk *d, uint32_t i)
{
    for (uint32_t k = 0; k < d->ways_n; k++) {
        if (i < d->ways[k]->n)
            return d->ways[k]->all[i];
        i -= d->ways[k]->n;
    }
    return i < d->given_up_n ? d->given_up[i] : NULL;
}

const struct desk_way *desk_way_at(const struct desk *d, uint32_t i)
{
    return i < d->ways_n ? &d->ways[i]->shown : NULL;
}

uint32_t desk_waiting(const struct desk *d, enum conf_way_kind kind)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < d->ways_n; i++)
        if (desk_way_kind(slice_of(d->ways[i]->shown.id)) == kind)
            n += d->ways[i]->n;
    return n;
}

void desk_clock_set(struct desk *d, int64_t by_ms)
{
    for (uint32_t i = 0; i < d->ways_n; i++) {
        struct desk_way *w = &d->ways[i]->shown;

        w->next.ms += w->next.ms != 0 ? by_ms : 0;
        w->digest.ms += w->digest.ms != 0 ? by_ms : 0;
        w->failing_since.ms += w->failing_since.ms != 0 ? by_ms : 0;
        for (unsigned g = 0; g < ALERT_GROUPS; g++)
            w->groups[g].since.ms += by_ms;
        for (uint32_t k = 0; k < d->ways[i]->n; k++)
            d->ways[i]->all[k]->born.ms += by_ms;
    }
}

void desk_free(struct desk *d)
{
    if (d == NULL)
        return;
    for (uint32_t i = 0; i < d->ways_n; i++)
        way_free(d->ways[i]);
    for (uint32_t i = 0; i < d->given_up_n; i++)
        entry_free(d->given_up[i]);
    for (uint32_t i = 0; i < d->states_n; i++) {
        for (uint32_t k = 0; k < d->states[i]->ways_n; k++)
            free(d->states[i]->ways[k]);
        free(d->states[i]->ways);
        free(d->states[i]->key);
        free(d->states[i]->state);
        free(d->states[i]);
    }
    table_done(&d->by_key);
    free(d->ways);
    free(d->states);
    free(d->letter);
    free(d);
}
