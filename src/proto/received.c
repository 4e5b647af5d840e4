#include "proto/received.h"

#include "proto/mime.h"

#include "base/ban.h"

enum clause { CLAUSE_NONE, CLAUSE_FROM, CLAUSE_BY, CLAUSE_ID };

static bool is_end(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '(' || c == ';';
}

static struct slice take_atom(struct slice *rest)
{
    struct slice atom;
    size_t n = 0;
    bool quoted = false;

    for (; n < rest->n && (quoted || !is_end(rest->p[n])); n++) {
        if (rest->p[n] == '"')
            quoted = !quoted;
        else if (rest->p[n] == '\\' && quoted && n + 1 < rest->n)
            n++;
    }
    atom = slice_head(*rest, n);
    *rest = slice_from(*rest, atom.n);
    return atom;
}

static enum clause clause_of(struct slice atom)
{
    if (slice_eq_nocase(atom, SLICE("from")))
        return CLAUSE_FROM;
    if (slice_eq_nocase(atom, SLICE("by")))
        return CLAUSE_BY;
    return slice_eq_nocase(atom, SLICE("id")) ? CLAUSE_ID : CLAUSE_NONE;
}

/* The last "[192.0.2.1]" in `s`: a name in front of it is the client's word. */
static void find_address(struct slice s, struct ip *out)
{
    struct slice inside, rest;

    while (slice_cut_last(&s, '[', &rest))
        if (slice_cut(&rest, ']', &inside) && ip_parse(inside, out))
            return;
}

static void set_clause(struct received *r, enum clause clause, struct slice atom)
{
    if (clause == CLAUSE_FROM)
        find_address(atom, &r->from);
    else if (clause == CLAUSE_BY && r->by.n == 0)
        r->by = atom;
    else if (clause == CLAUSE_ID && r->id.n == 0)
        r->id = atom;
}

struct received received_parse(struct slice value)
{
    struct received r = { 0 };
    enum clause clause = CLAUSE_NONE;
    bool after_from = false;
    struct slice atom, comment;

    while (value.n > 0 && value.p[0] != ';') {
        comment = value;
        mime_skip_blanks(&value);
        comment.n -= value.n;
        if (after_from) /* what the server saw; it goes before what the client said of itself */
            find_address(comment, &r.from);
        atom = take_atom(&value);
        after_from = clause == CLAUSE_FROM;
        set_clause(&r, clause, atom);
        clause = clause == CLAUSE_NONE ? clause_of(atom) : CLAUSE_NONE;
    }
    return r;
}
