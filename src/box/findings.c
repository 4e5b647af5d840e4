#include "box/findings.h"

#include <stdlib.h>

#include "base/memory.h"
#include "box/culprits.h"
#include "box/private.h"

#include "base/ban.h"

enum {
    SUBJECT_MOST = 300,
    BY_MOST = 300,
    WORDS_MOST = 1000,
    COMPLAINTS_OVER_MS = 7 * DAY_MS, /* after the last one */
    AGAIN_MS = MINUTE_MS,            /* who explains what is looked for so often ... */
    AGAIN_FOR_MS = 8 * DAY_MS,       /* and so long */
    AT_ONCE = 20,                    /* in one turn of the loop */
    KEEP_MS = MINUTE_MS,
    KEEP_WORDS_MS = SECOND_MS,
};

struct findings {
    struct box *box;
    struct findings_keeper keeper;
    struct finding **all; /* by id */
    uint32_t n, room, next_id;
    struct culprits_trail trail;
    struct wall looked;
    uint32_t next; /* to be looked at again */
};

static const char *const names[FINDING_KINDS] = {
    [FINDING_LISTING] = "listing",       [FINDING_BLOCKED] = "blocked",
    [FINDING_COMPLAINTS] = "complaints", [FINDING_QUEUE] = "queue",
    [FINDING_SPOOL] = "spool",
};

const char *finding_kind_name(enum finding_kind kind)
{
    return names[kind];
}

struct findings *findings_new(struct box *b, const struct trail *t,
                              const struct findings_keeper *keeper)
{
    struct findings *f = memory_new(1, sizeof *f);

    f->box = b;
    f->keeper = *keeper;
    f->next_id = 1;
    f->trail.trail = t;
    return f;
}

static void set_text(struct slice *to, struct slice from, size_t most)
{
    struct slice head = slice_head_utf8(from, most);
    char *copy = memory_text(head.p, head.n);

    free((void *)(uintptr_t)to->p); /* ours */
    *to = (struct slice){ copy, head.n };
}

static void free_one(struct finding *one)
{
    free((void *)(uintptr_t)one->subject.p);
    free((void *)(uintptr_t)one->by.p);
    free((void *)(uintptr_t)one->words.p);
    free(one);
}

void findings_free(struct findings *f)
{
    if (f == NULL)
        return;
    for (uint32_t i = 0; i < f->n; i++)
        free_one(f->all[i]);
    free(f->all);
    free(f);
}

static void keep(struct findings *f, struct finding *one, struct wall at)
{
    one->kept = at;
    f->keeper.keep(f->keeper.ctx, one, false);
}

uint32_t finding_incident(const struct finding *f)
{
    return f->own != 0 ? f->own : f->explained;
}

const struct finding *findings_at(const struct findings *f, uint32_t i)
{
    return i < f->n ? f->all[i] : NULL;
}

static struct finding *find(const struct findings *f, enum finding_kind kind, struct slice subject,
                            struct slice by)
{
    for (uint32_t i = f->n; i > 0; i--) {
        struct finding *one = f->all[i - 1];

        if (one->ended.ms == 0 && one->kind == kind && slice_eq(one->subject, subject) &&
            slice_eq(one->by, by))
            return one;
    }
    return NULL;
}

const struct finding *findings_find(const struct findings *f, enum finding_kind kind,
                                    struct slice subject, struct slice by)
{
    return find(f, kind, slice_head_utf8(subject, SUBJECT_MOST), slice_head_utf8(by, BY_MOST));
}

/* Complaints are about an account: it has an incident of its own kind, or none. */
static bool opens_incident(enum finding_kind kind)
{
    return kind != FINDING_COMPLAINTS;
}

/* The open incident that others of the same subject have. */
static uint32_t own_of(const struct findings *f, const struct finding *one)
{
    for (uint32_t i = f->n; i > 0; i--) {
        const struct finding *other = f->all[i - 1];

        if (other->own != 0 && other->ended.ms == 0 && other->kind == one->kind &&
            slice_eq(other->subject, one->subject))
            return other->own;
    }
    return 0;
}

static void append(struct findings *f, struct finding *one)
{
    f->all = box_grown(f->all, f->n, &f->room, sizeof *f->all);
    f->all[f->n++] = one;
    if (one->id >= f->next_id)
        f->next_id = one->id + 1;
}

static void drop(struct findings *f, uint32_t at)
{
    struct finding *one = f->all[at];

    f->keeper.keep(f->keeper.ctx, one, true);
    f->n--;
    memmove(&f->all[at], &f->all[at + 1], (f->n - at) * sizeof(struct finding *));
    free_one(one);
}

/* Forget the oldest that ended; the one with the highest number of an incident stays, so that no
 * number is given twice. */
static void trim(struct findings *f)
{
    uint32_t ended = 0, highest = 0;

    for (uint32_t i = 0; i < f->n; i++) {
        ended += f->all[i]->ended.ms != 0;
        highest = f->all[i]->own > highest ? f->all[i]->own : highest;
    }
    for (uint32_t i = 0; i < f->n && ended > FINDINGS_ENDED;) {
        if (f->all[i]->ended.ms == 0 || (f->all[i]->own != 0 && f->all[i]->own == highest)) {
            i++;
            continue;
        }
        drop(f, i);
        ended--;
    }
}

static bool is_full(const struct findings *f)
{
    uint32_t open = 0;

    for (uint32_t i = 0; i < f->n; i++)
        open += f->all[i]->ended.ms == 0;
    return open >= FINDINGS_OPEN;
}

