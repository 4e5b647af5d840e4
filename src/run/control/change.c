/* change.c - what administrators decide. A change is answered when its actions are done, or
 * after ten seconds. */
#include <stdarg.h>
#include <stdlib.h>
#include <syslog.h>

#include "base/memory.h"
#include "proto/stamp.h"
#include "run/control/parts.h"

#include "base/ban.h"

enum { PATIENCE_MS = 10 * SECOND_MS, WORDS_MAX = 1024 };

/* A command whose actions are under way. */
struct control_wait {
    struct control_wait *next;
    uint64_t ticket;
    uint32_t incident;
    uint32_t messages;
    uint64_t batch; /* once its actions are done: what has to be on disk before it is answered */
    struct wall until;
    struct buf words;
    json_t *more; /* members of the reply, or NULL */
};

static struct box_decision decision_of(const struct control_call *c)
{
    return (struct box_decision){ c->d->now, slice_of(c->peer->name),
                                  json_get_text(c->request, "reason") };
}

static void answer(struct daemon *d, const struct control_wait *w)
{
    const struct box_incident *i = box_find(d->box, w->incident);
    json_t *reply = json_pack(
        "{so so so so ss si so}", "ok", json_true(), "words", json_text(buf_slice(&w->words)),
        "account", i != NULL ? json_text(i->subject.name) : json_null(), "incident",
        i != NULL ? json_integer(i->number) : json_null(), "stage",
        i != NULL ? part_stage_of(i) : "observe", "messages", (int)w->messages, "actions",
        i != NULL ? part_actions(d, i) : json_array());

    json_object_set_new(reply, "time", part_time(d, d->now));
    (void)json_object_update(reply, w->more);
    control_reply(d->control, w->ticket, reply);
}

static bool under_way(const struct daemon *d, uint32_t incident)
{
    const struct box_incident *i = box_find(d->box, incident);

    for (int s = 0; i != NULL && s < BOX_STEPS; s++)
        if (i->tasks[s].progress == BOX_RUNNING ||
            (i->tasks[s].progress == BOX_PENDING && i->tasks[s].tries == 0))
            return true;
    return false;
}

/* What is answered survives a crash. */
static bool is_waited_for(const struct daemon *d, struct control_wait *w)
{
    if (under_way(d, w->incident))
        return true;
    if (w->batch == 0)
        w->batch = keep_told(d);
    return d->keep.written < w->batch;
}

static void wait_for(const struct control_call *c, uint32_t incident, uint32_t messages,
                     struct slice words, json_t *more)
{
    struct daemon *d = c->d;
    struct control_wait *w = memory_new(1, sizeof *w);

    *w = (struct control_wait){ .next = d->control_waits,
                                .ticket = c->ticket,
                                .incident = incident,
                                .messages = messages,
                                .until = { d->now.ms + PATIENCE_MS },
                                .words = buf_make(WORDS_MAX),
                                .more = more };
    buf_add(&w->words, words);
    d->control_waits = w;
    work_look(d);
    control_look(d);
}

void control_answer_kept(const struct control_call *c, struct slice words, json_t *more)
{
    wait_for(c, 0, 0, words, more);
}

/* The words begin with the account, or are made by the caller. */
static void answer_later(const struct control_call *c, uint32_t incident, uint32_t messages,
                         const char *format, ...) PRINTF(4, 5);

static void answer_later(const struct control_call *c, uint32_t incident, uint32_t messages,
                         const char *format, ...)
{
    char text[WORDS_MAX];
    va_list list;

    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    wait_for(c, incident, messages, slice_of(text), NULL);
}

static void forget(struct control_wait *w)
{
    json_decref(w->more);
    buf_done(&w->words);
    free(w);
}

void control_look(struct daemon *d)
{
    if (d->control == NULL)
        return; /* control_forget has the rest */
    for (struct control_wait **at = &d->control_waits; *at != NULL;) {
        struct control_wait *w = *at;

        if (is_waited_for(d, w) && d->now.ms < w->until.ms) {
            at = &w->next;
            continue;
        }
        *at = w->next;
        answer(d, w);
        forget(w);
    }
}

void control_clock_set(struct daemon *d, int64_t by_ms)
{
    for (struct control_wait *w = d->control_waits; w != NULL; w = w->next)
        w->until.ms += by_ms;
}

void control_forget(struct daemon *d)
{
    while (d->control_waits != NULL) {
        struct control_wait *w = d->control_waits;

        d->control_waits = w->next;
        forget(w);
    }
}

