#include "report/pseudonym.h"

#include <sodium.h>

#include "report/pseudonym_prose.h"

#include "base/ban.h"

struct pseudonyms {
    struct report *report;
    struct pseudonym_key key;
    struct known_names known;
    struct buf text; /* scratch */
};

/* The pseudonym in `text`, moved to the report's arena. */
static struct slice take_text(struct pseudonyms *p)
{
    struct slice s = arena_copy(&p->report->arena, buf_slice(&p->text));

    buf_clear(&p->text);
    return s;
}

/* A host may be called "mail" or "spam": in a sentence such a word names nobody. */
static bool is_plain_word(struct slice name)
{
    for (size_t i = 0; i < name.n; i++)
        if (!((name.p[i] | 0x20) >= 'a' && (name.p[i] | 0x20) <= 'z'))
            return false;
    return true;
}

/* Names first, and remember them. */
static void rename_text(void *context, enum text_kind kind, struct slice *text)
{
    struct pseudonyms *p = context;
    struct slice name = *text;

    if (kind == TEXT_ACCOUNT || kind == TEXT_ADDRESS)
        pseudonym_account(&p->key, name, &p->text);
    else if (kind == TEXT_HOST)
        pseudonym_host(&p->key, name, &p->text);
    else
        return;
    *text = take_text(p);
    if (!slice_eq(*text, name) && !(kind == TEXT_HOST && is_plain_word(name)))
        known_names_add(&p->known, name, *text);
}

static void rename_ip(void *context, struct ip *ip)
{
    struct pseudonyms *p = context;

    *ip = pseudonym_ip(&p->key, ip);
}

/* Files are called after accounts, people and hosts. */
static void reword_warning(struct pseudonyms *p, struct slice text)
{
    const char *colon = memmem(text.p, text.n, ": ", 2);

    if (colon != NULL) {
        buf_add(&p->text, SLICE("\342\200\246"));
        text = slice_from(text, (size_t)(colon - text.p));
    }
    pseudonym_prose(&p->key, &p->known, text, &p->text);
}

/* Then what is said about them. */
static void reword_text(void *context, enum text_kind kind, struct slice *text)
{
    struct pseudonyms *p = context;

    if (kind == TEXT_PROSE)
        pseudonym_prose(&p->key, &p->known, *text, &p->text);
    else if (kind == TEXT_REPLY)
        pseudonym_reply(&p->key, &p->known, *text, &p->text);
    else if (kind == TEXT_WARNING)
        reword_warning(p, *text);
    else
        return;
    *text = take_text(p);
}

bool pseudonym_report(struct report *r, struct slice key)
{
    struct pseudonyms p = { .report = r, .text = buf_make(SIZE_MAX) };
    const struct text_visitor names = { rename_text, rename_ip, &p };
    const struct text_visitor prose = { reword_text, NULL, &p };

    if (key.n < PSEUDONYM_KEY_MIN)
        return false;
    pseudonym_key_make(&p.key, key);
    texts_visit(r, &names);
    texts_visit(r, &prose);
    r->pseudonyms = true;
    r->source = (struct slice){ 0 };
    sodium_memzero(&p.key, sizeof p.key);
    known_names_done(&p.known);
    buf_done(&p.text);
    return true;
}
