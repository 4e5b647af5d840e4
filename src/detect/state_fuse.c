#include "detect/state_fuse.h"

#include "base/memory.h"
#include "detect/coder.h"

#include "base/ban.h"

enum {
    FUSE_VERSION = 2, /* 1 had the first FIRST_SIGNALS signals, and no complaints */
    FIRST_SIGNALS = 17,
    SERVER_VERSION = 1,
};

static void code_results(struct coder *c, struct results *r)
{
    code_float(c, &r->all);
    code_float(c, &r->unknown);
    code_float(c, &r->spam);
}

static void code_lately(struct coder *c, struct lately *l)
{
    code_results(c, &l->results);
    code_results(c, &l->away);
    code_float(c, &l->recipients);
    code_float(c, &l->strangers);
    code_float(c, &l->senders);
    code_float(c, &l->home);
    code_float(c, &l->run);
    code_float(c, &l->elsewhere);
    code_float(c, &l->book);
    code_float(c, &l->spread);
    for (int i = 0; i < REFUSERS; i++)
        code_u16(c, &l->refused_by[i]);
    code_float(c, &l->awaited);
}

static void code_evidence(struct coder *c, struct evidence all[SIGNALS])
{
    for (unsigned s = 0; s < c->signals; s++) {
        code_weight(c, &all[s].weight);
        code_weight(c, &all[s].observed);
        code_weight(c, &all[s].expected);
        code_u32(c, &all[s].second);
    }
}

static void code_hold(struct coder *c, struct hold *h)
{
    code_wall(c, &h->since);
    code_wall(c, &h->decide_by);
    code_u32(c, &h->messages);
    code_u32(c, &h->recipients);
    code_float(c, &h->allowance);
    code_float(c, &h->batch);
    code_float(c, &h->tolerated);
}

static void code_doubts(struct coder *c, struct detect *d, struct fuse *f)
{
    bool has = f->doubts != NONE;
    struct doubts *doubts;

    code_bool(c, &has);
    if (!has)
        return;
    doubts = fuse_doubt(d, f);
    code_evidence(c, doubts->now);
    for (int i = 0; i < DESTINATION_WORDS; i++)
        code_u64(c, &doubts->destinations[i]); /* as long as `recent` */
    for (int i = 2 * DESTINATION_WORDS; i < RECENT_NETWORKS; i++)
        code_u32(c, &doubts->recent[i]);
    code_u32(c, &doubts->recent_n);
    code_hold(c, &doubts->hold);
    code_results(c, &doubts->weighed);
    code_results(c, &doubts->weighed_away);
    code_float(c, &doubts->weighed_recipients);
    if (c->signals > SIGNAL_CIRCULAR) {
        code_u32(c, &doubts->program);
        code_float(c, &doubts->letters);
    }
}

static void code_incident(struct coder *c, struct detect *d, uint32_t *number)
{
    bool has = *number != NONE;
    struct incident *i;
    uint64_t bits = 0;

    code_bool(c, &has);
    if (!has)
        return;
    if (!coder_writes(c))
        *number = detect_new_incident(d);
    i = &d->incidents[*number];
    code_wall(c, &i->since);
    code_wall(c, &i->held_from);
    code_wall(c, &i->locked);
    code_evidence(c, i->at_peak);
    memcpy(&bits, &i->score, sizeof bits);
    code_u64(c, &bits);
    memcpy(&i->score, &bits, sizeof bits);
}

static void code_counts(struct coder *c, struct detect *d, struct fuse *f)
{
    bool has = f->counts != NONE;
    struct counts *n;
    uint64_t hour;
    uint32_t day, offset;

    code_bool(c, &has);
    if (!has)
        return;
    n = f->counts != NONE ? pool_at(&d->counts, f->counts) : NULL;
    if (n == NULL) {
        f->counts = d->counts.n;
        n = pool_add(&d->counts);
    }
    hour = (uint64_t)n->hour;
    day = (uint32_t)n->day;
    offset = (uint32_t)n->utc_offset_s;
    code_u64(c, &hour);
    code_u32(c, &day);
    code_u32(c, &offset);
    n->hour = (int64_t)hour;
    n->day = (int32_t)day;
    n->utc_offset_s = (int32_t)offset;
    code_u32(c, &n->messages_hour);
    code_u32(c, &n->messages_day);
    code_u32(c, &n->recipients_hour);
    code_u32(c, &n->recipients_day);
    code_u32(c, &n->unknown_day);
}

/* What is against it, and where it stands on the ladder. */
static void code_standing(struct coder *c, struct detect *d, struct fuse *f)
{
    uint8_t stage = f->stage;
    bool open = f->open;

    code_u8(c, &stage);
    code_bool(c, &open);
    c->failed = c->failed || stage > STAGE_LOCK;
    f->stage = stage & 7u;
    f->open = open;
    code_weight(c, &f->score);
    code_u32(c, &f->faded_hour);
    code_float(c, &f->hour_now);
    code_float(c, &f->hour_before);
    code_float(c, &f->known_now);
    code_lately(c, &f->lately);
    code_doubts(c, d, f);
    code_incident(c, d, &f->incident);
    code_incident(c, d, &f->worst);
    code_counts(c, d, f);
    if (c->signals > FIRST_SIGNALS)
        code_float(c, &f->complaints);
}

void state_fuse_save(struct detect *d, uint32_t fuse, struct buf *out)
{
    unsigned char room[CODER_ROOM];
    struct coder c = { .out = out, .buffer = room, .room = sizeof room, .signals = SIGNALS };
    struct fuse *f = fuse_at(d, fuse);
    uint8_t version = FUSE_VERSION;

    code_u8(&c, &version);
    code_u8(&c, &c.signals);
    (void)code_subject(&c, d, fuse);
    code_learnt(&c, f);
    code_standing(&c, d, f);
    coder_flush(&c);
}

static bool plausible(const struct fuse *f)
{
    if (f->stage == STAGE_HOLD && f->doubts == NONE)
        return false;
    return !(f->open || f->stage != STAGE_OBSERVE) || f->incident != NONE;
}

uint32_t state_fuse_load(struct detect *d, struct slice bytes)
{
    struct coder c = { .rest = bytes, .signals = FIRST_SIGNALS };
    uint8_t version = 0;
    uint32_t number = d->fuses.n;
    struct fuse *f;

    code_u8(&c, &version);
    if (version == FUSE_VERSION)
        code_u8(&c, &c.signals);
    if (version < 1 || version > FUSE_VERSION || c.signals > SIGNALS ||
        (f = code_subject(&c, d, 0)) == NULL)
        return NONE;
    code_learnt(&c, f);
    code_standing(&c, d, f);
    if (c.failed || c.rest.n > 0 || !plausible(f))
        return NONE;
    if (f->stage == STAGE_HOLD)
        hold_enlist(d, number);
    return number;
}

void state_server_save(struct detect *d, struct buf *out)
{
    unsigned char room[CODER_ROOM];
    struct coder c = { .out = out, .buffer = room, .room = sizeof room };
    uint8_t version = SERVER_VERSION;

    code_u8(&c, &version);
    code_server(&c, d);
    coder_flush(&c);
}

bool state_server_load(struct detect *d, struct slice bytes)
{
    struct coder c = { .rest = bytes };
    uint8_t version = 0;

    code_u8(&c, &version);
    if (version != SERVER_VERSION)
        return false;
    code_server(&c, d);
    return !c.failed && c.rest.n == 0;
}
