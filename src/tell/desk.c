/* desk.c - what is news, and whom it concerns. */
#include "tell/desk.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/memory.h"
#include "tell/desk_private.h"

#include "base/ban.h"

struct desk *desk_new(const struct conf_alerts *conf, const struct desk_keeper *keeper)
{
    struct desk *d = memory_new(1, sizeof *d);

    d->conf = conf;
    d->keeper = *keeper;
    d->next_number = 1;
    return d;
}

/* ---- what was told of each key */

static uint32_t place_of(const struct desk *d, struct slice key)
{
    struct table_probe p = table_find(&d->by_key, hash_slice(key, 0));
    uint32_t i;

    for (; table_at(&d->by_key, &p, &i); table_step(&d->by_key, &p))
        if (slice_eq(slice_of(d->states[i]->key), key))
            return i;
    return UINT32_MAX;
}

const struct desk_state *desk_state(const struct desk *d, struct slice key)
{
    uint32_t i = place_of(d, key);

    return i != UINT32_MAX ? d->states[i] : NULL;
}

static void remove_state(struct desk *d, uint32_t i)
{
    struct desk_state *s = d->states[i];
    uint32_t last = --d->states_n;

    d->keeper.state(d->keeper.ctx, s, true);
    (void)table_remove(&d->by_key, hash_slice(slice_of(s->key), 0), i);
    if (i != last) {
        table_move(&d->by_key, hash_slice(slice_of(d->states[last]->key), 0), last, i);
        d->states[i] = d->states[last];
    }
    for (uint32_t k = 0; k < s->ways_n; k++)
        free(s->ways[k]);
    free(s->ways);
    free(s->key);
    free(s->state);
    free(s);
}

static bool told(const struct desk_state *s, struct slice way)
{
    for (uint32_t i = 0; s != NULL && i < s->ways_n; i++)
        if (slice_eq(slice_of(s->ways[i]), way))
            return true;
    return false;
}

static void add_told(struct desk_state *s, struct slice way)
{
    if (told(s, way) || s->ways_n == DESK_TOLD_MAX)
        return;
    s->ways = memory_resize(s->ways, s->ways_n + 1, sizeof(char *));
    s->ways[s->ways_n++] = memory_text(way.p, way.n);
}

static void remove_oldest(struct desk *d)
{
    uint32_t oldest = 0;

    for (uint32_t i = 1; i < d->states_n; i++)
        if (d->states[i]->at.ms < d->states[oldest]->at.ms)
            oldest = i;
    remove_state(d, oldest);
}

static struct desk_state *new_state(struct desk *d, struct slice key)
{
    struct desk_state *s;

    if (d->states_n == DESK_STATES_MAX)
        remove_oldest(d);
    if (d->states_n == d->states_room) {
        d->states_room = d->states_room > 0 ? 2 * d->states_room : 64;
        d->states = memory_resize(d->states, d->states_room, sizeof(struct desk_state *));
    }
    s = memory_new(1, sizeof *s);
    s->key = memory_text(key.p, key.n);
    s->state = memory_text("", 0);
    table_add(&d->by_key, hash_slice(key, 0), d->states_n);
    d->states[d->states_n++] = s;
    return s;
}

bool desk_load_state(struct desk *d, const struct desk_state *from)
{
    struct desk_state *s;

    if (from->kind >= ALERT_KINDS || desk_state(d, slice_of(from->key)) != NULL)
        return false;
    s = new_state(d, slice_of(from->key));
    free(s->state);
    s->state = memory_text(from->state, strlen(from->state));
    s->kind = from->kind;
    s->at = from->at;
    for (uint32_t i = 0; i < from->ways_n; i++)
        add_told(s, slice_of(from->ways[i]));
    return true;
}

