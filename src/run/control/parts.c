#include "run/control/parts.h"

#include <math.h>

#include "report/build.h"

#include "base/ban.h"

static const char *const kinds[SUBJECT_KINDS] = { "account", "relay", "lan", "local" };

json_t *part_time(const struct daemon *d, struct wall at)
{
    return json_stamp(at, d->utc_offset_s);
}

json_t *part_amount(const struct box_amount *a)
{
    return json_pack("{sI sI}", "messages", (json_int_t)a->messages, "recipients",
                     (json_int_t)a->recipients);
}

const char *part_kind(enum subject_kind kind)
{
    return kinds[kind];
}

const char *part_stage_of(const struct box_incident *i)
{
    if (i->state == BOX_LOCKED || i->state == BOX_WAITING ||
        (i->state == BOX_OBSERVED && i->would_lock))
        return "lock";
    return i->state == BOX_HELD || i->state == BOX_OBSERVED ? "hold" : "observe";
}

const char *part_stage(const struct daemon *d, uint32_t fuse)
{
    const struct box_incident *i = fuse != UINT32_MAX ? box_open(d->box, fuse) : NULL;

    return i != NULL ? part_stage_of(i) : "observe";
}

json_t *part_open_incident(const struct daemon *d, uint32_t fuse)
{
    const struct box_incident *i = fuse != UINT32_MAX ? box_open(d->box, fuse) : NULL;

    return i != NULL && i->number != 0 ? json_integer(i->number) : json_null();
}

static json_t *figure(double x)
{
    return isfinite(x) ? json_real(x) : json_null();
}

json_t *part_evidence(const struct daemon *d, const struct evidence all[SIGNALS], json_t **reason)
{
    struct report report = { 0 };
    struct report_fuse fuse = { 0 };
    struct incident incident = { 0 };
    json_t *out = json_array();

    if (all != NULL)
        memcpy(incident.at_peak, all, sizeof incident.at_peak);
    report_build_evidence(&report, &incident, &fuse);
    for (size_t k = 0; k < fuse.evidence_n; k++) {
        const struct report_evidence *e = &fuse.evidence[k];

        json_array_append_new(out, json_pack("{so so so so so sf so}", "signal",
                                             json_text(e->signal), "words", json_text(e->words),
                                             "observed", figure(e->observed), "expected",
                                             figure(e->expected), "history", json_text(e->history),
                                             "weight", e->weight, "time", part_time(d, e->at)));
    }
    if (reason != NULL)
        *reason = json_text(fuse.reason);
    arena_done(&report.arena);
    return out;
}

/* The names and words of docs/control.md. */
struct action {
    const char *name, *what, *undone; /* `undone`: of who is not locked any more; NULL: the same */
    enum box_step step;
};

static const struct action actions[] = {
    { "lock-map", "no mail of it is taken by Postfix, even without mailfuse",
      "Postfix takes its mail again", BOX_LOCK_FILES },
    { "deny-file", "Dovecot does not let it log in, even without mailfuse",
      "Dovecot lets it log in again", BOX_LOCK_FILES },
    { "kick", "its IMAP and POP3 sessions are ended", NULL, BOX_KICK },
    { "auth-cache", "Dovecot forgets its password", NULL, BOX_FLUSH },
    { "hold-queue", "its mail in the queue is held", NULL, BOX_HOLD_QUEUE },
    { "hold-queue", "its mail that came past the policy service is held", NULL, BOX_HOLD_MAIL },
    { "release-queue", "its held mail leaves", NULL, BOX_RELEASE },
    { "purge-queue", "its held mail is deleted", NULL, BOX_PURGE },
};

/* A lock that waits for a new password lets its account log in, and takes no mail. */
static const char *what_of(const struct action *a, const struct box_incident *i)
{
    bool map = strcmp(a->name, "lock-map") == 0;
    bool undone = i->state == BOX_CLOSED || (i->state == BOX_WAITING && !map);

    return undone && a->undone != NULL ? a->undone : a->what;
}

static bool is_wired(const struct daemon *d, const struct action *a)
{
    const struct conf_daemon *c = &d->conf->daemon;

    if (strcmp(a->name, "lock-map") == 0)
        return c->postfix_lock_map.text[0] != '\0';
    if (strcmp(a->name, "deny-file") == 0)
        return c->dovecot_deny_file[0] != '\0';
    if (a->step == BOX_KICK || a->step == BOX_FLUSH)
        return c->dovecot_config[0] != '\0';
    return true;
}

