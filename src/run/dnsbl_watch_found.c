/* dnsbl_watch_found.c - what the lists said: listings begin and end, and are told of. */
#include "run/dnsbl_watch_private.h"

#include <stdlib.h>
#include <syslog.h>

#include "base/memory.h"
#include "report/words.h"
#include "run/dnsbl_json.h"

#include "base/ban.h"

enum { KEY_MAX = 600 };

static void key_of(const struct dnsbl_subject *s, const struct dnsbl_list *list, char key[KEY_MAX])
{
    char text[IP_TEXT_MAX];

    snprintf(key, KEY_MAX, "listing %s %s", dnsbl_subject_text(s, text), list->zone);
}

static struct dnsbl_watch_listing *find(struct dnsbl_watch *l, const char *key)
{
    for (uint32_t i = 0; i < l->listings_n; i++)
        if (strcmp(l->listings[i].key, key) == 0)
            return &l->listings[i];
    return NULL;
}

/* Return the number of its incident. */
static uint32_t find_it(struct dnsbl_watch *l, const json_t *value)
{
    struct finding_news news = { FINDING_LISTING,
                                 json_get_text(value, "subject"),
                                 json_get_text(value, "zone"),
                                 { NULL, 0 },
                                 FINDING_NOBODY };
    struct buf words = buf_make(KEY_MAX);
    uint32_t incident;

    buf_add(&words, SLICE("listed by "));
    buf_add(&words, json_get_text(value, "name"));
    buf_add(&words, SLICE(": "));
    buf_add(&words, json_get_text(value, "words"));
    news.words = buf_slice(&words);
    incident = findings_begin(l->d, &news);
    buf_done(&words);
    return incident;
}

static uint32_t find_it_over(struct dnsbl_watch *l, const json_t *value)
{
    return findings_end(l->d, FINDING_LISTING, json_get_text(value, "subject"),
                        json_get_text(value, "zone"));
}

static void tell(struct dnsbl_watch *l, const json_t *value, const char *what)
{
    struct slice subject = json_get_text(value, "subject"), name = json_get_text(value, "name");
    struct slice words = json_get_text(value, "words");
    bool listed = strcmp(what, "listed") == 0;
    struct buf detail = buf_make(KEY_MAX);
    uint32_t incident;

    buf_printf(&detail, "%.*s%s%.*s", SLICE_ARG(name), listed ? ": " : "",
               SLICE_ARG(listed ? words : SLICE("")));
    incident = listed ? find_it(l, value) : find_it_over(l, value);
    alerts_listing(l->d, value, listed, incident);
    keep_note(l->d, incident, SLICE("mailfuse"), subject, what, buf_slice(&detail));
    buf_done(&detail);
}

/* A listing goes on, or begins: the new words, and the time of the first sighting. */
static void is_listed(struct dnsbl_watch *l, const char *key, json_t *value)
{
    struct dnsbl_watch_listing *known = find(l, key);
    json_int_t since = known != NULL ? json_get_int(known->value, "since") : l->d->now.ms;

    json_object_set_new(value, "since", json_integer(since));
    if (known == NULL && l->listings_n == DNSBL_WATCH_LISTINGS) {
        json_decref(value);
        return;
    }
    if (known == NULL) {
        if (l->listings_n == l->listings_room) {
            l->listings_room = l->listings_room > 0 ? 2 * l->listings_room : 16;
            l->listings = memory_resize(l->listings, l->listings_room, sizeof *l->listings);
        }
        known = &l->listings[l->listings_n++];
        *known = (struct dnsbl_watch_listing){ memory_text(key, strlen(key)), NULL };
        tell(l, value, "listed");
    } else if (json_equal(known->value, value)) {
        if (findings_find(l->d->findings, FINDING_LISTING, json_get_text(value, "subject"),
                          json_get_text(value, "zone")) == NULL)
            (void)find_it(l, value); /* an older version did not tie it to anybody */
        json_decref(value);
        return;
    }
    json_decref(known->value);
    known->value = value;
    keep_other(l->d, slice_of(key), json_incref(value));
}

static void drop(struct dnsbl_watch *l, struct dnsbl_watch_listing *gone)
{
    (void)find_it_over(l, gone->value);
    alerts_listing(l->d, gone->value, false, 0); /* or nobody asks any more */
    keep_other(l->d, slice_of(gone->key), NULL);
    free(gone->key);
    json_decref(gone->value);
    *gone = l->listings[--l->listings_n];
}

static void is_clean(struct dnsbl_watch *l, const char *key)
{
    struct dnsbl_watch_listing *known = find(l, key);

    if (known == NULL)
        return;
    tell(l, known->value, "delisted");
    drop(l, known);
}

/* Of a subject that is no longer ours, or a list that is no longer asked. */
static void drop_strangers(struct dnsbl_watch *l)
{
    for (uint32_t i = l->listings_n; i > 0; i--) {
        struct dnsbl_watch_listing *one = &l->listings[i - 1];
        const struct dnsbl_list *list =
            conf_lists_find(&l->lists, json_get_text(one->value, "zone"));
        struct slice subject = json_get_text(one->value, "subject");
        char text[IP_TEXT_MAX];
        bool ours = false;

        for (size_t k = 0; k < l->plan.subjects_n; k++)
            ours = ours || slice_eq(subject, slice_of(dnsbl_subject_text(&l->subjects[k], text)));
        if (!ours || list == NULL || list->off != NULL)
            drop(l, one);
    }
}