void desk_forget_way(struct desk *d, const struct desk_entry *e)
{
    uint32_t place = place_of(d, slice_of(e->key));
    struct desk_state *s = place != UINT32_MAX ? d->states[place] : NULL;

    for (uint32_t i = 0; s != NULL && i < s->ways_n; i++) {
        if (strcmp(s->ways[i], e->way) != 0)
            continue;
        free(s->ways[i]);
        s->ways[i] = s->ways[--s->ways_n];
        d->keeper.state(d->keeper.ctx, s, false);
        return;
    }
}

/* What happened a day ago may be told again: it need not be remembered. */
void desk_prune(struct desk *d, struct wall at)
{
    if (at.ms - d->pruned.ms < HOUR_MS && at.ms >= d->pruned.ms)
        return;
    d->pruned = at;
    for (uint32_t i = d->states_n; i > 0; i--) {
        const struct desk_state *s = d->states[i - 1];

        if (alert_kind_row(s->kind)->effect == ALERT_ONCE && at.ms - s->at.ms >= DESK_AGAIN_MS)
            remove_state(d, i - 1);
    }
}

/* ---- whom it concerns */

bool desk_is_within(struct slice domain, struct slice of)
{
    if (of.n == 0 || !slice_ends(domain, of))
        return false;
    return domain.n == of.n || domain.p[domain.n - of.n - 1] == '.';
}

static bool has_domain(const struct conf_way *w, struct slice domain)
{
    for (uint32_t i = 0; i < w->domains_n; i++)
        if (desk_is_within(domain, slice_of(w->domains[i])))
            return true;
    return w->domains_n == 0;
}

/* A way is not told that it does not work itself. */
static bool is_about(const struct desk_event *e, const struct conf_way *w)
{
    struct slice key = e->key;

    return slice_skip(&key, SLICE("way ")) && slice_eq(key, slice_of(w->id));
}

static bool wants(const struct desk_event *e, const struct conf_way *w)
{
    return e->severity >= w->least && has_domain(w, e->domain) && !is_about(e, w);
}

static bool is_locked(const struct desk *d, const struct conf_way *w)
{
    return w->kind == CONF_WAY_MAIL && d->keeper.locked != NULL &&
           d->keeper.locked(d->keeper.ctx, slice_of(w->name));
}

/* The newer state says all that the older one does. What is worse is not kept back by what is
 * better, but for a moment. */
static bool says_more(const struct desk_entry *fresh, const struct desk_entry *e)
{
    return alert_kind_row(e->kind)->effect == ALERT_BEGINS &&
           alert_kind_row(fresh->kind)->effect == ALERT_BEGINS &&
           (fresh->severity >= e->severity || fresh->born.ms - e->born.ms < DESK_SETTLE_MS);
}

/* Another state of the same key that is in no letter yet. */
static bool supersede(struct desk *d, struct way *w, struct desk_entry *fresh)
{
    for (uint32_t i = w->n; i > 0; i--) {
        const struct desk_entry *e = w->all[i - 1];

        if (strcmp(e->key, fresh->key) != 0)
            continue;
        if (e->letter != 0 || !says_more(fresh, e))
            return false;
        fresh->born = e->born;
        way_drop(d, w, i - 1);
        return true;
    }
    return false;
}

static char *copy(struct slice s, size_t most)
{
    s = slice_head_utf8(s, most);
    return memory_text(s.n > 0 ? s.p : "", s.n);
}

