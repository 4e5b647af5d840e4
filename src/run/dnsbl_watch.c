#include "run/dnsbl_watch_private.h"

#include <stdlib.h>
#include <syslog.h>

#include "base/memory.h"

#include "base/ban.h"

enum {
    FIRST_MS = MINUTE_MS, /* after the start: other things are more urgent */
    FIRST_JITTER_MS = 2 * MINUTE_MS,
    SOON_MS = SECOND_MS,
    PER_SECOND = 20, /* to each list */
    TIMEOUT_MS = 5 * SECOND_MS,
    TROUBLE_MAX = 1000,
};

static int64_t chance(int64_t below)
{
    return (int64_t)arc4random_uniform((uint32_t)below);
}

/* What a cycle needs; not what was found. */
static void clear_cycle(struct dnsbl_watch *l)
{
    resolver_free(l->resolver);
    dnsbl_cycle_free(l->cycle);
    conf_lists_done(&l->lists);
    free(l->subjects);
    free(l->names);
    l->resolver = NULL;
    l->cycle = NULL;
    l->subjects = NULL;
    l->names = NULL;
}

/* A quarter of the time more or less, so that all hosts of the world do not ask at the same time.
 */
static void set_next(struct dnsbl_watch *l)
{
    int64_t every_ms = l->d->conf->daemon.dnsbl.every_ms;

    l->next.ms = l->d->now.ms + every_ms * 3 / 4 + chance(every_ms / 2 + 1);
}

/* A dnsbl_finished. */
static void finished(void *ctx)
{
    struct dnsbl_watch *l = ctx;

    daemon_clock(l->d);
    dnsbl_watch_compare(l);
    l->last = l->d->now;
    set_next(l);
    clear_cycle(l);
}

static void add_subject(struct dnsbl_watch *l, const struct dnsbl_subject *s)
{
    struct dnsbl_subject *to = &l->subjects[l->plan.subjects_n];

    for (size_t i = 0; i < l->plan.subjects_n; i++) {
        const struct dnsbl_subject *known = &l->subjects[i];

        if (known->kind == s->kind &&
            (s->kind == DNSBL_DOMAIN ? slice_eq(slice_of(known->domain), slice_of(s->domain))
                                     : ip_eq(&known->ip, &s->ip)))
            return;
    }
    if (l->plan.subjects_n == DNSBL_WATCH_SUBJECTS)
        return;
    *to = *s;
    if (s->kind == DNSBL_DOMAIN) { /* settings may be replaced while we ask */
        snprintf(l->names[l->plan.subjects_n], DNSBL_NAME_MAX, "%s", s->domain);
        to->domain = l->names[l->plan.subjects_n];
    }
    l->plan.subjects_n++;
}

static void add_address(struct dnsbl_watch *l, const struct ip *ip)
{
    struct dnsbl_subject s = { .kind = ip_is_v4(ip) ? DNSBL_IP4 : DNSBL_IP6, .ip = *ip };

    if (!ip_is_private(ip))
        add_subject(l, &s);
}

/* Of the interfaces, and of the settings. */
static void gather(struct dnsbl_watch *l)
{
    const struct daemon *d = l->d;
    const struct conf_dnsbl *conf = &d->conf->daemon.dnsbl;
    enum { SINGLE_MAX = 100 };
    struct ip single[SINGLE_MAX];
    size_t n = conf_own_single(d->conf, single, SINGLE_MAX);

    l->subjects = memory_new(DNSBL_WATCH_SUBJECTS, sizeof *l->subjects);
    l->names = memory_new(DNSBL_WATCH_SUBJECTS, sizeof *l->names);
    l->plan.subjects_n = 0;
    for (uint32_t i = 0; i < d->own.n; i++)
        add_address(l, &d->own.all[i]);
    for (size_t i = 0; i < n; i++)
        add_address(l, &single[i]);
    for (uint32_t i = 0; i < conf->subjects_n; i++)
        add_subject(l, &conf->subjects[i]);
}