static void refuse(const struct control_call *c, const char *error, const char *hint)
{
    control_refuse(c->d->control, c->ticket, error, hint);
}

/* The account of the request: one that may never have been seen can be held and locked, too. */
static bool account_of(const struct control_call *c, char room[ADDRESS_MAX], struct subject *out)
{
    bool known = part_find(c->d, json_get_text(c->request, "account"), room, out);

    if (out->name.n > 0)
        return known || control_is_account(c, out->name);
    refuse(c, "that is no name of an account", NULL);
    return false;
}

static void stop_account(const struct control_call *c, bool lock)
{
    struct box_decision by = decision_of(c);
    char room[ADDRESS_MAX];
    struct subject s;
    uint32_t incident = 0;
    enum box_said said;

    if (!account_of(c, room, &s))
        return;
    if (!lock && !c->d->can_act) {
        refuse(c, "mail that is held could not be let go again: mailfuse was not started as root",
               NULL);
        return;
    }
    said = lock ? box_lock(c->d->box, &s, &by, &incident) : box_hold(c->d->box, &s, &by, &incident);
    if (said == BOX_TOO_MANY)
        refuse(c, "there are too many accounts to watch one more", NULL);
    else
        answer_later(c, incident, 0, "%.*s %s", SLICE_ARG(s.name),
                     said == BOX_ALREADY
                         ? (lock ? "was locked already" : "was held or locked already")
                         : (lock ? "is locked" : "is held"));
}

void control_hold(const struct control_call *c)
{
    stop_account(c, false);
}

void control_lock(const struct control_call *c)
{
    stop_account(c, true);
}

void control_unlock(const struct control_call *c)
{
    struct box_decision by = decision_of(c);
    bool force = json_get_bool(c->request, "force");
    const struct box_incident *i;
    char room[ADDRESS_MAX];
    struct subject s;
    uint32_t incident = 0;
    enum box_said said;

    if (!account_of(c, room, &s))
        return;
    said = box_unlock(c->d->box, &s, force, &by, &incident);
    i = box_find(c->d->box, incident);
    if (said == BOX_NO_SUCH)
        refuse(c, "it is neither held nor locked", "mailfuse status lists those that are");
    else if (said == BOX_CANNOT)
        refuse(c, "whether its password has changed cannot be seen: no login of it was reported",
               "mailfuse unlock --force, once the password is another one");
    else
        answer_later(c, incident, 0, "%.*s %s", SLICE_ARG(s.name),
                     i != NULL && i->state == BOX_WAITING
                         ? "is unlocked as soon as it logs in with another password; if that is to "
                           "send, the session may hear 421 once, and the next one does not"
                         : "is unlocked, for sessions that begin a second from now");
}

void control_release(const struct control_call *c)
{
    struct box_decision by = decision_of(c);
    struct slice queue_id = json_get_text(c->request, "queue_id");
    uint32_t incident = (uint32_t)json_get_int(c->request, "incident"), n = 0, held = 0;
    char room[ADDRESS_MAX];
    struct subject s = { 0 };
    struct box_incident *i;

    if (incident == 0) {
        if (!account_of(c, room, &s))
            return;
        i = last_incident(c->d, &s);
        incident = i != NULL ? i->number : 0;
    }
    i = control_held_incident(c, incident);
    if (i == NULL)
        return;
    if (queue_id.n > 0) {
        enum box_said said = box_release_one(c->d->box, incident, queue_id, &by);

        if (said == BOX_NO_SUCH)
            refuse(c, "that message is not held", "mailfuse incident N lists what is");
        else
            answer_later(c, incident, 1, "the message leaves");
        return;
    }
    (void)box_release_all(c->d->box, incident, &by, &n);
    if (i->state == BOX_HELD)
        (void)box_unlock(c->d->box, &i->subject, true, &by, &held);
    answer_later(c, incident, n, n == 1 ? "%u message leaves" : "%u messages leave", n);
}

struct box_incident *last_incident(const struct daemon *d, const struct subject *s)
{
    const struct box_incident *last = NULL, *i;

    for (uint32_t k = 0; (i = box_at(d->box, k)) != NULL; k++)
        if (i->subject.hash == s->hash && i->number != 0 &&
            (last == NULL || i->number > last->number))
            last = i;
    return last != NULL ? box_find(d->box, last->number) : NULL;
}