static void put_down(struct desk *d, struct slice id, const struct desk_event *e, struct wall at)
{
    struct way *w = way_ensure(d, id);
    struct desk_entry *out = memory_new(1, sizeof *out);
    bool details = e->details.n <= DESK_TEXT_MAX;

    *out = (struct desk_entry){ .number = d->next_number++,
                                .kind = e->kind,
                                .severity = e->severity,
                                .incident = e->incident,
                                .owner = way_is_owner(id),
                                .at = at,
                                .born = at,
                                .way = copy(id, DESK_KEY_MAX),
                                .key = copy(e->key, DESK_KEY_MAX),
                                .state = copy(e->state, DESK_KEY_MAX),
                                .subject = copy(e->subject, DESK_KEY_MAX),
                                .domain = copy(e->domain, DESK_KEY_MAX),
                                .words = copy(e->words, DESK_TEXT_MAX),
                                .details = copy(details ? e->details : SLICE(""), DESK_TEXT_MAX),
                                .why = copy(SLICE(""), 1) };
    out->language = copy(out->owner ? e->owner_language : SLICE(""), CONF_LANGUAGE_MAX);
    (void)supersede(d, w, out);
    if (w->n >= DESK_WAITING_MAX)
        way_give_up(d, w, w->shown.under_way ? w->n - 1 : 0, SLICE("too many waited"));
    way_add(d, w, out);
    entry_keep(d, out);
}

/* Each way that wants it, or was told of that key before. Those who cannot read it safely are not
 * to be the only ones: then everybody else is told, whatever he wants. */
static void put_down_all(struct desk *d, const struct desk_event *e, struct desk_state *s,
                         struct wall at)
{
    bool safe = false, unsafe = false;

    for (uint32_t i = 0; i < d->conf->ways_n; i++) {
        const struct conf_way *w = &d->conf->ways[i];

        if (!wants(e, w) && !told(s, slice_of(w->id)))
            continue;
        if (is_locked(d, w))
            unsafe = true;
        else
            safe = true;
        put_down(d, slice_of(w->id), e, at);
        add_told(s, slice_of(w->id));
    }
    for (uint32_t i = 0; unsafe && !safe && i < d->conf->ways_n; i++) {
        const struct conf_way *w = &d->conf->ways[i];

        if (told(s, slice_of(w->id)) || is_locked(d, w) || is_about(e, w))
            continue;
        put_down(d, slice_of(w->id), e, at);
        add_told(s, slice_of(w->id));
    }
}

static void tell_owner(struct desk *d, const struct desk_event *e, struct desk_state *s,
                       struct wall at)
{
    struct buf id = buf_make(DESK_KEY_MAX);

    buf_add(&id, DESK_OWNER);
    buf_add(&id, e->owner);
    if (!id.full && !(d->keeper.locked != NULL && d->keeper.locked(d->keeper.ctx, e->owner))) {
        put_down(d, buf_slice(&id), e, at);
        add_told(s, buf_slice(&id));
    }
    buf_done(&id);
}

static void ended(struct desk *d, const struct desk_event *e, uint32_t place, struct wall at)
{
    const struct desk_state *s = d->states[place];

    for (uint32_t i = 0; i < s->ways_n; i++) {
        struct slice id = slice_of(s->ways[i]);

        if (way_is_owner(id) || way_find(d, id) != NULL)
            put_down(d, id, e, at);
    }
    remove_state(d, place);
}

bool desk_raise(struct desk *d, const struct desk_event *e, struct wall at)
{
    const struct alert_kind_row *row = alert_kind_row(e->kind);
    struct slice key = slice_head_utf8(e->key, DESK_KEY_MAX);
    struct slice state = slice_head_utf8(e->state, DESK_KEY_MAX);
    uint32_t place = place_of(d, key);
    struct desk_state *s = place != UINT32_MAX ? d->states[place] : NULL;

    if (row->effect == ALERT_ENDS) {
        if (s != NULL)
            ended(d, e, place, at);
        return s != NULL;
    }
    if (s != NULL && slice_eq(slice_of(s->state), state) &&
        (row->effect == ALERT_BEGINS || (at.ms - s->at.ms < DESK_AGAIN_MS && at.ms >= s->at.ms)))
        return false;
    if (s == NULL)
        s = new_state(d, key);
    free(s->state);
    s->state = copy(state, DESK_KEY_MAX);
    s->kind = e->kind;
    s->at = at;
    put_down_all(d, e, s, at);
    if (row->for_owner && e->owner.n > 0)
        tell_owner(d, e, s, at);
    d->keeper.state(d->keeper.ctx, s, false);
    return true;
}