/* The lists and the way to them. False with the reason in `trouble`. */
static bool prepare(struct dnsbl_watch *l)
{
    const struct conf_dnsbl *conf = &l->d->conf->daemon.dnsbl;
    CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };

    if (!conf_lists_load(&l->lists, conf->lists, &errors)) {
        buf_add(&l->trouble, errors.all[0].text);
        return false;
    }
    gather(l);
    l->asked = l->plan.subjects_n;
    if (l->asked == 0)
        return false;
    l->resolver = resolver_new(l->d->base, conf->resolvers, conf->resolvers_n, &l->trouble);
    return l->resolver != NULL;
}

static void begin(struct dnsbl_watch *l)
{
    buf_clear(&l->trouble);
    l->plan = (struct dnsbl_plan){ .per_second = PER_SECOND, .timeout_ms = TIMEOUT_MS };
    arc4random_buf(&l->plan.seed, sizeof l->plan.seed);
    if (!prepare(l)) {
        if (l->trouble.n > 0)
            daemon_say(l->d, LOG_WARNING, "DNS lists are not asked: %.*s",
                       SLICE_ARG(buf_slice(&l->trouble)));
        set_next(l);
        clear_cycle(l);
        return;
    }
    l->plan.lists = l->lists.all;
    l->plan.lists_n = l->lists.n;
    l->plan.subjects = l->subjects;
    l->cycle = dnsbl_cycle_new(l->d->base, l->resolver, &l->plan, finished, l);
}

void dnsbl_watch_step(struct daemon *d)
{
    struct dnsbl_watch *l = d->dnsbl_watch;
    int64_t every_ms = d->conf->daemon.dnsbl.every_ms;

    if (l == NULL || l->cycle != NULL || every_ms == 0)
        return;
    if (l->next.ms == 0 || l->next.ms > d->now.ms + 2 * every_ms) /* or the clock was set back */
        l->next.ms = d->now.ms + FIRST_MS + chance(FIRST_JITTER_MS);
    if (d->now.ms >= l->next.ms)
        begin(l);
}

void dnsbl_watch_soon(struct daemon *d)
{
    if (d->dnsbl_watch != NULL)
        d->dnsbl_watch->next.ms = d->now.ms + SOON_MS;
}

/* A store_item_row. */
static bool load_listing(void *ctx, struct slice key, struct slice value)
{
    struct dnsbl_watch *l = ctx;
    struct dnsbl_watch_listing *to;
    json_t *from;

    if (!slice_starts(key, SLICE("listing ")) || l->listings_n == DNSBL_WATCH_LISTINGS)
        return true;
    from = json_loadb(value.p, value.n, 0, NULL);
    if (!json_is_object(from)) {
        json_decref(from);
        return false;
    }
    if (l->listings_n == l->listings_room) {
        l->listings_room = l->listings_room > 0 ? 2 * l->listings_room : 16;
        l->listings = memory_resize(l->listings, l->listings_room, sizeof *l->listings);
    }
    to = &l->listings[l->listings_n++];
    *to = (struct dnsbl_watch_listing){ memory_text(key.p, key.n), from };
    return true;
}

int dnsbl_watch_load(struct daemon *d, struct buf *error)
{
    int status;

    d->dnsbl_watch = memory_new(1, sizeof *d->dnsbl_watch);
    *d->dnsbl_watch = (struct dnsbl_watch){ .d = d, .trouble = buf_make(TROUBLE_MAX) };
    status = store_each_item(d->store, STORE_OTHER, load_listing, d->dnsbl_watch, error);
    if (status == 0)
        dnsbl_watch_count(d->dnsbl_watch);
    return status;
}

void dnsbl_watch_free(struct dnsbl_watch *l)
{
    if (l == NULL)
        return;
    clear_cycle(l);
    for (uint32_t i = 0; i < l->listings_n; i++) {
        free(l->listings[i].key);
        json_decref(l->listings[i].value);
    }
    free(l->listings);
    json_decref(l->by_list);
    json_decref(l->aside);
    buf_done(&l->trouble);
    free(l);
}
