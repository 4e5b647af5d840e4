#include "conf/senders.h"

#include <stdlib.h>

#include "base/hash.h"
#include "base/memory.h"
#include "conf/index.h"

#include "base/ban.h"

enum { LOGINS_MAX = 64 * 1024 }; /* bytes of the logins of one row */

/* A run over the lines. */
struct lines {
    struct conf *conf;
    const char *path;
    struct conf_errors *errors;
    uint32_t line;     /* that is being read */
    struct buf row;    /* with the lines that continue it */
    struct buf logins; /* of that row, folded */
    uint32_t row_line; /* where it begins */
    bool sound;
};

const struct sender_row *senders_find(const struct senders *senders, struct slice sender)
{
    struct table_probe p = table_find(&senders->by_sender, hash_slice(sender, 0));
    uint32_t i;

    for (; table_at(&senders->by_sender, &p, &i); table_step(&senders->by_sender, &p))
        if (slice_eq(senders->rows[i].sender, sender))
            return &senders->rows[i];
    return NULL;
}

void senders_done(struct senders *senders)
{
    free(senders->rows);
    table_done(&senders->by_sender);
    *senders = (struct senders){ 0 };
}

static void complain(struct lines *l, struct slice word, const char *what)
{
    conf_complain(l->errors, l->path, l->row_line, "", "\"%.*s\" %s", SLICE_ARG(conf_shown(word)),
                  what);
    l->sound = false;
}

/* The next login, without what separates it; empty at the end. */
static struct slice take_login(struct slice *rest)
{
    size_t from = 0, n;
    struct slice login;

    while (from < rest->n && strchr(" \t,", rest->p[from]) != NULL)
        from++;
    n = from;
    while (n < rest->n && strchr(" \t,", rest->p[n]) == NULL)
        n++;
    login = slice_from(slice_head(*rest, n), from);
    *rest = slice_from(*rest, n);
    return login;
}

/* Fold the logins of a row into l->logins. False after a complaint. */
static bool fold_logins(struct lines *l, struct slice rest)
{
    struct buf *out = &l->logins;
    struct slice login;
    char folded[ADDRESS_MAX];

    while ((login = take_login(&rest)).n > 0) {
        if (login.n >= ADDRESS_MAX || !conf_is_text(login)) {
            complain(l, login, "is no login name; write names of accounts");
            return false;
        }
        buf_add(out, conf_who_account(login, folded));
        buf_add_char(out, ' ');
    }
    return true;
}

static void add_row(struct lines *l, struct slice sender, struct slice logins)
{
    struct senders *s = &l->conf->index->senders;

    if (s->n == s->room) {
        s->room = s->room > 0 ? s->room * 2 : 1024;
        s->rows = memory_resize(s->rows, s->room, sizeof *s->rows);
    }
    s->rows[s->n] = (struct sender_row){ arena_copy(&l->conf->arena, sender),
                                         arena_copy(&l->conf->arena, logins), l->row_line };
    table_add(&s->by_sender, hash_slice(sender, 0), s->n++);
}

/* The row that has gathered, if any. */
static void take_row(struct lines *l)
{
    struct slice rest = slice_trim(buf_slice(&l->row)), word, sender;
    const struct sender_row *before;
    char folded[ADDRESS_MAX];
    size_t n = 0;

    if (rest.n == 0)
        return;
    buf_clear(&l->logins);
    while (n < rest.n && rest.p[n] != ' ' && rest.p[n] != '\t')
        n++;
    word = slice_head(rest, n);
    sender = address_fold(word, folded);
    before = senders_find(&l->conf->index->senders, sender);
    if (word.n >= ADDRESS_MAX || !conf_is_text(word) || memchr(word.p, '@', word.n) == NULL)
        complain(l, word, "is no sender; write an address, or \"@\" and a domain");
    else if (before != NULL)
        conf_complain(l->errors, l->path, l->row_line, "",
                      "\"%.*s\" has a row already, line %u; write all of its logins there",
                      SLICE_ARG(conf_shown(word)), before->line);
    else if (fold_logins(l, slice_from(rest, n)) && l->logins.n == 0)
        complain(l, word, "has no login; write who may use it, after a blank");
    else if (l->logins.full || l->row.full)
        complain(l, word, "has too many logins; write at most 64 KB of them");
    else
        add_row(l, sender, buf_slice(&l->logins));
    l->sound = l->sound && before == NULL;
}

