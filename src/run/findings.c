#include "run/findings.h"

#include <stdio.h>

#include "run/daemon.h"
#include "run/json.h"

#include "base/ban.h"

static struct slice key_of(const struct finding *f, char room[24])
{
    snprintf(room, 24, "finding %010u", f->id);
    return slice_of(room);
}

/* Of a findings_keeper. */
static void keep(void *ctx, const struct finding *f, bool gone)
{
    struct daemon *d = ctx;
    char room[24];

    keep_other(d, key_of(f, room), gone ? NULL : finding_encode(d, f));
}

/* In the time lines of both: its own incident, if it has one, and the other. */
static void tied(void *ctx, const struct finding *f)
{
    struct daemon *d = ctx;
    const struct box_incident *i = box_find(d->box, f->explained);
    struct buf words = buf_make(2000);

    if (f->own != 0 && i != NULL) {
        buf_printf(&words, "incident %u, %.*s, explains it", f->explained,
                   SLICE_ARG(i->subject.name));
        keep_note(d, f->own, SLICE("mailfuse"), f->subject, "tied", buf_slice(&words));
        buf_clear(&words);
    }
    buf_printf(&words, "%s: %.*s", finding_kind_name(f->kind), SLICE_ARG(f->words));
    if (f->own != 0)
        buf_printf(&words, "; told of as incident %u", f->own);
    keep_note(d, f->explained, SLICE("mailfuse"), f->subject, "tied", buf_slice(&words));
    buf_done(&words);
}

void findings_init(struct daemon *d)
{
    struct findings_keeper keeper = { keep, tied, d };

    d->trail = trail_new();
    d->findings = findings_new(d->box, d->trail, &keeper);
}

void findings_done(struct daemon *d)
{
    findings_free(d->findings);
    trail_free(d->trail);
}

uint32_t findings_begin(struct daemon *d, const struct finding_news *news)
{
    const struct finding *f = findings_see(d->findings, news, d->now, NULL);

    return f != NULL ? finding_incident(f) : 0;
}

uint32_t findings_end(struct daemon *d, enum finding_kind kind, struct slice subject,
                      struct slice by)
{
    const struct finding *f = findings_over(d->findings, kind, subject, by, d->now);

    return f != NULL ? finding_incident(f) : 0;
}

/* A store_item_row. */
static bool read_one(void *ctx, struct slice key, struct slice value)
{
    struct daemon *d = ctx;
    struct finding f = { 0 };
    json_t *from;
    bool good;

    if (!slice_starts(key, SLICE("finding ")))
        return true;
    from = json_loadb(value.p, value.n, 0, NULL);
    good = from != NULL && finding_decode(d, from, &f);
    if (good)
        findings_load(d->findings, &f);
    json_decref(from);
    return good;
}

int findings_read(struct daemon *d, struct buf *error)
{
    return store_each_item(d->store, STORE_OTHER, read_one, d, error);
}
