#include "box/scene.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "detect/state_fuse.h"

#include "base/ban.h"

enum { NOTES_MAX = 1 << 20, FUSE_MAX = 1 << 20, IDS_MAX = 64 };

static void keep_incident(void *ctx, const struct box_incident *i)
{
    struct box_scene *s = ctx;
    struct kept *k = &s->kept;
    uint32_t at = 0;

    assert_true(i->number > 0);
    s->keeping++;
    while (at < k->incidents_n && k->incidents[at].number != i->number)
        at++;
    if (at == k->incidents_n)
        k->incidents = memory_resize(k->incidents, ++k->incidents_n, sizeof *k->incidents);
    else
        assert_true(k->incidents[at].version < i->version);
    k->incidents[at] = *i;
    k->incidents[at].subject.name = arena_copy(&s->strings, i->subject.name);
    k->incidents[at].by = arena_copy(&s->strings, i->by);
}

static uint32_t message_place(const struct kept *k, const struct box_message *m)
{
    uint32_t at = 0;

    while (at < k->messages_n &&
           (k->messages[at].queue_id_n != m->queue_id_n ||
            memcmp(k->messages[at].queue_id, m->queue_id, m->queue_id_n) != 0))
        at++;
    return at;
}

static void keep_message(void *ctx, const struct box_message *m)
{
    struct box_scene *s = ctx;
    struct kept *k = &s->kept;
    uint32_t at = message_place(k, m);

    s->keeping++;
    if (m->holding == BOX_GONE) {
        assert_true(at < k->messages_n);
        k->messages[at] = k->messages[--k->messages_n];
        return;
    }
    if (at == k->messages_n)
        k->messages = memory_resize(k->messages, ++k->messages_n, sizeof *k->messages);
    k->messages[at] = *m;
    k->messages[at].sender = arena_copy(&s->strings, m->sender);
}

static void keep_blocked(void *ctx, const struct box_blocked *b, bool gone)
{
    struct box_scene *s = ctx;
    struct kept *k = &s->kept;
    uint32_t at = 0;

    s->keeping++;
    while (at < k->blocks_n &&
           (k->blocks[at].kind != b->kind || !slice_eq(k->blocks[at].value, b->value)))
        at++;
    assert_int_equal(gone, at < k->blocks_n);
    if (gone) {
        k->blocks[at] = k->blocks[--k->blocks_n];
        return;
    }
    k->blocks = memory_resize(k->blocks, ++k->blocks_n, sizeof *k->blocks);
    k->blocks[at] = *b;
    k->blocks[at].value = arena_copy(&s->strings, b->value);
    k->blocks[at].who = arena_copy(&s->strings, b->who);
    k->blocks[at].reason = arena_copy(&s->strings, b->reason);
}

static void keep_trusted(void *ctx, const struct box_trusted *t, bool gone)
{
    struct box_scene *s = ctx;
    struct kept *k = &s->kept;
    uint32_t at = 0;

    s->keeping++;
    while (at < k->trusts_n && !slice_eq(k->trusts[at].account, t->account))
        at++;
    if (gone) {
        assert_true(at < k->trusts_n);
        k->trusts[at] = k->trusts[--k->trusts_n];
        return;
    }
    if (at == k->trusts_n)
        k->trusts = memory_resize(k->trusts, ++k->trusts_n, sizeof *k->trusts);
    k->trusts[at] = *t;
    k->trusts[at].account = arena_copy(&s->strings, t->account);
    k->trusts[at].who = arena_copy(&s->strings, t->who);
    k->trusts[at].reason = arena_copy(&s->strings, t->reason);
}

static void keep_note(void *ctx, const struct box_note *n)
{
    struct box_scene *s = ctx;

    buf_printf(&s->notes, "%.*s %.*s %.*s: %.*s\n", SLICE_ARG(n->who), SLICE_ARG(n->what),
               SLICE_ARG(n->subject), SLICE_ARG(n->detail));
    if (s->notes.n > NOTES_MAX / 2)
        buf_clear(&s->notes);
}