/* As in postmap(5): a line that begins with white space continues the row, unless it is empty or
 * begins with '#'. */
static void take_line(struct lines *l, struct slice text)
{
    struct slice trimmed = slice_trim(text);

    if (trimmed.n == 0 || trimmed.p[0] == '#')
        return;
    if (text.p[0] != ' ' && text.p[0] != '\t') {
        take_row(l);
        buf_clear(&l->row);
        l->row.full = false;
        l->row_line = l->line;
    }
    buf_add_char(&l->row, ' ');
    buf_add(&l->row, trimmed);
}

bool conf_parse_senders(struct conf *conf, const char *path, struct slice text,
                        struct conf_errors *errors)
{
    struct lines l = { .conf = conf, .path = path, .errors = errors, .sound = true };
    struct slice line;

    l.row = buf_make(LOGINS_MAX);
    l.logins = buf_make(LOGINS_MAX);
    (void)slice_skip(&text, SLICE("\xef\xbb\xbf")); /* a byte order mark is harmless */
    while (l.line++, slice_cut(&text, '\n', &line))
        take_line(&l, line);
    take_line(&l, text);
    take_row(&l);
    buf_done(&l.row);
    buf_done(&l.logins);
    if (!l.sound)
        senders_done(&conf->index->senders);
    return l.sound;
}

/* One of these logins is that account. */
static bool has_login(struct slice logins, struct slice account)
{
    struct slice login;

    while (slice_cut(&logins, ' ', &login))
        if (slice_eq(login, account))
            return true;
    return false;
}

/* "alice+list@example.test" without what follows the first '+' of its local part; false when there
 * is none. */
static bool without_extension(struct slice sender, char out[ADDRESS_MAX], struct slice *plain)
{
    struct slice local = address_local(sender), rest = local, head;

    if (!slice_cut(&rest, '+', &head) || head.n == 0 || sender.n >= ADDRESS_MAX)
        return false;
    memcpy(out, head.p, head.n);
    memcpy(out + head.n, sender.p + local.n, sender.n - local.n);
    *plain = (struct slice){ out, head.n + sender.n - local.n };
    return true;
}

enum conf_sender conf_sender_allowed(const struct conf *conf, struct slice sender,
                                     struct slice account)
{
    const struct senders *senders = &conf->index->senders;
    const struct sender_row *row;
    struct slice plain = sender, domain = address_domain(sender);
    char room[ADDRESS_MAX];
    bool extended = without_extension(sender, room, &plain);

    if (sender.n == 0 || slice_eq(sender, account) || (extended && slice_eq(plain, account)))
        return CONF_SENDER_OWN;
    row = senders_find(senders, sender);
    if (row == NULL && extended)
        row = senders_find(senders, plain);
    if (row == NULL && domain.n > 0) /* the '@' is in front of it */
        row = senders_find(senders, (struct slice){ domain.p - 1, domain.n + 1 });
    if (row == NULL)
        return CONF_SENDER_NO_SUCH_RULE;
    return has_login(row->logins, account) ? CONF_SENDER_OWN : CONF_SENDER_NOT_OWN;
}

bool conf_sender_logins(const struct conf *conf, struct slice sender, struct buf *out)
{
    const struct sender_row *row = senders_find(&conf->index->senders, sender);
    struct slice domain = address_domain(sender), rest, login;
    const char *between = "";

    if (row == NULL && domain.n > 0) /* with the '@' in front of it */
        row = senders_find(&conf->index->senders, (struct slice){ domain.p - 1, domain.n + 1 });
    if (row == NULL)
        return false;
    buf_add(out, SLICE("OK "));
    for (rest = row->logins; slice_cut(&rest, ' ', &login); between = ", ") {
        buf_add(out, slice_of(between));
        buf_add(out, login);
    }
    return true;
}
