/* networks.c - the networks of one account: those it sent from within the hour, and those
 * it is known in. Of the latter the engine keeps a hash, so that only one in use has a name. */
#include "run/control/parts.h"

#include "base/ban.h"

/* Within the hour. */
struct in_use {
    struct ip network;
    struct wall first, last;
};

struct networks {
    struct in_use now[ACTIVE_NETWORKS];
    struct detect_place known[DETECT_PLACES];
    uint32_t now_n, known_n;
};

/* Several addresses may lie in one network. */
static void note_use(struct networks *n, const struct box_address *from)
{
    struct ip network = ip_network(&from->ip);
    uint32_t k = 0;

    while (k < n->now_n && !ip_eq(&n->now[k].network, &network))
        k++;
    if (k == n->now_n)
        n->now[n->now_n++] = (struct in_use){ network, from->first, from->last };
    if (from->first.ms < n->now[k].first.ms)
        n->now[k].first = from->first;
    if (from->last.ms > n->now[k].last.ms)
        n->now[k].last = from->last;
}

static struct networks gather(const struct daemon *d, uint32_t fuse)
{
    const struct active_row *row = active_of(&d->active, fuse);
    struct networks n = { 0 };

    for (uint32_t k = 0; row != NULL && k < row->networks_n && k < ACTIVE_NETWORKS; k++)
        if (d->now.ms - row->from[k].last.ms <= HOUR_MS)
            note_use(&n, &row->from[k]);
    n.known_n = detect_places(d->detect, fuse, n.known);
    return n;
}

static struct wall day_begins(const struct daemon *d, uint16_t day)
{
    return (struct wall){ day * DAY_MS - (int64_t)d->utc_offset_s * SECOND_MS };
}

/* What of it is known is taken off the list of those that are left. */
static json_t *used_now(const struct daemon *d, struct networks *n, const struct in_use *use)
{
    uint32_t key = detect_place_key(&use->network);
    struct wall first = use->first;
    char text[IP_TEXT_MAX];
    json_t *out = json_object();
    int days = 1;

    for (uint32_t k = 0; k < n->known_n; k++) {
        if (n->known[k].key != key)
            continue;
        days = n->known[k].days + (n->known[k].last < daemon_today(d));
        if (n->known[k].first < daemon_today(d))
            first = day_begins(d, n->known[k].first);
        n->known[k].key = 0;
    }
    part_place(d, out, &use->network);
    json_object_set(out, "name", json_object_get(out, "network"));
    json_object_set_new(
        out, "network",
        json_sprintf("%s/%d", ip_text(&use->network, text), ip_is_v4(&use->network) ? 24 : 48));
    json_object_set_new(out, "first", part_time(d, first));
    json_object_set_new(out, "last", part_time(d, use->last));
    json_object_set_new(out, "days", json_integer(days));
    json_object_set_new(out, "now", json_true());
    return out;
}

static json_t *known_before(const struct daemon *d, const struct detect_place *p)
{
    return json_pack("{ss ss sn sn so so si sb}", "network", "", "name", "", "country", "asn",
                     "first", part_time(d, day_begins(d, p->first)), "last",
                     part_time(d, day_begins(d, p->last)), "days", (int)p->days, "now", 0);
}

json_t *part_networks(const struct daemon *d, uint32_t fuse)
{
    struct networks n = gather(d, fuse);
    json_t *out = json_array();

    for (uint32_t k = 0; k < n.now_n; k++)
        json_array_append_new(out, used_now(d, &n, &n.now[k]));
    for (uint32_t k = 0; k < n.known_n; k++)
        if (n.known[k].key != 0)
            json_array_append_new(out, known_before(d, &n.known[k]));
    return out;
}
