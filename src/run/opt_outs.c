#include "run/opt_outs.h"

#include <stdlib.h>

#include "base/memory.h"
#include "run/control/parts.h"

#include "base/ban.h"

enum { KEY_MAX = 32, TEXT_MAX = 320 };

/* All texts are in the JSON object, which is also what is on disk. */
struct opt_out {
    char key[KEY_MAX]; /* "opt-out HASH", of account and recipient or message */
    struct wall last;
    json_t *value;
};

struct opt_outs {
    struct opt_out *all;
    size_t n, room;
};

static void key_of(struct slice account, struct slice what, bool is_message, char key[KEY_MAX])
{
    uint64_t hash = hash_slice(account, is_message ? 1 : 2);

    snprintf(key, KEY_MAX, "opt-out %016llx", (unsigned long long)hash_slice(what, hash));
}

static struct opt_out *find(const struct opt_outs *o, const char *key)
{
    for (size_t i = 0; i < o->n; i++)
        if (strcmp(o->all[i].key, key) == 0)
            return &o->all[i];
    return NULL;
}

static struct opt_out *oldest(const struct opt_outs *o)
{
    struct opt_out *found = o->all;

    for (size_t i = 1; i < o->n; i++)
        if (o->all[i].last.ms < found->last.ms)
            found = &o->all[i];
    return found;
}

/* A place; when there is none left, that of the oldest, which is also forgotten on disk. */
static struct opt_out *new_place(struct daemon *d, struct opt_outs *o)
{
    struct opt_out *place;

    if (o->n == OPT_OUTS_MAX) {
        place = oldest(o);
        keep_other(d, slice_of(place->key), NULL);
        json_decref(place->value);
        return place;
    }
    if (o->n == o->room) {
        o->room = o->room > 0 ? 2 * o->room : 64;
        o->all = memory_resize(o->all, o->room, sizeof *o->all);
    }
    return &o->all[o->n++];
}

/* A store_item_row. */
static bool load_one(void *ctx, struct slice key, struct slice value)
{
    struct daemon *d = ctx;
    struct opt_out *to;
    json_t *from;

    if (!slice_starts(key, SLICE("opt-out ")) || key.n >= KEY_MAX || d->opt_outs->n == OPT_OUTS_MAX)
        return true;
    from = json_loadb(value.p, value.n, 0, NULL);
    if (!json_is_object(from)) {
        json_decref(from);
        return false;
    }
    to = new_place(d, d->opt_outs);
    *to = (struct opt_out){ .last = { json_get_int(from, "last") }, .value = from };
    memcpy(to->key, key.p, key.n);
    return true;
}

int opt_outs_load(struct daemon *d, struct buf *error)
{
    d->opt_outs = memory_new(1, sizeof *d->opt_outs);
    return store_each_item(d->store, STORE_OTHER, load_one, d, error);
}

void opt_outs_free(struct opt_outs *o)
{
    for (size_t i = 0; o != NULL && i < o->n; i++)
        json_decref(o->all[i].value);
    if (o != NULL)
        free(o->all);
    free(o);
}

static json_t *text_or_null(struct slice s)
{
    return s.n > 0 ? json_text(slice_head_utf8(s, TEXT_MAX)) : json_null();
}

/* One recipient; or, when it is empty, one message. */
static void add_one(struct daemon *d, struct slice account, struct slice recipient,
                    struct slice message, const json_t *report)
{
    struct opt_out *known;
    char key[KEY_MAX];

    key_of(account, recipient.n > 0 ? recipient : message, recipient.n == 0, key);
    known = find(d->opt_outs, key);
    if (known == NULL) {
        known = new_place(d, d->opt_outs);
        memcpy(known->key, key, sizeof key);
        known->value =
            json_pack("{so so sI si}", "account", json_text(account), "recipient",
                      text_or_null(recipient), "first", (json_int_t)d->now.ms, "times", 0);
    }
    known->last = d->now;
    json_object_set_new(known->value, "last", json_integer(d->now.ms));
    json_object_set_new(known->value, "times",
                        json_integer(json_get_int(known->value, "times") + 1));
    json_object_set_new(known->value, "message", text_or_null(message));
    json_object_set_new(known->value, "type", json_text(json_get_text(report, "type")));
    json_object_set_new(known->value, "reporter", text_or_null(json_get_text(report, "reporter")));
    keep_other(d, slice_of(known->key), json_incref(known->value));
}

void opt_outs_add(struct daemon *d, struct slice account, const json_t *report,
                  struct slice queue_id)
{
    const json_t *recipients = json_object_get(report, "recipients"), *one;
    struct slice message = queue_id.n > 0 ? queue_id : json_get_text(report, "message_id");
    char room[ADDRESS_MAX];
    size_t i;

    json_array_foreach((json_t *)(uintptr_t)recipients, i, one)
    {
        struct slice text = { json_string_value(one), json_string_length(one) };

        add_one(d, account, address_fold(text, room), message, report);
    }
    if (json_array_size(recipients) == 0 && message.n > 0)
        add_one(d, account, SLICE(""), message, report);
}

static int compare(struct slice a, struct slice b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n > 0 ? memcmp(a.p, b.p, n) : 0;

    if (order != 0)
        return order;
    return a.n < b.n ? -1 : a.n > b.n;
}

/* By account, then the last first. */
static int in_order(const void *a, const void *b)
{
    const struct opt_out *x = *(const struct opt_out *const *)a;
    const struct opt_out *y = *(const struct opt_out *const *)b;
    int by_account =
        compare(json_get_text(x->value, "account"), json_get_text(y->value, "account"));

    if (by_account != 0)
        return by_account;
    return x->last.ms > y->last.ms ? -1 : x->last.ms < y->last.ms;
}

static json_t *row_of(const struct daemon *d, const struct opt_out *one)
{
    json_t *row = json_copy(one->value);

    json_object_set_new(row, "first",
                        part_time(d, (struct wall){ json_get_int(one->value, "first") }));
    json_object_set_new(row, "last", part_time(d, one->last));
    return row;
}

json_t *opt_outs_list(const struct daemon *d, struct slice account, struct wall since, size_t most,
                      size_t *all)
{
    const struct opt_outs *o = d->opt_outs;
    const struct opt_out **found = memory_new(o->n + 1, sizeof(void *));
    json_t *list = json_array();
    size_t n = 0;

    for (size_t i = 0; i < o->n; i++)
        if (o->all[i].last.ms >= since.ms &&
            (account.n == 0 || slice_eq(json_get_text(o->all[i].value, "account"), account)))
            found[n++] = &o->all[i];
    qsort(found, n, sizeof *found, in_order);
    for (size_t i = 0; i < n && i < most; i++)
        json_array_append_new(list, row_of(d, found[i]));
    free(found);
    *all = n;
    return list;
}
