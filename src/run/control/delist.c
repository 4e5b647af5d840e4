/* delist.c - what is listed, who caused it, and what is to be done before asking to be
 * removed. */
#include "report/words.h"
#include "run/control/parts.h"

#include "base/ban.h"

enum { WORDS_MAX = 1500, OVER_MS = 7 * DAY_MS };

/* What is to be done about one listing. */
struct guide {
    const struct daemon *d;
    const struct finding *finding;    /* NULL: not kept */
    const struct box_incident *cause; /* that explains it; or NULL */
    json_t *steps;
    bool ready;
    struct buf words, command;
};

/* Takes what is in words and command. */
static void add_step(struct guide *g, const char *name, bool done)
{
    g->ready = g->ready && done;
    json_array_append_new(g->steps,
                          json_pack("{ss sb so so}", "step", name, "done", (int)done, "words",
                                    json_text(buf_slice(&g->words)), "command",
                                    json_text(done ? SLICE("") : buf_slice(&g->command))));
    buf_clear(&g->words);
    buf_clear(&g->command);
}

static void step(struct guide *g, const char *name, bool done, const char *words)
{
    buf_add(&g->words, slice_of(words));
    add_step(g, name, done);
}

static void add_name(struct guide *g)
{
    buf_add(&g->words, g->cause->subject.name);
}

static void cause_step(struct guide *g)
{
    const struct finding_culprit *first = NULL;

    if (g->finding != NULL && g->finding->culprits_n > 0)
        first = &g->finding->culprits[0];
    if (g->cause != NULL) {
        buf_printf(&g->words, "the cause is found: incident %u, ", g->cause->number);
        add_name(g);
    } else if (first != NULL) {
        struct slice name = detect_subject(g->d->detect, first->fuse).name;

        buf_add(&g->words, SLICE("find the cause: no incident explains it; in the week before, "));
        buf_add(&g->words, name);
        buf_printf(&g->words, " sent most to new recipients: %u of %u, %u refused", first->fresh,
                   first->recipients, first->refused);
        buf_add(&g->command, SLICE("mailfuse show "));
        buf_add(&g->command, name);
    } else {
        buf_add(&g->words, SLICE("find the cause: no account sent anything unusual in the week "
                                 "before; look at hosts behind the same address"));
    }
    add_step(g, "cause", g->cause != NULL);
}

static void lock_step(struct guide *g)
{
    const struct box_incident *i = g->cause;
    bool locked = i->state == BOX_LOCKED || i->state == BOX_WAITING;
    bool over = i->state == BOX_CLOSED || i->state == BOX_CLEARED;

    add_name(g);
    if (locked)
        buf_add(&g->words, SLICE(" is locked"));
    else if (over)
        buf_add(&g->words, SLICE(": its incident is over"));
    else
        buf_add(&g->words, i->state == BOX_HELD ? SLICE(" is held: lock it, if this is abuse")
                                                : SLICE(" goes on: lock it"));
    buf_add(&g->command, SLICE("mailfuse lock "));
    buf_add(&g->command, i->subject.name);
    add_step(g, "lock", locked || over);
}

static void password_step(struct guide *g)
{
    const struct box_incident *i = g->cause;

    if (i->subject.kind != SUBJECT_ACCOUNT)
        return;
    if (i->state == BOX_CLOSED)
        buf_add(&g->words, SLICE("its lock was lifted, for a new password or by an administrator"));
    else if (i->state == BOX_WAITING)
        buf_add(&g->words,
                SLICE("its owner logs in with the new password: then it can send again"));
    else
        buf_add(&g->words, SLICE("its owner chooses a new password; then unlock it"));
    if (i->state != BOX_WAITING) {
        buf_add(&g->command, SLICE("mailfuse unlock "));
        buf_add(&g->command, i->subject.name);
    }
    add_step(g, "password", i->state == BOX_CLOSED);
}

static void held_step(struct guide *g)
{
    uint64_t held = g->cause->held.messages;

    if (held == 0)
        buf_add(&g->words, SLICE("nothing of it is left on hold"));
    else {
        buf_add(&g->words, SLICE("delete what is held of it: "));
        words_count(&g->words, held, "message", "messages");
    }
    buf_printf(&g->command, "mailfuse purge %u", g->cause->number);
    add_step(g, "held", held == 0);
}

/* Messages of that account that wait in the queue to be delivered. */
static uint64_t waiting_of(const struct daemon *d, struct slice account)
{
    const struct backlog_look *l = d->watch.backlog.look;

    for (uint32_t i = 0; l != NULL && i < l->rows_n[BACKLOG_ACCOUNTS]; i++)
        if (slice_eq(l->rows[BACKLOG_ACCOUNTS][i].name, account))
            return l->rows[BACKLOG_ACCOUNTS][i].waiting.messages;
    return 0;
}