json_t *part_actions(const struct daemon *d, const struct box_incident *i)
{
    json_t *out = json_array();

    for (size_t k = 0; k < COUNT(actions); k++) {
        const struct box_task *t = &i->tasks[actions[k].step];
        bool wired = is_wired(d, &actions[k]), done = t->progress == BOX_DONE;

        if (t->progress == BOX_NOTHING ||
            (i->subject.kind != SUBJECT_ACCOUNT && strcmp(actions[k].name, "deny-file") == 0))
            continue;
        json_array_append_new(out,
                              json_pack("{ss ss ss so si so}", "name", actions[k].name, "what",
                                        what_of(&actions[k], i), "state",
                                        !wired ? "skipped"
                                        : done ? "done"
                                               : "pending",
                                        "why",
                                        json_text(!wired              ? SLICE("not configured")
                                                  : done              ? SLICE("")
                                                  : t->why[0] != '\0' ? slice_of(t->why)
                                                                      : SLICE("under way")),
                                        "tries", (int)t->tries, "time",
                                        done || t->tries > 0 ? part_time(d, t->at) : json_null()));
    }
    return out;
}

json_t *part_incident(const struct daemon *d, const struct box_incident *i)
{
    bool ended = i->state == BOX_CLEARED || i->state == BOX_CLOSED;
    json_t *reason, *evidence = part_evidence(d, i->evidence, &reason);

    json_decref(evidence);
    return json_pack("{si so ss ss ss ss so so so so sf so so so ss}", "incident", (int)i->number,
                     "account", json_text(i->subject.name), "kind", part_kind(i->subject.kind),
                     "state", ended ? "closed" : "open", "stage", part_stage_of(i), "mode",
                     i->state == BOX_OBSERVED ? "observe" : "enforce", "since",
                     part_time(d, i->since), "held_from", part_time(d, i->held_from), "locked",
                     part_time(d, i->locked), "closed", part_time(d, i->ended), "score", i->score,
                     "reason", reason, "out", part_amount(&i->out), "held", part_amount(&i->held),
                     "detail", box_state_name(i->state));
}

bool part_find(const struct daemon *d, struct slice name, char room[ADDRESS_MAX],
               struct subject *out)
{
    struct slice folded = account_fold(name, room);
    char text[IP_TEXT_MAX];
    struct ip ip;

    if (ip_parse(name, &ip)) { /* however it is written */
        folded.n = strlen(ip_text(&ip, text));
        memcpy(room, text, folded.n);
        folded.p = room;
    }
    for (int n = 0; n < 2 * SUBJECT_KINDS; n++) { /* first of all who has an incident */
        uint32_t fuse;

        *out = subject_make((enum subject_kind)(n % SUBJECT_KINDS), folded);
        fuse = detect_find(d->detect, out);
        if (fuse != UINT32_MAX && (n >= SUBJECT_KINDS || box_open(d->box, fuse) != NULL))
            return true;
    }
    if (ip_parse(name, &ip)) /* nobody logs in like that: a host that has not sent yet */
        *out = subject_make(SUBJECT_RELAY, folded);
    else
        *out = subject_make(SUBJECT_ACCOUNT, folded);
    return false;
}

void part_place(const struct daemon *d, json_t *object, const struct ip *ip)
{
    struct geo_answer answer = { 0 };
    bool known = d->geo != NULL && geo_find(d->geo, ip, &answer);

    json_object_set_new(object, "country",
                        known && answer.country[0] != '\0' ? json_string(answer.country)
                                                           : json_null());
    json_object_set_new(object, "asn",
                        known && answer.asn != 0 ? json_integer(answer.asn) : json_null());
    json_object_set_new(object, "network",
                        known && answer.organisation.n > 0 ? json_text(answer.organisation)
                                                           : json_string(""));
}

void control_answer_with(const struct control_call *c, json_t *reply)
{
    json_object_set_new(reply, "ok", json_true());
    json_object_set_new(reply, "time", part_time(c->d, c->d->now));
    control_reply(c->d->control, c->ticket, reply);
}
