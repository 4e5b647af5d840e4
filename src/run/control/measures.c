/* measures.c - what is still to be done about an incident by somebody, and the commands for
 * it. */
#include "run/control/parts.h"

#include "base/ban.h"

static void measure(json_t *list, const char *words, const char *command, uint32_t incident,
                    struct slice account)
{
    struct buf line = buf_make(2048);

    if (command[0] != '\0') {
        buf_printf(&line, "mailfuse %s%s", command, incident != 0 || account.n > 0 ? " " : "");
        if (incident != 0)
            buf_printf(&line, "%u", incident);
        else
            buf_add(&line, account);
    }
    json_array_append_new(
        list, json_pack("{ss so}", "words", words, "command", json_text(buf_slice(&line))));
    buf_done(&line);
}

/* Of an account or host, for what was found of us because of it. */
static void finding_measures(const struct daemon *d, uint32_t number, json_t *out)
{
    const struct finding *f, *last = NULL;

    for (uint32_t k = 0; (f = findings_at(d->findings, k)) != NULL; k++) {
        if (f->explained != number || f->ended.ms != 0 || f->kind != FINDING_LISTING ||
            (last != NULL && slice_eq(last->subject, f->subject)))
            continue;
        measure(out, "do what the lists want, and ask for removal", "delist", 0, f->subject);
        last = f;
    }
}

json_t *part_measures(const struct daemon *d, const struct box_incident *i)
{
    struct slice name = i->subject.name, none = { NULL, 0 };
    json_t *out = json_array();

    if (i->state == BOX_OBSERVED)
        measure(out, "mailfuse only observes: lock it yourself if this is abuse", "lock", 0, name);
    if (i->subject.kind == SUBJECT_LAN)
        measure(out, "take the host off the network and look for malware", "", 0, none);
    if (i->subject.kind == SUBJECT_RELAY || i->subject.kind == SUBJECT_LOCAL)
        measure(out, "find the program on that host which sends", "", 0, none);
    if (i->subject.kind == SUBJECT_ACCOUNT && i->state == BOX_LOCKED) {
        measure(out, "have its owner choose a new password, on a device that is clean", "", 0,
                none);
        measure(out, "look for redirects and filters that the thief left behind", "", 0, none);
        measure(out, "when the password is another one: unlock", "unlock", 0, name);
    }
    if (i->state == BOX_WAITING)
        measure(out, "it can send again after its first login with the new password", "", 0, none);
    if (i->held.messages > 0) {
        measure(out, "delete the held mail that is spam", "purge", i->number, none);
        measure(out, "let the held mail go that is its owner's", "release", i->number, none);
    }
    finding_measures(d, i->number, out);
    return out;
}

json_t *part_case_measures(const struct daemon *d, const struct finding_case *c)
{
    const struct finding_culprit *first = c->first->culprits_n > 0 ? c->first->culprits : NULL;
    json_t *out = json_array();
    struct slice none = { NULL, 0 };

    if (c->open == 0)
        return out;
    if (c->first->explained != 0)
        measure(out, "see the incident that explains it", "incident", c->first->explained, none);
    else if (first != NULL)
        measure(out, "look at who sent most to new recipients before it began", "show", 0,
                detect_subject(d->detect, first->fuse).name);
    else if (c->kind == FINDING_LISTING || c->kind == FINDING_BLOCKED)
        measure(out,
                "find the cause: no account sent anything unusual; look at hosts behind that "
                "address",
                "", 0, none);
    if (c->kind == FINDING_LISTING)
        measure(out, "do what the lists want, and ask for removal", "delist", 0, c->subject);
    if (c->kind == FINDING_BLOCKED)
        measure(out, "see what the provider says, and what it wants", "providers", 0, none);
    if (c->kind == FINDING_QUEUE)
        measure(out, "see whose mail waits, and for whom", "queue", 0, none);
    if (c->kind == FINDING_SPOOL)
        measure(out, "make room on that disk: without it Postfix takes no mail", "", 0, none);
    return out;
}