static void queue_step(struct guide *g)
{
    uint64_t waiting = g->cause != NULL ? waiting_of(g->d, g->cause->subject.name) : 0;
    bool unusual = g->d->watch.backlog.since.ms != 0;

    buf_add(&g->command, SLICE("mailfuse queue"));
    if (waiting > 0) {
        words_count(&g->words, waiting, "message of it still waits", "messages of it still wait");
        buf_add(&g->words, SLICE(" to be delivered"));
    } else {
        buf_add(&g->words, unusual ? SLICE("more than usual waits in the queue")
                                   : SLICE("the queue is clean"));
    }
    add_step(g, "queue", waiting == 0 && !unusual);
}

/* A trusted host or one of the LAN that sends is as bad as an open relay. */
static void hosts_step(struct guide *g)
{
    const struct box_incident *i, *host = NULL;

    for (uint32_t k = 0; (i = box_at(g->d->box, k)) != NULL; k++)
        if (i->number != 0 && i->ended.ms == 0 && i->state != BOX_LOCKED && i != g->cause &&
            (i->subject.kind == SUBJECT_RELAY || i->subject.kind == SUBJECT_LAN))
            host = i;
    if (host == NULL) {
        step(g, "hosts", true, "no trusted host or machine of the LAN sends unusual mail");
        return;
    }
    buf_add(&g->words, host->subject.name);
    buf_add(&g->words, SLICE(", which needs no login, sends unusual mail"));
    buf_printf(&g->command, "mailfuse incident %u", host->number);
    add_step(g, "hosts", false);
}

static void actions_step(struct guide *g)
{
    bool troubled = box_count(g->d->box).troubled > 0;

    buf_add(&g->command, SLICE("mailfuse incidents"));
    step(g, "actions", !troubled,
         troubled ? "steps of mailfuse could not be taken yet"
                  : "no step of mailfuse is outstanding");
}

static void add_steps(struct guide *g)
{
    cause_step(g);
    if (g->cause != NULL) {
        lock_step(g);
        password_step(g);
        held_step(g);
    }
    queue_step(g);
    hosts_step(g);
    actions_step(g);
}

/* The incidents of those who may have caused it. */
static json_t *incidents_of(const struct daemon *d, const struct finding *f)
{
    json_t *out = json_array();

    for (uint32_t k = 0; f != NULL && k < f->culprits_n; k++) {
        const struct box_incident *i = box_find(d->box, f->culprits[k].incident);

        if (i != NULL)
            json_array_append_new(out, part_incident(d, i));
    }
    return out;
}

/* Add to a listing what we know of it. */
static void complete(const struct daemon *d, json_t *row)
{
    struct guide g = { .d = d,
                       .finding =
                           findings_find(d->findings, FINDING_LISTING,
                                         json_get_text(row, "subject"), json_get_text(row, "zone")),
                       .steps = json_array(),
                       .ready = true,
                       .words = buf_make(WORDS_MAX),
                       .command = buf_make(WORDS_MAX) };
    const struct finding *f = g.finding;

    g.cause = f != NULL ? box_find(d->box, f->explained) : NULL;
    add_steps(&g);
    json_object_set_new(row, "since", part_time(d, (struct wall){ json_get_int(row, "since") }));
    json_object_set_new(row, "incident",
                        f != NULL ? json_integer(finding_incident(f)) : json_null());
    json_object_set_new(row, "culprits", incidents_of(d, f));
    json_object_set_new(row, "steps", g.steps);
    json_object_set_new(row, "ready", json_boolean(g.ready));
    buf_done(&g.words);
    buf_done(&g.command);
}

/* What was listed lately, and is clean. */
static json_t *clean(const struct daemon *d, struct slice what)
{
    json_t *out = json_array();
    const struct finding *f;

    for (uint32_t i = 0; (f = findings_at(d->findings, i)) != NULL; i++)
        if (f->kind == FINDING_LISTING && f->ended.ms != 0 && d->now.ms - f->ended.ms < OVER_MS &&
            (what.n == 0 || slice_eq(what, f->subject)))
            json_array_append_new(out, part_finding(d, f));
    return out;
}

void control_delist(const struct control_call *c)
{
    struct daemon *d = c->d;
    struct slice what = json_get_text(c->request, "what");
    json_t *rows = dnsbl_watch_listings(d, what);
    struct buf words = buf_make(1000);
    const char *state = dnsbl_watch_state(d, &words);

    for (size_t i = 0; i < json_array_size(rows); i++)
        complete(d, json_array_get(rows, i));
    control_answer_with(
        c, json_pack("{so so ss so so so so so}", "listings", rows, "clean", clean(d, what),
                     "state", state, "words", json_text(buf_slice(&words)), "last",
                     part_time(d, dnsbl_watch_last(d)), "next", part_time(d, dnsbl_watch_next(d)),
                     "aside", dnsbl_watch_aside(d), "time", part_time(d, d->now)));
    buf_done(&words);
}
