#include "box/random_scene.h"

#include <stdio.h>

#include "base/ban.h"

static const char *const names[] = { ALICE, BOB, "carol@example.test", "dave@example.test",
                                     "eve@example.test" };

uint32_t random_below(struct random_scene *r, uint32_t n)
{
    r->seed ^= r->seed << 13; /* Marsaglia, "Xorshift RNGs", 2003 */
    r->seed ^= r->seed >> 7;
    r->seed ^= r->seed << 17;
    return (uint32_t)(r->seed >> 32) % n;
}

static const char *somebody(struct random_scene *r)
{
    return names[random_below(r, COUNT(names))];
}

static uint32_t some_incident(struct random_scene *r)
{
    return random_below(r, r->s->kept.incidents_n + 2);
}

/* A message that is kept, or none. */
static struct slice some_message(struct random_scene *r, char room[BOX_QUEUE_ID])
{
    const struct kept *k = &r->s->kept;
    const struct box_message *m;

    if (k->messages_n == 0)
        return SLICE("NONE");
    m = &k->messages[random_below(r, k->messages_n)];
    memcpy(room, m->queue_id, BOX_QUEUE_ID);
    return (struct slice){ room, m->queue_id_n };
}

/* All messages of which anything is known: nothing gets lost. */
static uint64_t messages_of_all(const struct box *b)
{
    const struct box_incident *i;
    uint64_t sum = 0;

    for (uint32_t k = 0; (i = box_at(b, k)) != NULL; k++)
        sum += i->out.messages + i->held.messages + i->released.messages + i->purged.messages;
    return sum;
}

static void mail(struct random_scene *r)
{
    const char *who = somebody(r);
    uint64_t before = messages_of_all(r->s->b);
    bool held = scene_mail(r->s, who, 1 + random_below(r, 20), random_below(r, 3) > 0);
    const struct box_incident *i = scene_open(r->s, who);

    if (held)
        assert_true(i != NULL && i->state != BOX_WATCHED && i->state != BOX_OBSERVED);
    if (i != NULL)
        assert_int_equal(messages_of_all(r->s->b), before + 1);
}

static void judge(struct random_scene *r)
{
    const char *who = somebody(r);

    if (random_below(r, 3) == 0)
        detect_reset(r->s->d, scene_fuse(r->s, who));
    else
        scene_stage(r->s, who, (enum stage)random_below(r, 3));
}

static void decide(struct random_scene *r)
{
    struct subject who = scene_account(somebody(r));
    struct box_decision by = scene_by(r->s);
    uint32_t number = 0, n;
    char room[BOX_QUEUE_ID];
    struct slice queue_id = some_message(r, room);
    const struct box_message *m = mail_find(r->s->b, queue_id);

    switch (random_below(r, 6)) {
    case 0:
        assert_int_not_equal(box_hold(r->s->b, &who, &by, &number), BOX_TOO_MANY);
        break;
    case 1:
        assert_int_not_equal(box_lock(r->s->b, &who, &by, &number), BOX_TOO_MANY);
        break;
    case 2:
        (void)box_unlock(r->s->b, &who, random_below(r, 2) == 0, &by, &number);
        break;
    case 3:
        (void)box_release_all(r->s->b, some_incident(r), &by, &n);
        break;
    case 4:
        (void)box_release_one(r->s->b, m != NULL ? m->incident : 1, queue_id, &by);
        break;
    default:
        (void)box_purge(r->s->b, some_incident(r), &by, &n);
    }
}

static void take_work(struct random_scene *r)
{
    struct box_work w;

    if (random_below(r, 3) > 0)
        scene_store(r->s);
    if (r->running_n == RANDOM_RUNNING || !box_next_work(r->s->b, r->s->now, &w))
        return;
    for (uint32_t k = 0; k < r->running_n; k++) /* no step twice */
        assert_false(r->running[k].step == w.step &&
                     (r->running[k].incident == w.incident || w.step == BOX_LOCK_FILES));
    r->running[r->running_n++] = w;
}