static struct finding *begin(struct findings *f, const struct finding_news *news, struct wall at)
{
    struct finding *one = memory_new(1, sizeof *one);

    *one = (struct finding){ .id = f->next_id,
                             .kind = news->kind,
                             .since = at,
                             .last = at,
                             .count = 1,
                             .fuse = news->fuse };
    set_text(&one->subject, news->subject, SUBJECT_MOST);
    set_text(&one->by, news->by, BY_MOST);
    set_text(&one->words, news->words, WORDS_MOST);
    one->explained = culprits_find(f->box, &f->trail, one, at);
    if (one->explained == 0 && opens_incident(one->kind)) {
        one->own = own_of(f, one);
        if (one->own == 0)
            one->own = box_take_number(f->box);
    }
    append(f, one);
    return one;
}

/* True when that is worth the disk: some are told of with each refusal. */
static bool go_on(struct finding *one, const struct finding_news *news, struct wall at)
{
    bool same = slice_eq(one->words, slice_head_utf8(news->words, WORDS_MOST));

    one->last = at;
    one->count += one->count < UINT32_MAX;
    if (one->fuse == FINDING_NOBODY)
        one->fuse = news->fuse;
    if (!same)
        set_text(&one->words, news->words, WORDS_MOST);
    return at.ms < one->kept.ms || at.ms - one->kept.ms >= (same ? KEEP_MS : KEEP_WORDS_MS);
}

static void end(struct findings *f, struct finding *one, struct wall at)
{
    one->ended = at;
    keep(f, one, at);
}

/* Complaints about an account that is abused once more are not those of the last time. */
static bool is_of_another_time(const struct findings *f, const struct finding *one)
{
    const struct box_incident *then = box_find(f->box, one->explained), *now;

    if (one->kind != FINDING_COMPLAINTS || one->fuse == FINDING_NOBODY || then == NULL ||
        !incident_ended(then))
        return false;
    now = box_open(f->box, one->fuse);
    return now != NULL && now->number != 0;
}

const struct finding *findings_see(struct findings *f, const struct finding_news *news,
                                   struct wall at, bool *begun)
{
    struct finding *one = find(f, news->kind, slice_head_utf8(news->subject, SUBJECT_MOST),
                               slice_head_utf8(news->by, BY_MOST));

    bool worth_keeping = true;

    if (one != NULL && is_of_another_time(f, one)) {
        end(f, one, at);
        one = NULL;
    }
    if (begun != NULL)
        *begun = one == NULL;
    if (one != NULL)
        worth_keeping = go_on(one, news, at);
    else if (!is_full(f))
        one = begin(f, news, at);
    if (one != NULL && worth_keeping)
        keep(f, one, at);
    return one;
}

const struct finding *findings_over(struct findings *f, enum finding_kind kind,
                                    struct slice subject, struct slice by, struct wall at)
{
    struct finding *one =
        find(f, kind, slice_head_utf8(subject, SUBJECT_MOST), slice_head_utf8(by, BY_MOST));

    if (one != NULL)
        end(f, one, at);
    return one;
}

/* Is it explained by now? */
static void look_again(struct findings *f, struct finding *one, struct wall at)
{
    one->explained = culprits_find(f->box, &f->trail, one, at);
    if (one->explained == 0)
        return;
    keep(f, one, at);
    f->keeper.tied(f->keeper.ctx, one);
}

void findings_look_soon(struct findings *f)
{
    f->looked.ms = 0;
    f->trail.known = false;
}

static void end_silent(struct findings *f, struct wall at)
{
    for (uint32_t i = 0; i < f->n; i++) {
        struct finding *one = f->all[i];

        if (one->kind == FINDING_COMPLAINTS && one->ended.ms == 0 &&
            at.ms - one->last.ms > COMPLAINTS_OVER_MS)
            end(f, one, at);
    }
}

void findings_pass_time(struct findings *f, struct wall at)
{
    uint32_t looks = 0;

    if (at.ms >= f->looked.ms && at.ms - f->looked.ms < AGAIN_MS)
        return;
    f->looked = at;
    trim(f);
    end_silent(f, at);
    for (uint32_t i = 0; i < f->n && looks < AT_ONCE; i++) {
        struct finding *one = f->all[f->next++ % f->n];

        if (one->ended.ms != 0 || one->explained != 0 || at.ms - one->since.ms > AGAIN_FOR_MS)
            continue;
        look_again(f, one, at);
        looks++;
    }
}

bool findings_case(const struct findings *f, uint32_t number, struct finding_case *out)
{
    struct finding_case c = { .number = number };

    for (uint32_t i = 0; number != 0 && i < f->n; i++) {
        const struct finding *one = f->all[i];

        if (one->own != number)
            continue;
        if (c.findings++ == 0) {
            c.kind = one->kind;
            c.subject = one->subject;
            c.since = one->since;
            c.first = one;
        }
        c.open += one->ended.ms == 0;
        c.ended = one->ended.ms > c.ended.ms ? one->ended : c.ended;
    }
    if (c.findings == 0)
        return false;
    if (c.open > 0)
        c.ended.ms = 0;
    *out = c;
    return true;
}

void findings_load(struct findings *f, const struct finding *from)
{
    struct finding *one = memory_new(1, sizeof *one);

    *one = *from;
    one->subject = one->by = one->words = (struct slice){ NULL, 0 };
    set_text(&one->subject, from->subject, SUBJECT_MOST);
    set_text(&one->by, from->by, BY_MOST);
    set_text(&one->words, from->words, WORDS_MOST);
    append(f, one);
    box_numbers_taken(f->box, one->own);
}
