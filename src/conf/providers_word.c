#include "conf/providers_word.h"

#include "conf/who.h"

#include "base/ban.h"

enum { TEXT_MAX = 400, WANTS_MAX = 2000, PHRASE_MIN = 3 };

static void take_title(struct providers_reader *r, struct slice word, struct slice rest)
{
    r->provider->title = table_text(&r->at, word, rest);
}

static void take_page(struct providers_reader *r, struct slice word, struct slice rest)
{
    table_page(&r->at, word, rest, "write where one reads or asks about it: https://...",
               r->rule != NULL ? &r->rule->page : &r->provider->page);
}

static void take_wants(struct providers_reader *r, struct slice word, struct slice rest)
{
    table_wants(&r->at, word, rest, WANTS_MAX, "this is too much; write at most 2000 bytes in all",
                r->rule != NULL ? &r->rule->wants : &r->provider->wants);
}

static void add_word(struct providers_reader *r, struct slice word, struct providers_words *to,
                     struct slice text)
{
    if (to->n == CONF_WORDS_MAX)
        table_complain(&r->at, word, "there are 32 already; write fewer");
    else
        to->all[to->n++] = table_keep(&r->at, text);
}

static bool is_name(struct slice s)
{
    bool dot = false;

    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];

        dot = dot || c == '.';
        if (c != '.' && c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z') &&
            (c < 'A' || c > 'Z'))
            return false;
    }
    return dot && s.p[0] != '.' && s.p[s.n - 1] != '.';
}

static void take_names(struct providers_reader *r, struct slice word, struct slice rest,
                       struct providers_words *to)
{
    do {
        struct slice name = table_cut(&rest);

        if (!is_name(name)) {
            table_complain(&r->at, word, "write names with blanks between them: example.test");
            return;
        }
        add_word(r, word, to, name);
    } while (rest.n > 0);
}

static void take_hosts(struct providers_reader *r, struct slice word, struct slice rest)
{
    take_names(r, word, rest, &r->hosts);
}

static void take_domains(struct providers_reader *r, struct slice word, struct slice rest)
{
    take_names(r, word, rest, &r->domains);
}

static void take_flag(struct providers_reader *r, struct slice word, struct slice rest)
{
    bool big = slice_eq(word, SLICE("big"));

    if (rest.n > 0)
        table_complain(&r->at, word, "nothing may follow; write it alone");
    else if (big)
        r->provider->big = true;
    else
        r->provider->everywhere = true;
}

/* All of another provider but its name. Rules that are written after it come before its rules. */
static void take_like(struct providers_reader *r, struct slice word, struct slice rest)
{
    const struct provider *like = conf_providers_find(r->table, rest);
    struct provider *p = r->provider;

    if (like == p) /* the one that it takes the place of */
        like = r->old.name != NULL ? &r->old : NULL;
    if (like == NULL) {
        table_complain(&r->at, word, "there is no such provider before this one; write its name");
        return;
    }
    if (r->said > 1) {
        table_complain(&r->at, word, "it takes all at once; write it right after provider");
        return;
    }
    *p = (struct provider){ .name = p->name, .line = p->line };
    p->title = like->title;
    p->wants = like->wants;
    p->page = like->page;
    p->big = like->big;
    p->everywhere = like->everywhere;
    for (r->hosts.n = 0; like->hosts[r->hosts.n] != NULL; r->hosts.n++)
        r->hosts.all[r->hosts.n] = like->hosts[r->hosts.n];
    for (r->domains.n = 0; like->domains[r->domains.n] != NULL; r->domains.n++)
        r->domains.all[r->domains.n] = like->domains[r->domains.n];
    for (uint32_t i = 0; i < like->rules_n && i < CONF_RULES_MAX; i++)
        r->inherited[r->inherited_n++] = like->rules[i];
}

static void take_rule(struct providers_reader *r, struct slice word, struct slice rest)
{
    enum reply_cause cause = CAUSE_OTHER;

    providers_finish_rule(r);
    while (cause < CAUSES && !slice_eq(rest, slice_of(reply_cause_name(cause))))
        cause = (enum reply_cause)(cause + 1);
    if (cause == CAUSES) {
        table_complain(&r->at, word,
                       "write what it is about: address, domain, content, rate, unknown, full, "
                       "grey, policy or other");
        cause = CAUSE_OTHER;
    }
    if (r->rules_n == CONF_RULES_MAX) {
        table_complain(&r->at, word,
                       "a provider has at most 64 rules; write several phrases in one");
        r->rules_n--;
    }
    r->rule = &r->rules[r->rules_n++];
    *r->rule = (struct provider_rule){ .cause = cause, .words = "", .wants = "", .page = "" };
    r->rule_line = r->at.line;
    r->codes.n = r->phrases.n = 0;
}