static void count_lists(struct dnsbl_watch *l)
{
    json_decref(l->aside);
    l->aside = json_array();
    l->alive = 0;
    for (size_t i = 0; i < l->plan.lists_n; i++) {
        for (unsigned k = 0; k < DNSBL_KINDS; k++) {
            enum dnsbl_kind kind = (enum dnsbl_kind)(1u << k);
            const char *why;
            enum dnsbl_life life = dnsbl_cycle_life(l->cycle, i, kind, &why);

            l->alive += life == DNSBL_ALIVE;
            if (life == DNSBL_ASIDE)
                json_array_append_new(
                    l->aside, json_pack("{ss ss so}", "zone", l->plan.lists[i].zone, "kind",
                                        dnsbl_kind_name(kind), "why", json_text(slice_of(why))));
        }
    }
}

void dnsbl_watch_count(struct dnsbl_watch *l)
{
    json_decref(l->by_list);
    l->by_list = json_object();
    for (size_t i = 0; l->cycle != NULL && i < l->plan.lists_n; i++)
        if (l->plan.lists[i].off == NULL)
            json_object_set_new(l->by_list, l->plan.lists[i].zone, json_integer(0));
    for (uint32_t i = 0; i < l->listings_n; i++) {
        const char *zone = json_string_value(json_object_get(l->listings[i].value, "zone"));

        if (zone != NULL)
            json_object_set_new(l->by_list, zone, json_integer(json_get_int(l->by_list, zone) + 1));
    }
}

void dnsbl_watch_compare(struct dnsbl_watch *l)
{
    count_lists(l);
    for (size_t i = 0; i < l->plan.subjects_n; i++) {
        for (size_t k = 0; k < l->plan.lists_n; k++) {
            enum dnsbl_state state = dnsbl_cycle_result(l->cycle, i, k)->state;
            char key[KEY_MAX];

            key_of(&l->subjects[i], &l->plan.lists[k], key);
            if (state == DNSBL_IS_LISTED)
                is_listed(l, key, dnsbl_json_finding(&l->plan, l->cycle, i, k));
            else if (state == DNSBL_IS_CLEAN || state == DNSBL_IS_NOTED)
                is_clean(l, key);
        }
    }
    drop_strangers(l);
    dnsbl_watch_count(l);
}

struct dnsbl_watch_figures dnsbl_watch_figures(const struct daemon *d)
{
    const struct dnsbl_watch *l = d->dnsbl_watch;
    struct buf words = buf_make(1000);
    struct dnsbl_watch_figures f = { 0 };

    if (l != NULL)
        f = (struct dnsbl_watch_figures){
            .by_list = l->by_list,
            .alive = l->alive,
            .aside = (double)json_array_size(l->aside),
            .asked = (double)l->asked,
            .trouble = strcmp(dnsbl_watch_state(d, &words), "trouble") == 0,
        };
    buf_done(&words);
    return f;
}

uint32_t dnsbl_watch_listed(const struct daemon *d)
{
    return d->dnsbl_watch != NULL ? d->dnsbl_watch->listings_n : 0;
}

struct wall dnsbl_watch_last(const struct daemon *d)
{
    return d->dnsbl_watch != NULL ? d->dnsbl_watch->last : (struct wall){ 0 };
}

struct wall dnsbl_watch_next(const struct daemon *d)
{
    bool asks = d->dnsbl_watch != NULL && d->conf->daemon.dnsbl.every_ms > 0;

    return asks ? d->dnsbl_watch->next : (struct wall){ 0 };
}

const char *dnsbl_watch_state(const struct daemon *d, struct buf *words)
{
    const struct dnsbl_watch *l = d->dnsbl_watch;

    if (l == NULL || d->conf->daemon.dnsbl.every_ms == 0)
        return "off";
    if (l->trouble.n > 0) {
        buf_add(words, buf_slice(&l->trouble));
        return "trouble";
    }
    if (l->last.ms == 0) {
        buf_add(words, SLICE("addresses and domains of ours, from the interfaces and dnsbl { }"));
        return "waiting";
    }
    buf_printf(words, "%zu of ours asked for, ", l->asked);
    words_count(words, l->listings_n, "listing", "listings");
    buf_add(words, SLICE(", "));
    words_count(words, l->alive, "list", "lists");
    buf_printf(words, " alive, %zu set aside", json_array_size(l->aside));
    return l->alive > 0 ? "ok" : "trouble";
}

static int by_time(const void *a, const void *b)
{
    json_int_t x = json_get_int(*(json_t *const *)a, "since");
    json_int_t y = json_get_int(*(json_t *const *)b, "since");

    return x < y ? -1 : x > y;
}

json_t *dnsbl_watch_listings(const struct daemon *d, struct slice what)
{
    const struct dnsbl_watch *l = d->dnsbl_watch;
    json_t **rows = memory_new(dnsbl_watch_listed(d) + 1, sizeof(json_t *));
    json_t *out = json_array();
    size_t n = 0;

    for (uint32_t i = 0; i < dnsbl_watch_listed(d); i++)
        if (what.n == 0 || slice_eq(what, json_get_text(l->listings[i].value, "subject")))
            rows[n++] = l->listings[i].value;
    qsort(rows, n, sizeof *rows, by_time);
    for (size_t i = 0; i < n; i++)
        json_array_append_new(out, json_copy(rows[i]));
    free(rows);
    return out;
}

json_t *dnsbl_watch_aside(const struct daemon *d)
{
    return d->dnsbl_watch != NULL && d->dnsbl_watch->aside != NULL
               ? json_copy(d->dnsbl_watch->aside)
               : json_array();
}
