#include "detect/state.h"

#include <math.h>

#include "base/memory.h"
#include "detect/fuse.h"

#include "base/ban.h"

enum { BUFFER = 1 << 16, NAME_MAX_BYTES = 1 << 20 };

static const struct slice magic = SLICE_INIT("mailfuse state\n");

/* Goes over the fields in one order, whether they are written or read. */
struct coder {
    state_write *write; /* NULL: reading */
    void *ctx;
    XXH3_state_t *hash; /* while writing; the caller's: calloc() does not align it */
    struct slice rest;  /* to be read */
    unsigned char buffer[BUFFER];
    size_t n;
    bool failed;
};

static void flush(struct coder *c)
{
    XXH3_64bits_update(c->hash, c->buffer, c->n);
    if (!c->failed && !c->write(c->ctx, (struct slice){ (const char *)c->buffer, c->n }))
        c->failed = true;
    c->n = 0;
}

static void code_bytes(struct coder *c, void *bytes, size_t n)
{
    if (c->write == NULL) {
        if (c->failed || c->rest.n < n) {
            memset(bytes, 0, n);
            c->failed = true;
            return;
        }
        memcpy(bytes, c->rest.p, n);
        c->rest = slice_from(c->rest, n);
        return;
    }
    if (c->n + n > sizeof c->buffer)
        flush(c);
    memcpy(c->buffer + c->n, bytes, n);
    c->n += n;
}

/* A number of `size` bytes, the lowest first. */
static uint64_t code_number(struct coder *c, uint64_t value, unsigned size)
{
    unsigned char bytes[8];

    for (unsigned i = 0; i < size; i++)
        bytes[i] = (unsigned char)(value >> 8 * i);
    code_bytes(c, bytes, size);
    value = 0;
    for (unsigned i = size; i-- > 0;)
        value = value << 8 | bytes[i];
    return value;
}

static void code_u16(struct coder *c, uint16_t *x)
{
    *x = (uint16_t)code_number(c, *x, 2);
}

static void code_u32(struct coder *c, uint32_t *x)
{
    *x = (uint32_t)code_number(c, *x, 4);
}

static void code_u64(struct coder *c, uint64_t *x)
{
    *x = code_number(c, *x, 8);
}

/* A figure that is finite and not negative: all figures are. */
static void code_float(struct coder *c, float *x)
{
    uint32_t bits;

    memcpy(&bits, x, sizeof bits);
    code_u32(c, &bits);
    memcpy(x, &bits, sizeof bits);
    if (!isfinite(*x) || *x < 0)
        *x = 0;
}

static void code_block(struct coder *c, struct bloom_block *b)
{
    for (size_t i = 0; i < COUNT(b->words); i++)
        code_u64(c, &b->words[i]);
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

static void code_picture(struct coder *c, struct picture *p)
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

/* Whose fuse it is; when reading, a new fuse of that name. NULL when that is not possible. */
static struct fuse *code_subject(struct coder *c, struct detect *d, uint32_t number)
{
    struct subject subject = { 0 };
    uint32_t kind = 0, n = 0;
    char *name;

    if (c->write != NULL) {
        subject = detect_subject(d, number);
        kind = (uint32_t)subject.kind;
        n = (uint32_t)subject.name.n;
    }
    code_u32(c, &kind);
    code_u32(c, &n);
    if (c->failed || kind >= SUBJECT_KINDS || n == 0 || n > NAME_MAX_BYTES ||
        (c->write == NULL && n > c->rest.n))
        return NULL;
    name = memory_new(n, 1);
    if (c->write != NULL)
        memcpy(name, subject.name.p, n);
    for (uint32_t done = 0; done < n; done += BUFFER / 2)
        code_bytes(c, name + done, n - done < BUFFER / 2 ? n - done : BUFFER / 2);
    if (c->write == NULL) {
        subject = subject_make((enum subject_kind)kind, (struct slice){ name, n });
        number = detect_find(d, &subject) == NONE ? detect_add(d, &subject) : NONE;
    }
    free(name);
    return number != NONE ? fuse_at(d, number) : NULL;
}

/* What it did in this hour, if that is to be learnt when the hour is over: not what a thief did. */
static void code_hour(struct coder *c, struct fuse *f)
{
    float first_contacts = fuse_learns(f) ? f->hour_now : 0;
    float known = fuse_learns(f) ? f->known_now : 0;

    code_float(c, &first_contacts);
    code_float(c, &known);
    if (c->write != NULL)
        return;
    f->hour_now = first_contacts;
    f->known_now = known;
}

static bool code_fuses(struct coder *c, struct detect *d)
{
    uint32_t n = d->fuses.n;

    code_u32(c, &n);
    for (uint32_t i = 0; i < n && !c->failed; i++) {
        struct fuse *f = code_subject(c, d, i);

        if (f == NULL)
            return false;
        code_hour(c, f);
        code_u32(c, &f->counted_hour);
        code_float(c, &f->sends);
        code_float(c, &f->churn);
        code_picture(c, &f->picture);
    }
    return !c->failed;
}

/* What is known of the server as a whole. */
static void code_server(struct coder *c, struct detect *d)
{
    for (int i = 0; i < CROWD_SLOTS; i++) {
        code_u32(c, &d->crowds[i].key);
        code_u32(c, &d->crowds[i].accounts);
    }
    for (int i = 0; i < SERVER_BLOOM_BLOCKS; i++)
        code_block(c, &d->correspondents[i]);
}

bool state_save(struct detect *d, state_write *write, void *ctx)
{
    struct coder *c = memory_new(1, sizeof *c);
    XXH3_state_t hash_state;
    char first[15];
    uint32_t version = STATE_VERSION;
    uint64_t hash;
    bool saved;

    c->write = write;
    c->ctx = ctx;
    c->hash = &hash_state;
    XXH3_64bits_reset(c->hash);
    memcpy(first, magic.p, sizeof first);
    code_bytes(c, first, sizeof first);
    code_u32(c, &version);
    code_server(c, d);
    saved = code_fuses(c, d);
    flush(c);
    hash = XXH3_64bits_digest(c->hash);
    code_u64(c, &hash);
    flush(c);
    saved = saved && !c->failed;
    free(c);
    return saved;
}

static const char *trouble(const struct slice *bytes, struct coder *c)
{
    uint32_t version = 0;
    uint64_t hash = 0;

    if (!slice_starts(*bytes, magic))
        return "is no state of mailfuse";
    c->rest = slice_from(*bytes, magic.n);
    if (bytes->n < magic.n + 4 + sizeof hash)
        return "is cut off";
    code_u32(c, &version);
    if (version != STATE_VERSION)
        return "was written by another version; learn it again with --learn";
    c->rest = slice_from(*bytes, bytes->n - sizeof hash);
    code_u64(c, &hash);
    if (hash != XXH3_64bits(bytes->p, bytes->n - sizeof hash))
        return "is damaged: its checksum is wrong";
    c->rest = slice_from(slice_head(*bytes, bytes->n - sizeof hash), magic.n + 4);
    return NULL;
}

const char *state_load(struct detect *d, struct slice bytes)
{
    struct coder *c = memory_new(1, sizeof *c);
    const char *wrong = trouble(&bytes, c);

    if (wrong == NULL) {
        code_server(c, d);
        if (!code_fuses(c, d) || c->rest.n > 0)
            wrong = d->forgotten > 0 ? "has more accounts than are admitted"
                                     : "is damaged, though its checksum is right";
    }
    free(c);
    return wrong;
}
