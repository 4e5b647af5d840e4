#include "run/fuse_json.h"

#include "run/control/parts.h"

#include "base/ban.h"

json_t *fuse_encode(const struct daemon *d, uint32_t fuse)
{
    struct subject s = detect_subject(d->detect, fuse);

    return json_pack("{ss so}", "kind", part_kind(s.kind), "name", json_text(s.name));
}

/* SUBJECT_KINDS when there is no such kind. */
static int kind_of(const json_t *from)
{
    struct slice name = json_get_text(from, "kind");
    int64_t number = json_get_int(from, "kind");
    int k = 0;

    if (json_is_integer(json_object_get(from, "kind")))
        return number >= 0 && number < SUBJECT_KINDS ? (int)number : SUBJECT_KINDS;
    while (k < SUBJECT_KINDS && !slice_eq(name, slice_of(part_kind((enum subject_kind)k))))
        k++;
    return k;
}

uint32_t fuse_decode(const struct daemon *d, const json_t *from)
{
    struct slice name = json_get_text(from, "name");
    int kind = kind_of(from);
    struct subject s;

    if (name.n == 0)
        name = json_get_text(from, "account");
    if (name.n == 0 || kind == SUBJECT_KINDS)
        return UINT32_MAX;
    s = subject_make((enum subject_kind)kind, name);
    return detect_find(d->detect, &s);
}