/* "550", "5.7.1". */
static bool is_code(struct slice s)
{
    size_t digits = 0, dots = 0;

    for (size_t i = 0; i < s.n; i++) {
        digits += s.p[i] >= '0' && s.p[i] <= '9';
        dots += s.p[i] == '.';
    }
    if (s.n < 3 || s.n > 9 || digits + dots != s.n || (s.p[0] != '4' && s.p[0] != '5'))
        return false;
    return dots == 0 ? s.n == 3 : dots == 2 && s.p[1] == '.' && s.p[s.n - 1] != '.';
}

static void take_code(struct providers_reader *r, struct slice word, struct slice rest)
{
    do {
        struct slice code = table_cut(&rest);

        if (!is_code(code)) {
            table_complain(&r->at, word, "write reply or status codes: 550 5.7.1");
            return;
        }
        add_word(r, word, &r->codes, code);
    } while (rest.n > 0);
}

static void take_says(struct providers_reader *r, struct slice word, struct slice rest)
{
    char room[PROVIDER_REPLY_MAX];
    struct slice laid = { room, rest.n <= TEXT_MAX ? provider_lay(rest, room) : 0 };
    size_t letters = 0;

    for (size_t i = 0; i < laid.n; i++)
        letters += laid.p[i] != '*' && laid.p[i] != ' ';
    if (letters < PHRASE_MIN || !conf_is_text(rest))
        table_complain(&r->at, word, "write a part of the reply, of 3 to 400 bytes");
    else
        add_word(r, word, &r->phrases, laid);
}

static void take_means(struct providers_reader *r, struct slice word, struct slice rest)
{
    r->rule->words = table_text(&r->at, word, rest);
}

static const char *const *keep_words(struct providers_reader *r, const struct providers_words *from)
{
    const char **to = arena_take(&r->table->arena, (from->n + 1) * sizeof *to);

    for (uint32_t i = 0; i < from->n; i++)
        to[i] = from->all[i];
    return to;
}

void providers_finish_rule(struct providers_reader *r)
{
    uint32_t here = r->at.line;

    if (r->rule == NULL)
        return;
    r->at.line = r->rule_line;
    if (r->codes.n + r->phrases.n == 0)
        table_complain(&r->at, SLICE("rule"), "it would hold for every reply; write code or says");
    r->at.line = here;
    r->rule->codes = keep_words(r, &r->codes);
    r->rule->phrases = keep_words(r, &r->phrases);
    r->rule = NULL;
}

void providers_finish(struct providers_reader *r)
{
    struct provider *p = r->provider;
    struct provider_rule *rules;
    uint32_t here = r->at.line;

    if (p == NULL)
        return;
    providers_finish_rule(r);
    r->at.line = p->line;
    if (r->hosts.n + r->domains.n == 0 && !p->everywhere)
        table_complain(&r->at, slice_of(p->name),
                       "it is not said whose servers these are; write hosts, or everywhere");
    if (r->rules_n + r->inherited_n > CONF_RULES_MAX)
        table_complain(&r->at, slice_of(p->name),
                       "with those of like these are more than 64 rules");
    r->at.line = here;
    if (p->title[0] == '\0')
        p->title = p->name;
    rules = arena_take(&r->table->arena, (r->rules_n + r->inherited_n + 1) * sizeof *rules);
    memcpy(rules, r->rules, r->rules_n * sizeof *rules);
    memcpy(rules + r->rules_n, r->inherited, r->inherited_n * sizeof *rules);
    p->rules = rules;
    p->rules_n = r->rules_n + r->inherited_n;
    p->hosts = keep_words(r, &r->hosts);
    p->domains = keep_words(r, &r->domains);
    r->provider = NULL;
}

void providers_word(struct providers_reader *r, struct slice word, struct slice rest)
{
    static const struct {
        const char *name;
        void (*take)(struct providers_reader *r, struct slice word, struct slice rest);
        bool of_rule, of_provider;
    } words[] = {
        { "title", take_title, false, true },     { "hosts", take_hosts, false, true },
        { "domains", take_domains, false, true }, { "big", take_flag, false, true },
        { "everywhere", take_flag, false, true }, { "like", take_like, false, true },
        { "rule", take_rule, true, true },        { "code", take_code, true, false },
        { "says", take_says, true, false },       { "means", take_means, true, false },
        { "wants", take_wants, true, true },      { "page", take_page, true, true },
    };
    const char *names[COUNT(words)];

    r->said++;
    for (size_t i = 0; i < COUNT(words); i++) {
        names[i] = words[i].name;
        if (!slice_eq(word, slice_of(words[i].name)))
            continue;
        if (r->rule != NULL ? words[i].of_rule : words[i].of_provider)
            words[i].take(r, word, rest);
        else if (r->rule != NULL)
            table_complain(&r->at, word, "it belongs to the provider; write it before the rules");
        else
            table_complain(&r->at, word, "it belongs to a rule; write rule and its cause first");
        return;
    }
    table_unknown(&r->at, word, names, COUNT(words), "mailfuse-providers(5)");
}