static void note_touch(void *ctx, uint32_t fuse)
{
    struct box_scene *s = ctx;

    (void)fuse;
    s->touched++;
}

static void begin(struct box_scene *s)
{
    struct box_keeper keeper = {
        keep_incident, keep_message, keep_blocked, keep_trusted, keep_note, NULL, s
    };

    s->d = detect_new(&(struct detect_options){ .touch = note_touch, .touch_ctx = s });
    s->b = box_new(s->d, &keeper);
    detect_set_release(s->d, box_release, s->b);
}

struct box_scene *scene_new(void)
{
    struct box_scene *s = memory_new(1, sizeof *s);

    s->notes = buf_make(NOTES_MAX);
    s->now.ms = 20000 * (int64_t)DAY_MS + 10 * (int64_t)HOUR_MS;
    begin(s);
    box_enforce(s->b, true, s->now);
    scene_forget_notes(s);
    return s;
}

static void end(struct box_scene *s)
{
    box_free(s->b);
    detect_free(s->d);
}

void kept_done(struct kept *k)
{
    free(k->incidents);
    free(k->messages);
    free(k->blocks);
    free(k->trusts);
    *k = (struct kept){ 0 };
}

void scene_free(struct box_scene *s)
{
    end(s);
    kept_done(&s->kept);
    arena_done(&s->strings);
    buf_done(&s->notes);
    free(s);
}

static void *copied(const void *from, uint32_t n, size_t size)
{
    void *to = n > 0 ? memory_new(n, size) : NULL;

    if (to != NULL)
        memcpy(to, from, n * size);
    return to;
}

struct kept kept_copy(const struct kept *from)
{
    struct kept k = *from;

    k.incidents = copied(from->incidents, from->incidents_n, sizeof *from->incidents);
    k.messages = copied(from->messages, from->messages_n, sizeof *from->messages);
    k.blocks = copied(from->blocks, from->blocks_n, sizeof *from->blocks);
    k.trusts = copied(from->trusts, from->trusts_n, sizeof *from->trusts);
    return k;
}

struct picture_book scene_pictures(const struct box_scene *s)
{
    struct picture_book book = { .n = detect_count(s->d) };

    book.fuses = memory_new(book.n + 1, sizeof *book.fuses);
    for (uint32_t f = 0; f < book.n; f++) {
        book.fuses[f] = buf_make(FUSE_MAX);
        state_fuse_save(s->d, f, &book.fuses[f]);
    }
    return book;
}

void pictures_done(struct picture_book *book)
{
    for (uint32_t f = 0; f < book->n; f++)
        buf_done(&book->fuses[f]);
    free(book->fuses);
    *book = (struct picture_book){ 0 };
}

void scene_restart(struct box_scene *s, const struct kept *kept, const struct picture_book *book,
                   bool enforce)
{
    struct kept fresh = kept_copy(kept);

    end(s);
    kept_done(&s->kept);
    s->kept = fresh;
    fresh = kept_copy(kept);
    begin(s);
    for (uint32_t f = 0; f < book->n; f++)
        assert_int_equal(state_fuse_load(s->d, buf_slice(&book->fuses[f])), f);
    for (uint32_t k = 0; fresh.incidents != NULL && k < fresh.incidents_n; k++) {
        fresh.incidents[k].fuse = detect_ensure(s->d, &fresh.incidents[k].subject);
        box_load_incident(s->b, &fresh.incidents[k]);
    }
    for (uint32_t k = 0; k < fresh.messages_n; k++)
        box_load_message(s->b, &fresh.messages[k]);
    for (uint32_t k = 0; k < fresh.blocks_n; k++)
        box_load_blocked(s->b, &fresh.blocks[k]);
    for (uint32_t k = 0; k < fresh.trusts_n; k++)
        box_load_trusted(s->b, &fresh.trusts[k]);
    if (enforce)
        box_enforce_quietly(s->b);
    box_loaded(s->b, s->now);
    kept_done(&fresh);
}

struct subject scene_account(const char *name)
{
    return subject_make(SUBJECT_ACCOUNT, slice_of(name));
}

