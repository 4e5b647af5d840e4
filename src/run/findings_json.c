#include "run/findings.h"
#include "run/fuse_json.h"
#include "run/json.h"

#include "base/ban.h"

static json_t *encode_culprits(const struct daemon *d, const struct finding *f)
{
    json_t *out = json_array();

    for (uint32_t k = 0; k < f->culprits_n; k++) {
        const struct finding_culprit *c = &f->culprits[k];
        json_t *one = fuse_encode(d, c->fuse);

        json_object_set_new(one, "incident", json_integer(c->incident));
        json_object_set_new(one, "recipients", json_integer(c->recipients));
        json_object_set_new(one, "fresh", json_integer(c->fresh));
        json_object_set_new(one, "refused", json_integer(c->refused));
        json_object_set_new(one, "weight", json_real(c->weight));
        json_array_append_new(out, one);
    }
    return out;
}

json_t *finding_encode(const struct daemon *d, const struct finding *f)
{
    json_t *out =
        json_pack("{sI ss so so so sI sI sI sI sI sI so}", "id", (json_int_t)f->id, "kind",
                  finding_kind_name(f->kind), "subject", json_text(f->subject), "by",
                  json_text(f->by), "words", json_text(f->words), "since", (json_int_t)f->since.ms,
                  "last", (json_int_t)f->last.ms, "ended", (json_int_t)f->ended.ms, "count",
                  (json_int_t)f->count, "explained", (json_int_t)f->explained, "own",
                  (json_int_t)f->own, "culprits", encode_culprits(d, f));

    if (f->fuse != FINDING_NOBODY)
        json_object_set_new(out, "of", fuse_encode(d, f->fuse));
    return out;
}

static void decode_culprits(const struct daemon *d, const json_t *from, struct finding *out)
{
    for (size_t k = 0; k < json_array_size(from) && out->culprits_n < FINDING_CULPRITS; k++) {
        const json_t *one = json_array_get(from, k);
        uint32_t fuse = fuse_decode(d, one);

        if (fuse == FINDING_NOBODY)
            continue;
        out->culprits[out->culprits_n++] =
            (struct finding_culprit){ .fuse = fuse,
                                      .incident = (uint32_t)json_get_int(one, "incident"),
                                      .recipients = (uint32_t)json_get_int(one, "recipients"),
                                      .fresh = (uint32_t)json_get_int(one, "fresh"),
                                      .refused = (uint32_t)json_get_int(one, "refused"),
                                      .weight = json_get_double(one, "weight") };
    }
}

bool finding_decode(const struct daemon *d, const json_t *from, struct finding *out)
{
    struct slice kind = json_get_text(from, "kind");
    int k = 0;

    while (k < FINDING_KINDS && !slice_eq(kind, slice_of(finding_kind_name((enum finding_kind)k))))
        k++;
    if (k == FINDING_KINDS || json_get_int(from, "id") <= 0)
        return false;
    out->id = (uint32_t)json_get_int(from, "id");
    out->kind = (enum finding_kind)k;
    out->subject = json_get_text(from, "subject");
    out->by = json_get_text(from, "by");
    out->words = json_get_text(from, "words");
    out->since.ms = json_get_int(from, "since");
    out->last.ms = json_get_int(from, "last");
    out->ended.ms = json_get_int(from, "ended");
    out->count = (uint32_t)json_get_int(from, "count");
    out->explained = (uint32_t)json_get_int(from, "explained");
    out->own = (uint32_t)json_get_int(from, "own");
    out->fuse = fuse_decode(d, json_object_get(from, "of"));
    decode_culprits(d, json_object_get(from, "culprits"), out);
    return true;
}
