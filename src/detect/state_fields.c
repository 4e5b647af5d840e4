/* state_fields.c - the parts of a state, in the order in which they are written. */
#include "base/memory.h"
#include "detect/coder.h"

#include "base/ban.h"

enum { NAME_MAX_BYTES = 1 << 20, CROWDS_AT_ONCE = 1024 };

void code_block(struct coder *c, struct bloom_block *b)
{
    code_words(c, b->words, COUNT(b->words));
}

static void code_place(struct coder *c, struct place *p)
{
    code_u32(c, &p->key);
    if (p->key == 0)
        return;
    code_u32(c, &p->provider);
    code_u16(c, &p->wide);
    code_u16(c, &p->first);
    code_u16(c, &p->last);
    code_u16(c, &p->days);
}

static void code_past(struct coder *c, struct past *p)
{
    code_float(c, &p->results);
    code_float(c, &p->unknown);
    code_float(c, &p->spam);
    code_float(c, &p->recipients);
    code_float(c, &p->strangers);
}

static void code_album(struct coder *c, struct picture *p)
{
    uint16_t have = p->album != NULL, filling;

    code_u16(c, &have);
    if (have == 0)
        return;
    if (p->album == NULL)
        p->album = memory_new(1, sizeof *p->album);
    for (int i = 0; i < ALBUM_PLACES; i++)
        code_place(c, &p->album->places[i]);
    for (int i = 0; i < 2 * ALBUM_BLOCKS; i++)
        code_block(c, &p->album->correspondents[i / ALBUM_BLOCKS][i % ALBUM_BLOCKS]);
    code_u16(c, &p->album->noted);
    filling = p->album->filling;
    code_u16(c, &filling);
    p->album->filling = filling & 1;
}

static void code_figures(struct coder *c, struct picture *p)
{
    code_past(c, &p->past);
    code_past(c, &p->today);
    code_float(c, &p->peak_hour);
    code_float(c, &p->peak_known);
    code_float(c, &p->usual_day);
    code_float(c, &p->usual_spread);
    code_float(c, &p->day_recipients);
    code_float(c, &p->day_spread);
    code_u32(c, &p->hours);
    code_u16(c, &p->first_day);
    code_u16(c, &p->last_day);
    code_u16(c, &p->active_days);
}

void code_picture(struct coder *c, struct picture *p)
{
    uint16_t noted = p->noted;

    code_figures(c, p);
    code_u16(c, &noted);
    p->noted = (uint8_t)noted;
    p->latest = 0;
    for (int i = 0; i < PICTURE_COUNTRIES; i++) {
        code_u16(c, &p->countries[i]);
        code_u16(c, &p->country_days[i]);
    }
    for (int i = 0; i < PICTURE_SOFTWARE; i++)
        code_u16(c, &p->software[i]);
    code_u16(c, &p->software_n);
    for (int i = 0; i < PICTURE_SENDERS; i++)
        code_u16(c, &p->senders[i]);
    for (int i = 0; i < PICTURE_PLACES; i++)
        code_place(c, &p->places[i]);
    code_block(c, &p->few);
    code_album(c, p);
}

static struct fuse *write_subject(struct coder *c, struct detect *d, uint32_t number)
{
    struct subject subject = detect_subject(d, number);
    uint32_t kind = (uint32_t)subject.kind, n = (uint32_t)subject.name.n;

    if (n > NAME_MAX_BYTES)
        return NULL;
    code_u32(c, &kind);
    code_u32(c, &n);
    code_text(c, subject.name);
    return fuse_at(d, number);
}

struct fuse *code_subject(struct coder *c, struct detect *d, uint32_t number)
{
    uint32_t kind = 0, n = 0;
    struct subject subject;

    if (coder_writes(c))
        return write_subject(c, d, number);
    code_u32(c, &kind);
    code_u32(c, &n);
    if (c->failed || kind >= SUBJECT_KINDS || n == 0 || n > NAME_MAX_BYTES || n > c->rest.n)
        return NULL;
    subject = subject_make((enum subject_kind)kind, slice_head(c->rest, n));
    c->rest = slice_from(c->rest, n);
    number = detect_find(d, &subject) == NONE ? detect_add(d, &subject) : NONE;
    return number != NONE ? fuse_at(d, number) : NULL;
}

/* What it did in this hour, if that is to be learnt when the hour is over: not what a thief did. */
static void code_hour(struct coder *c, struct fuse *f)
{
    float first_contacts = fuse_learns(f) ? f->hour_now : 0;
    float known = fuse_learns(f) ? f->known_now : 0;

    code_float(c, &first_contacts);
    code_float(c, &known);
    if (coder_writes(c))
        return;
    f->hour_now = first_contacts;
    f->known_now = known;
}

void code_learnt(struct coder *c, struct fuse *f)
{
    code_hour(c, f);
    code_u32(c, &f->counted_hour);
    code_float(c, &f->sends);
    code_float(c, &f->churn);
    code_picture(c, &f->picture);
}

void code_server(struct coder *c, struct detect *d)
{
    _Static_assert(sizeof(struct crowd) == 8, "a number and a number: nothing in between");
    for (size_t i = 0; i < CROWD_SLOTS; i += CROWDS_AT_ONCE)
        code_halves(c, &d->crowds[i].key, 2 * CROWDS_AT_ONCE);
    for (int i = 0; i < SERVER_BLOOM_BLOCKS; i++)
        code_block(c, &d->correspondents[i]);
}
