/* scene_check.c - what must be true of a box at any time. */
#include "box/scene.h"

#include "base/ban.h"

struct walk {
    const struct box_scene *s;
    const struct box_incident *i;
    struct box_amount in[BOX_HOLDINGS], all;
    struct wall last;
};

static bool check_message(void *ctx, const struct box_message *m)
{
    struct walk *w = ctx;
    const struct kept *k = &w->s->kept;
    uint32_t at = 0;

    assert_true(m->holding < BOX_GONE);
    while (at < k->messages_n &&
           (k->messages[at].queue_id_n != m->queue_id_n ||
            memcmp(k->messages[at].queue_id, m->queue_id, m->queue_id_n) != 0))
        at++;
    assert_true(at < k->messages_n);
    assert_int_equal(k->messages[at].holding, m->holding);
    assert_int_equal(k->messages[at].incident, m->incident);
    assert_true(slice_eq(k->messages[at].sender, m->sender));
    assert_ptr_equal(mail_find(w->s->b, (struct slice){ m->queue_id, m->queue_id_n }), m);
    if (w->i != NULL)
        assert_int_equal(m->incident, w->i->number);
    if (w->i != NULL && !w->i->own.unsorted)
        assert_true(m->at.ms >= w->last.ms);
    w->last = m->at;
    w->in[m->holding].messages++;
    w->in[m->holding].recipients += m->recipients;
    w->all.messages++;
    w->all.recipients += m->recipients;
    return true;
}

static void check_mail(const struct box_scene *s, const struct box_incident *i)
{
    struct walk w = { .s = s, .i = i };

    if (i->number != 0)
        box_messages(s->b, i->number, check_message, &w);
    assert_memory_equal(w.in, i->own.in, sizeof w.in);
    assert_memory_equal(&w.all, &i->held, sizeof w.all);
}

static uint32_t check_tasks(const struct box_scene *s, const struct box_incident *i,
                            uint32_t *files)
{
    uint32_t pending = 0, moving = 0, open = 0;

    for (int k = 0; k < BOX_STEPS; k++) {
        const struct box_task *t = &i->tasks[k];

        pending += t->progress == BOX_PENDING;
        open += t->progress == BOX_PENDING || t->progress == BOX_RUNNING;
        moving += k >= BOX_HOLD_QUEUE && t->progress == BOX_RUNNING;
        assert_true(t->version <= i->version);
        if (t->progress == BOX_DONE)
            assert_true(t->why[0] == '\0' || incident_ended(i));
    }
    *files += i->tasks[BOX_LOCK_FILES].progress == BOX_RUNNING;
    assert_true(moving <= 1);
    assert_int_equal(open > 0, i->own.place[BOX_BUSY] != NOWHERE);
    if (i->number == 0)
        assert_int_equal(open, 0);
    /* nothing waits for ever */
    for (int h = BOX_TO_HOLD; h < BOX_GONE; h++)
        if (i->own.in[h].messages > 0)
            assert_true(task_open(&i->tasks[BOX_HOLD_MAIL + h - BOX_TO_HOLD]));
    if (i->state == BOX_CLEARED && i->tasks[BOX_HOLD_MAIL].progress != BOX_RUNNING &&
        i->tasks[BOX_HOLD_QUEUE].progress != BOX_RUNNING)
        assert_int_equal(mail_waiting(i).messages, 0);
    (void)s;
    return pending;
}

static void check_incident(const struct box_scene *s, const struct box_incident *i)
{
    uint32_t number = 0;
    bool locked = i->state == BOX_LOCKED || i->state == BOX_WAITING;

    assert_int_equal(incident_ended(i), i->own.place[BOX_LIVE] == NOWHERE);
    assert_int_equal(incident_ended(i), i->ended.ms != 0);
    assert_int_equal(i->state == BOX_WATCHED, i->number == 0);
    assert_int_equal(i->number == 0, i->version == 0);
    if (incident_ended(i)) {
        assert_false(i->tasks[BOX_HOLD_QUEUE].progress == BOX_PENDING);
        assert_true(i->own.let_go == NOWHERE);
    } else {
        assert_ptr_equal(box_open(s->b, i->fuse), i);
        assert_int_equal(box_is_locked(s->b, i->fuse, &number), locked);
        assert_int_equal(number, locked ? i->number : 0);
    }
    if (i->number != 0)
        assert_ptr_equal(box_find(s->b, i->number), i);
    check_mail(s, i);
}

void scene_check(const struct box_scene *s)
{
    struct walk all = { .s = s };
    struct box_count count = box_count(s->b);
    const struct box_incident *i;
    uint32_t pending = 0, n = 0, numbered = 0, files = 0;

    for (; (i = box_at(s->b, n)) != NULL; n++) {
        assert_int_equal(i->own.place[BOX_ALL], n);
        check_incident(s, i);
        pending += check_tasks(s, i, &files);
        numbered += i->number != 0;
        for (const struct box_incident *f = i->own.former; f != NULL; f = f->own.former) {
            assert_int_equal(f->fuse, i->fuse);
            assert_true(incident_ended(f));
        }
    }
    assert_int_equal(pending, count.pending);
    assert_int_equal(files, s->b->files);
    assert_true(numbered <= s->kept.incidents_n);
    box_messages(s->b, 0, check_message, &all);
    assert_int_equal(all.all.messages, s->kept.messages_n);
    assert_memory_equal(&all.all, &count.mail, sizeof count.mail);
}
