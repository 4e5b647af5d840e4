#include "run/figures/json.h"

#include "run/figures/figures.h"
#include "run/json.h"
#include <stdio.h>

#include "base/ban.h"

static void family(void *ctx, const struct figure *f)
{
    if (f->label != NULL)
        json_object_set_new(ctx, f->name, json_object());
}

static json_t *number(double v)
{
    return v > -1e15 && v < 1e15 && (double)(json_int_t)v == v ? json_integer((json_int_t)v)
                                                               : json_real(v);
}

static void value(void *ctx, const struct figure *f, struct slice label, double v)
{
    json_t *name;

    if (f->label == NULL) {
        json_object_set_new(ctx, f->name, number(v));
        return;
    }
    name = json_text(label); /* what is not UTF-8 could not be a name */
    json_object_set_new(json_object_get(ctx, f->name), json_string_value(name), number(v));
    json_decref(name);
}

static void times(void *ctx, const struct figure *f, const struct latency *l)
{
    json_t *upto = json_object();
    uint64_t n = 0;
    char bound[32];

    for (size_t i = 0; i < LATENCY_BOUNDS; i++) {
        n += l->counts[i];
        snprintf(bound, sizeof bound, "%.6g", (double)latency_bound_ns(i) / 1e9);
        json_object_set_new(upto, bound, number((double)n));
    }
    n += l->counts[LATENCY_BOUNDS];
    json_object_set_new(ctx, f->name,
                        json_pack("{so so so}", "count", number((double)n), "sum",
                                  number((double)l->sum_ns / 1e9), "upto", upto));
}

json_t *figures_json(struct daemon *d)
{
    json_t *out = json_object();
    const struct figures_writer to = { family, value, times, out };

    figures_write(d, &to);
    return out;
}