uint32_t scene_fuse(struct box_scene *s, const char *name)
{
    struct subject who = scene_account(name);

    return detect_ensure(s->d, &who);
}

struct box_incident *scene_open(struct box_scene *s, const char *name)
{
    return box_open(s->b, scene_fuse(s, name));
}

struct box_incident *scene_find(struct box_scene *s, uint32_t number)
{
    struct box_incident *i = box_find(s->b, number);

    assert_non_null(i);
    return i;
}

struct box_decision scene_by(const struct box_scene *s)
{
    return (struct box_decision){ s->now, SLICE("root"), SLICE("because") };
}

void scene_stage(struct box_scene *s, const char *name, enum stage stage)
{
    struct evidence evidence[SIGNALS] = { [SIGNAL_STRANGERS] = { .weight = 6 } };
    struct detect_past past = {
        .stage = stage, .since = s->now, .held_from = s->now, .evidence = evidence
    };
    struct verdict v = { .fuse = scene_fuse(s, name), .stage = stage, .suspicion_began = true };
    struct event e = { .type = EVENT_LOGIN, .at = s->now, .subject = scene_account(name) };

    if (stage == STAGE_LOCK)
        past.locked = s->now;
    detect_restore(s->d, v.fuse, &past, s->now);
    (void)box_verdict(s->b, &e, &v, false);
}

bool scene_mail(struct box_scene *s, const char *name, uint32_t recipients, bool told)
{
    char id[16];
    struct event e = { .type = EVENT_SUBMISSION,
                       .at = s->now,
                       .recipients = recipients,
                       .size = 1000,
                       .subject = scene_account(name),
                       .sender = slice_of(name) };
    struct verdict v;

    snprintf(id, sizeof id, "Q%u", ++s->mails);
    e.queue_id = slice_of(id);
    assert_true(ip_parse(SLICE("192.0.2.7"), &e.client));
    v = detect_event(s->d, &e);
    return box_verdict(s->b, &e, &v, told);
}

void scene_store(struct box_scene *s)
{
    for (uint32_t k = 0; k < s->kept.incidents_n; k++)
        box_stored(s->b, s->kept.incidents[k].number, s->kept.incidents[k].version);
}

uint32_t scene_work(struct box_scene *s, const char *why)
{
    struct box_work w;
    uint32_t n = 0;

    if (!s->forgetful)
        scene_store(s);
    while (box_next_work(s->b, s->now, &w)) {
        assert_true(++n < 100000);
        assert_int_equal(scene_find(s, w.incident)->tasks[w.step].progress, BOX_RUNNING);
        if (w.step == BOX_LOCK_FILES)
            box_locks_written(s->b, slice_of(why), s->now);
        else
            box_work_done(s->b, &w, slice_of(why), s->now);
        if (!s->forgetful)
            scene_store(s);
    }
    return n;
}

bool scene_login(struct box_scene *s, const char *name, uint16_t password, bool right)
{
    struct box_login l = { .subject = scene_account(name),
                           .protocol = SLICE("imap"),
                           .password = password,
                           .at = s->now };
    uint32_t incident = 0;
    bool admitted = box_login_admit(s->b, &l, &incident) == BOX_ADMITTED;

    assert_true(ip_parse(SLICE("203.0.113.9"), &l.ip));
    if (admitted && right)
        box_login_succeeded(s->b, &l);
    else
        box_login_failed(s->b, &l);
    return admitted;
}

void scene_pass(struct box_scene *s, int64_t ms)
{
    s->now.ms += ms;
    detect_pass_time(s->d, s->now);
    box_pass_time(s->b, s->now);
}

void scene_forget_notes(struct box_scene *s)
{
    buf_clear(&s->notes);
}

bool scene_noted(struct box_scene *s, const char *words)
{
    struct slice all = buf_slice(&s->notes);
    bool has = words == NULL ? all.n == 0
                             : all.n > 0 && memmem(all.p, all.n, words, strlen(words)) != NULL;

    buf_clear(&s->notes);
    return has;
}