/* What is found in the queue: something new, or something that was let go. */
static void find_some(struct random_scene *r, const struct box_work *w)
{
    for (uint32_t k = random_below(r, 4); k > 0; k--) {
        struct wall accepted = { r->s->now.ms - random_below(r, 100000) };
        char id[16];

        snprintf(id, sizeof id, "Q%u", 1 + random_below(r, ++r->s->mails));
        if (box_may_hold(r->s->b, w->incident, slice_of(id)))
            box_found_queued(r->s->b, w->incident, slice_of(id), accepted, 1 + random_below(r, 5),
                             100, SLICE("sender@example.test"), r->s->now);
    }
}

struct found_ids {
    char ids[64][BOX_QUEUE_ID + 1];
    uint32_t n;
};

static void add_found(void *ctx, struct slice queue_id)
{
    struct found_ids *f = ctx;

    if (f->n < COUNT(f->ids))
        snprintf(f->ids[f->n++], sizeof f->ids[0], "%.*s", SLICE_ARG(queue_id));
}

/* What became of those that were put on hold: some had left. */
static void look_at_some(struct random_scene *r, const struct box_work *w)
{
    struct found_ids f = { .n = 0 };

    (void)box_work_ids(r->s->b, w, add_found, &f);
    for (uint32_t k = 0; k < f.n; k++)
        if (random_below(r, 3) == 0)
            box_had_left(r->s->b, slice_of(f.ids[k]));
        else if (random_below(r, 2) == 0)
            box_was_held(r->s->b, slice_of(f.ids[k]), 1 + random_below(r, 5));
}

static void finish_one(struct random_scene *r, uint32_t k, struct slice why)
{
    struct box_work w = r->running[k];

    r->running[k] = r->running[--r->running_n];
    if (w.step == BOX_HOLD_QUEUE)
        find_some(r, &w);
    if (w.step == BOX_HOLD_MAIL)
        look_at_some(r, &w);
    if (w.step == BOX_LOCK_FILES)
        box_locks_written(r->s->b, why, r->s->now);
    else
        box_work_done(r->s->b, &w, why, r->s->now);
}

static void pass(struct random_scene *r)
{
    int64_t ms = random_below(r, 20) * (int64_t)SECOND_MS;

    if (random_below(r, 20) == 0)
        ms = random_below(r, 2) == 0 && !r->steady ? -(int64_t)HOUR_MS : 2 * (int64_t)HOUR_MS;
    scene_pass(r->s, ms);
}

static void other_things(struct random_scene *r)
{
    struct box_decision by = scene_by(r->s);
    char room[BOX_QUEUE_ID];

    switch (random_below(r, 8)) {
    case 0:
        box_enforce(r->s->b, random_below(r, 3) > 0, r->s->now);
        break;
    case 1:
        box_message_gone(r->s->b, some_message(r, room), r->s->now);
        break;
    case 2:
        (void)box_add_block(r->s->b, BOX_BLOCK_RECIPIENT, slice_of(somebody(r)), &by);
        break;
    case 3:
        (void)box_remove_block(r->s->b, BOX_BLOCK_RECIPIENT, slice_of(somebody(r)), &by);
        break;
    case 4:
        (void)box_trust(r->s->b, slice_of(somebody(r)), 20001, (const char[3]){ "" }, &by);
        break;
    case 5:
        (void)box_untrust(r->s->b, slice_of(somebody(r)), &by);
        break;
    default:
        (void)scene_login(r->s, somebody(r), (uint16_t)(2 * random_below(r, 4) + 1),
                          random_below(r, 3) > 0);
    }
}

void random_step(struct random_scene *r)
{
    uint32_t what = random_below(r, 100);

    r->s->now.ms++;
    if (what < 45)
        mail(r);
    else if (what < 52)
        judge(r);
    else if (what < 62)
        decide(r);
    else if (what < 75)
        take_work(r);
    else if (what < 87 && r->running_n > 0)
        finish_one(r, random_below(r, r->running_n),
                   random_below(r, 3) > 0 ? SLICE("") : SLICE("no helper"));
    else if (what < 95)
        pass(r);
    else
        other_things(r);
}

void random_finish(struct random_scene *r)
{
    while (r->running_n > 0)
        finish_one(r, 0, SLICE(""));
    for (int k = 0; k < 20 && box_count(r->s->b).pending > 0; k++) {
        r->s->now.ms += 2 * MINUTE_MS;
        (void)scene_work(r->s, "");
    }
}
