/* hours.c - what happened within the last hour, by the minute, for people to look at. */
#include "run/daemon.h"

#include "base/ban.h"

/* Forget the minutes that are over. */
static void turn(struct hour_count *h, struct wall at)
{
    int64_t minute = at.ms / MINUTE_MS, behind = minute - h->minute;

    if (behind == 0)
        return;
    if (behind < 0 || behind >= HOUR_SLOTS) { /* long ago, or the clock was set back */
        *h = (struct hour_count){ .minute = minute, .all = h->all };
        return;
    }
    for (; h->minute < minute;) {
        h->minute++;
        h->sum -= h->slots[h->minute % HOUR_SLOTS];
        h->slots[h->minute % HOUR_SLOTS] = 0;
    }
}

void hour_add(struct hour_count *h, struct wall at, uint32_t n)
{
    if (at.ms / MINUTE_MS < h->minute) /* a little late: this minute is near enough */
        at.ms = h->minute * MINUTE_MS;
    turn(h, at);
    h->slots[h->minute % HOUR_SLOTS] += n;
    h->sum += n;
    h->all += n;
}

uint64_t hour_sum(struct hour_count *h, struct wall at)
{
    turn(h, at);
    return h->sum;
}

void hours_clock_set(struct daemon *d, int64_t by_ms)
{
    int64_t by = by_ms / MINUTE_MS, turned = (by % HOUR_SLOTS + HOUR_SLOTS) % HOUR_SLOTS;

    for (int k = 0; k < HOUR_KINDS; k++) {
        const struct hour_count old = d->hours[k];

        d->hours[k].minute += by;
        for (int64_t m = 0; m < HOUR_SLOTS; m++)
            d->hours[k].slots[(m + turned) % HOUR_SLOTS] = old.slots[m];
    }
}

json_t *hours_encode(const struct daemon *d)
{
    json_t *out = json_array();

    for (int k = 0; k < HOUR_KINDS; k++) {
        json_t *one = json_pack("[I]", (json_int_t)d->hours[k].minute);

        for (int m = 0; m < HOUR_SLOTS; m++)
            json_array_append_new(one, json_integer(d->hours[k].slots[m]));
        json_array_append_new(out, one);
    }
    return out;
}

void hours_decode(struct daemon *d, const json_t *from)
{
    for (size_t k = 0; k < HOUR_KINDS && k < json_array_size(from); k++) {
        const json_t *one = json_array_get(from, k);
        struct hour_count *h = &d->hours[k];

        *h = (struct hour_count){ .minute = json_integer_value(json_array_get(one, 0)) };
        for (size_t m = 0; m < HOUR_SLOTS; m++) {
            h->slots[m] = (uint32_t)json_integer_value(json_array_get(one, m + 1));
            h->sum += h->slots[m];
        }
    }
}
