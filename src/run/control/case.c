/* case.c - commands for accounts and hosts that were given an incident of nobody's, or a
 * number where an account belongs: the answer says what that is, and what to do instead. */
#include "run/control/parts.h"

#include "base/ban.h"

enum { WORDS_MAX = 1024, NAME_MAX_SHOWN = 300 };

static void write_what(struct buf *out, const struct finding_case *c)
{
    struct slice subject = slice_head_utf8(c->subject, NAME_MAX_SHOWN);

    switch (c->kind) {
    case FINDING_LISTING:
        buf_printf(out, "%.*s, which a DNS list has", SLICE_ARG(subject));
        return;
    case FINDING_BLOCKED:
        buf_printf(out, "%.*s, which refuses our mail", SLICE_ARG(subject));
        return;
    case FINDING_QUEUE:
        buf_add(out, SLICE("the queue of Postfix"));
        return;
    case FINDING_SPOOL:
        buf_add(out, SLICE("the disk of the queue"));
        return;
    case FINDING_COMPLAINTS:
    case FINDING_KINDS:
        break;
    }
    buf_add(out, subject);
}

/* Who caused it, or the first thing to do. */
static void write_instead(const struct daemon *d, const struct finding_case *c, struct buf *out)
{
    const struct box_incident *i = box_find(d->box, c->first->explained);
    json_t *measures = part_case_measures(d, c), *one;
    size_t k;

    if (i != NULL) {
        buf_printf(out, "%.*s explains it: mailfuse incident %u",
                   SLICE_ARG(slice_head_utf8(i->subject.name, NAME_MAX_SHOWN)), i->number);
    } else if (c->open == 0) {
        buf_printf(out, "it is over: mailfuse incident %u", c->number);
    } else {
        json_array_foreach(measures, k, one)
        {
            struct slice words = json_get_text(one, "words"),
                         command = json_get_text(one, "command");

            buf_printf(out, "%s%.*s%s%.*s", out->n > 0 ? "; " : "", SLICE_ARG(words),
                       command.n > 0 ? ": " : "", SLICE_ARG(command));
        }
    }
    json_decref(measures);
}

/* The texts are cut, not left out, when they are long. */
static void refuse_with(const struct control_call *c, struct buf *error, struct buf *hint)
{
    char told[WORDS_MAX + 1], advice[WORDS_MAX + 1];

    snprintf(told, sizeof told, "%.*s", SLICE_ARG(buf_slice(error)));
    snprintf(advice, sizeof advice, "%.*s", SLICE_ARG(buf_slice(hint)));
    control_refuse(c->d->control, c->ticket, told, advice);
    buf_done(error);
    buf_done(hint);
}

static void refuse_case(const struct control_call *c, const struct finding_case *of)
{
    struct buf error = buf_make(WORDS_MAX), hint = buf_make(WORDS_MAX);

    buf_printf(&error, "incident %u is about ", of->number);
    write_what(&error, of);
    buf_add(&error, SLICE(": no mail is held for it, and nothing locked"));
    write_instead(c->d, of, &hint);
    refuse_with(c, &error, &hint);
}

struct box_incident *control_held_incident(const struct control_call *c, uint32_t number)
{
    struct box_incident *i = box_find(c->d->box, number);
    struct finding_case of;

    if (i != NULL)
        return i;
    if (findings_case(c->d->findings, number, &of))
        refuse_case(c, &of);
    else
        control_refuse(c->d->control, c->ticket, "there is no such incident",
                       "mailfuse incidents --all lists them");
    return NULL;
}

/* The incident of nobody's that is about that name and not over. */
static bool case_about(const struct daemon *d, struct slice name, struct finding_case *out)
{
    const struct finding *f;

    for (uint32_t i = 0; (f = findings_at(d->findings, i)) != NULL; i++)
        if (f->own != 0 && f->ended.ms == 0 && slice_eq_nocase(f->subject, name))
            return findings_case(d->findings, f->own, out);
    return false;
}

static void refuse_number(const struct control_call *c, const struct box_incident *i)
{
    struct slice name = slice_head_utf8(i->subject.name, NAME_MAX_SHOWN);
    struct buf error = buf_make(WORDS_MAX), hint = buf_make(WORDS_MAX);

    buf_printf(&error, "%u is the number of an incident, and no account", i->number);
    buf_printf(&hint, "mailfuse %.*s %.*s", SLICE_ARG(json_get_text(c->request, "command")),
               SLICE_ARG(name));
    refuse_with(c, &error, &hint);
}

bool control_is_account(const struct control_call *c, struct slice name)
{
    const struct box_incident *i = NULL;
    struct finding_case of;
    uint64_t number;

    if (slice_to_u64(name, &number) && number > 0 && number <= UINT32_MAX) {
        i = box_find(c->d->box, (uint32_t)number);
        if (i != NULL)
            refuse_number(c, i);
        else if (findings_case(c->d->findings, (uint32_t)number, &of))
            refuse_case(c, &of);
        else
            return true;
        return false;
    }
    if (!case_about(c->d, name, &of))
        return true;
    refuse_case(c, &of);
    return false;
}