void control_purge(const struct control_call *c)
{
    struct box_decision by = decision_of(c);
    uint32_t incident = (uint32_t)json_get_int(c->request, "incident"), n = 0;
    const struct box_incident *i = control_held_incident(c, incident);

    if (i == NULL)
        return;
    if ((json_int_t)i->held.messages > json_get_int(c->request, "messages")) {
        refuse(c, "more messages are held by now than were to be deleted",
               "look again with mailfuse incident, then repeat it");
        return;
    }
    (void)box_purge(c->d->box, incident, &by, &n);
    answer_later(c, incident, n, n == 1 ? "%u message is deleted" : "%u messages are deleted", n);
}

static void change_block(const struct control_call *c, bool add)
{
    struct box_decision by = decision_of(c);
    struct slice value = json_get_text(c->request, "value");
    enum box_block kind = slice_eq(json_get_text(c->request, "kind"), SLICE("client"))
                              ? BOX_BLOCK_CLIENT
                              : BOX_BLOCK_RECIPIENT;
    enum box_said said = add ? box_add_block(c->d->box, kind, value, &by)
                             : box_remove_block(c->d->box, kind, value, &by);
    struct buf words = buf_make(WORDS_MAX);

    if (said == BOX_NO_SUCH) {
        refuse(c,
               !add ? "that is not blocked"
               : kind == BOX_BLOCK_CLIENT
                   ? "that is no address and no network, such as 192.0.2.0/24"
                   : "that is neither an address nor a domain with an @ in front of it",
               add ? NULL : "mailfuse blocks lists what is");
        return;
    }
    buf_add(&words, slice_head(value, WORDS_MAX / 2));
    buf_printf(&words, "%s",
               !add                  ? " is no longer blocked"
               : said == BOX_ALREADY ? " was blocked already"
                                     : " is blocked");
    answer_later(c, 0, 0, "%.*s", SLICE_ARG(buf_slice(&words)));
    buf_done(&words);
}

void control_block(const struct control_call *c)
{
    change_block(c, true);
}

void control_unblock(const struct control_call *c)
{
    change_block(c, false);
}

void control_trust(const struct control_call *c)
{
    struct box_decision by = decision_of(c);
    struct slice until_text = json_get_text(c->request, "until");
    struct slice country = json_get_text(c->request, "country");
    struct stamp_clock clock = { 0 };
    char letters[3] = "", text[WALL_TEXT_MAX];
    struct wall until = { 0 };
    int32_t day;
    struct buf words = buf_make(WORDS_MAX);

    if (stamp_parse(&clock, &until_text, &until) != STAMP_OK || until.ms <= c->d->now.ms) {
        refuse(c, "that time is over", NULL);
        return;
    }
    day = (int32_t)((until.ms + (int64_t)c->d->utc_offset_s * SECOND_MS) / DAY_MS);
    if (country.n == 2)
        memcpy(letters, country.p, 2);
    if (box_trust(c->d->box, json_get_text(c->request, "account"), day, letters, &by) != BOX_OK) {
        refuse(c, "that is no name of an account", NULL);
        return;
    }
    buf_add(&words, slice_head(json_get_text(c->request, "account"), WORDS_MAX / 2));
    buf_printf(&words, " is trusted until %.10s",
               wall_rfc3339(until, c->d->utc_offset_s, false, text));
    answer_later(c, 0, 0, "%.*s", SLICE_ARG(buf_slice(&words)));
    buf_done(&words);
}

void control_untrust(const struct control_call *c)
{
    struct box_decision by = decision_of(c);
    struct slice account = json_get_text(c->request, "account");
    struct buf words = buf_make(WORDS_MAX);

    if (box_untrust(c->d->box, account, &by) != BOX_OK) {
        refuse(c, "it is not trusted by a command",
               "mailfuse show says what the file of exceptions has");
        return;
    }
    buf_add(&words, slice_head(account, WORDS_MAX / 2));
    buf_printf(&words, " is no longer trusted");
    answer_later(c, 0, 0, "%.*s", SLICE_ARG(buf_slice(&words)));
    buf_done(&words);
}

void control_reload(const struct control_call *c)
{
    struct daemon *d = c->d;
    char text[WORDS_MAX * 4];

    if (settings_reload(d)) {
        struct slice reason = json_get_text(c->request, "reason");

        keep_note(d, 0, slice_of(c->peer->name), SLICE(""), "config",
                  reason.n > 0 ? reason : SLICE("read again"));
        control_answer_kept(c, SLICE("the settings were read again"), NULL);
        return;
    }
    snprintf(text, sizeof text, "%.*s", SLICE_ARG(buf_slice(&d->conf_trouble)));
    refuse(c, text, "everything stays as it was; mailfuse check-config tells more");
}
