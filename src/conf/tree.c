#include "conf/tree.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

#include "base/ban.h"

#define LIMITED ((unsigned)CONF_TOP | CONF_GROUP | CONF_DOMAIN | CONF_ACCOUNT)
#define WAY ((unsigned)CONF_RECIPIENT | CONF_WEBHOOK | CONF_COMMAND)

/* Every key that there is; mailfuse.conf(5) explains each. */
static const struct {
    const char *name;
    unsigned where;
} keys[] = {
    { "sensitivity", CONF_TOP },
    { "home-countries", CONF_TOP },
    { "geo", CONF_TOP },
    { "shared-clients", CONF_TOP },
    { "own-addresses", CONF_TOP },
    { "trusted-bulk", CONF_TOP },
    { "ignored-signals", CONF_TOP },
    { "exceptions", CONF_TOP },
    { "mode", CONF_TOP },
    { "user", CONF_TOP },
    { "state-directory", CONF_TOP },
    { "control-socket", CONF_TOP },
    { "control-group", CONF_TOP },
    { "feedback-user", CONF_TOP },
    { "snapshot-seconds", CONF_TOP },
    { "queue-alert", CONF_TOP },
    { "spool-free", CONF_TOP },
    { "spool-reserve", CONF_TOP },
    { "policy-listen", CONF_TOP },
    { "socketmap-listen", CONF_TOP },
    { "auth-policy-listen", CONF_TOP },
    { "metrics-listen", CONF_TOP },
    { "auth-policy-key", CONF_TOP },
    { "auth-policy-key-file", CONF_TOP },
    { "logs", CONF_TOP },
    { "journal", CONF_TOP },
    { "postfix-config-directory", CONF_TOP },
    { "postfix-command-directory", CONF_TOP },
    { "postfix-lock-map", CONF_TOP },
    { "dovecot-config", CONF_TOP },
    { "doveadm", CONF_TOP },
    { "dovecot-deny-file", CONF_TOP },
    { "lock-logins", CONF_TOP },
    { "sender-logins", CONF_TOP },
    { "members", CONF_GROUP },
    { "messages-per-hour", CONF_LIMITS },
    { "messages-per-day", CONF_LIMITS },
    { "recipients-per-hour", CONF_LIMITS },
    { "recipients-per-day", CONF_LIMITS },
    { "unknown-recipients-per-day", CONF_LIMITS },
    { "free-recipients-per-hour", CONF_LIMITS },
    { "at-limit", CONF_LIMITS },
    { "countries", CONF_SUBMISSION },
    { "networks", CONF_SUBMISSION },
    { "as", CONF_SUBMISSION },
    { "failures", CONF_BRUTEFORCE },
    { "refuse", CONF_BRUTEFORCE },
    { "memory", CONF_BRUTEFORCE },
    { "tarpit", CONF_BRUTEFORCE },
    { "every", CONF_DNSBL },
    { "lists", CONF_DNSBL },
    { "resolvers", CONF_DNSBL },
    { "addresses", CONF_DNSBL | CONF_RELAY },
    { "host", CONF_RELAY },
    { "credentials", CONF_RELAY },
    { "tls", CONF_RELAY },
    { "ca-file", CONF_RELAY | CONF_WEBHOOK },
    { "only-clean", CONF_RELAY },
    { "suspicious", CONF_RELAY },
    { "automatic", CONF_RELAY },
    { "back-after", CONF_RELAY },
    { "rules", CONF_PROVIDERS },
    { "accepted", CONF_PROVIDERS },
    { "quiet", CONF_PROVIDERS },
    { "domains", CONF_DNSBL | WAY },
    { "mail-server", CONF_ALERTS },
    { "own-queue", CONF_ALERTS },
    { "mail-from", CONF_ALERTS },
    { "mail-user", CONF_ALERTS },
    { "mail-password-file", CONF_ALERTS },
    { "mail-tls", CONF_ALERTS },
    { "mail-ca-file", CONF_ALERTS },
    { "source-addresses", CONF_ALERTS },
    { "tell-owner", CONF_ALERTS },
    { "owner-addresses", CONF_ALERTS },
    { "domain-languages", CONF_ALERTS },
    { "language", CONF_ALERTS | WAY },
    { "templates", CONF_ALERTS },
    { "log", CONF_ALERTS },
    { "digest-after", CONF_ALERTS },
    { "digest-window", CONF_ALERTS },
    { "digest-every", CONF_ALERTS },
    { "severity", WAY },
    { "quiet-hours", WAY },
    { "url", CONF_WEBHOOK },
    { "format", CONF_WEBHOOK },
    { "secret-file", CONF_WEBHOOK },
    { "authorization-file", CONF_WEBHOOK },
    { "verify", CONF_WEBHOOK },
    { "path", CONF_COMMAND },
    { "arguments", CONF_COMMAND },
    { "locked", CONF_REPLY },
    { "blocked-recipient", CONF_REPLY },
    { "not-allowed-here", CONF_REPLY },
    { "sender-not-own", CONF_REPLY },
    { "limit", CONF_REPLY },
    { "hold", CONF_REPLY },
    { "no-room", CONF_REPLY },
};

/* Every section; each stands before those in which it may stand. */
static const struct {
    const char *name;
    enum conf_place is;
    unsigned where;
    const char *example;
} sections[] = {
    { "limits", CONF_LIMITS, LIMITED, "limits { ... }" },
    { "submission", CONF_SUBMISSION, LIMITED, "submission { ... }" },
    { "bruteforce", CONF_BRUTEFORCE, CONF_TOP, "bruteforce { ... }" },
    { "dnsbl", CONF_DNSBL, CONF_TOP, "dnsbl { ... }" },
    { "providers", CONF_PROVIDERS, CONF_TOP, "providers { ... }" },
    { "relay", CONF_RELAY, CONF_TOP, "relay { ... }" },
    { "recipient", CONF_RECIPIENT, CONF_ALERTS, "recipient \"postmaster@example.test\" { ... }" },
    { "webhook", CONF_WEBHOOK, CONF_ALERTS, "webhook \"NAME\" { ... }" },
    { "command", CONF_COMMAND, CONF_ALERTS, "command \"NAME\" { ... }" },
    { "alerts", CONF_ALERTS, CONF_TOP, "alerts { ... }" },
    { "replies", CONF_REPLY, CONF_TOP, "replies { ... }" },
    { "group", CONF_GROUP, CONF_TOP, "group \"NAME\" { ... }" },
    { "domain", CONF_DOMAIN, CONF_TOP, "domain \"example.test\" { ... }" },
    { "account", CONF_ACCOUNT, CONF_TOP, "account \"alice@example.test\" { ... }" },
};

enum { KEYS_MAX = COUNT(keys) + COUNT(sections) + 1 };

/* libconfuse hands over each value: keep it with its line. The option's default number, which a
 * pointer has no use for, remembers the line where the key was set first. */
static int note_value(cfg_t *section, cfg_opt_t *key, const char *value, void *result)
{
    size_t n = strlen(value);
    struct conf_setting *s = memory_new(1, sizeof *s + n + 1);

    s->line = section->line > 0 ? (uint32_t)section->line : 0;
    if (key->nvalues == 1 && key->def.number != 0)
        s->before = (uint32_t)key->def.number;
    if (key->def.number == 0)
        key->def.number = section->line;
    s->n = n;
    memcpy(s->text, value, n + 1);
    memcpy(result, &s, sizeof(void *)); /* it is a `void **` */
    return 0;
}

/* libconfuse gives an error function nothing but the section: keep the message in the section's
 * comment, which is not used else and which cfg_free frees. */
static void note_error(cfg_t *section, const char *format, va_list args)
{
    char *text = NULL;

    if (section->comment != NULL)
        return;
    /* The format, and after a newline what it speaks of. */
    if (strstr(format, "'%s'") != NULL && strchr(format, '%') == strrchr(format, '%')) {
        const char *word = va_arg(args, const char *);
        size_t room = strlen(format) + strlen(word) + 2;

        text = memory_new(room, 1);
        snprintf(text, room, "%s\n%s", format, word);
    } else {
        text = strdup(format);
    }
    section->comment = text;
}

/* The options of a place; `subs` has those of the first `n` sections. */
static void fill(cfg_opt_t *out, enum conf_place place, cfg_opt_t (*subs)[KEYS_MAX], size_t n)
{
    enum { TITLED = CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES };

    for (size_t i = 0; i < COUNT(keys); i++)
        if ((keys[i].where & place) != 0)
            *out++ =
                (cfg_opt_t)CFG_PTR_LIST_CB(keys[i].name, NULL, CFGF_NODEFAULT, note_value, free);
    for (size_t i = 0; i < n; i++)
        if ((sections[i].where & place) != 0)
            *out++ = (cfg_opt_t)CFG_SEC(sections[i].name, subs[i],
                                        strchr(sections[i].example, '"') ? TITLED : CFGF_MULTI);
    *out = (cfg_opt_t)CFG_END();
}

/* An empty tree; libconfuse copies the tables. */
static cfg_t *root_new(void)
{
    cfg_opt_t subs[COUNT(sections)][KEYS_MAX], top[KEYS_MAX];
    cfg_t *root;

    for (size_t i = 0; i < COUNT(sections); i++)
        fill(subs[i], sections[i].is, subs, i);
    fill(top, CONF_TOP, subs, COUNT(sections));
    root = cfg_init(top, CFGF_NONE);
    if (root == NULL)
        abort(); /* as memory.h does */
    (void)cfg_set_error_function(root, note_error);
    return root;
}

static enum conf_place place_of(const cfg_t *section)
{
    for (size_t i = 0; i < COUNT(sections); i++)
        if (strcmp(section->name, sections[i].name) == 0)
            return sections[i].is;
    return CONF_TOP;
}

/* The section that has noted an error, or NULL. */
static cfg_t *section_in_error(cfg_t *section)
{
    if (section->comment != NULL)
        return section;
    for (cfg_opt_t *key = section->opts; key->name != NULL; key++) {
        for (unsigned i = 0; key->type == CFGT_SEC && i < key->nvalues; i++) {
            cfg_t *found = section_in_error(key->values[i]->section);

            if (found != NULL)
                return found;
        }
    }
    return NULL;
}

static const char *section_example(const char *name)
{
    for (size_t i = 0; i < COUNT(sections); i++)
        if (strcmp(sections[i].name, name) == 0)
            return sections[i].example;
    return name;
}

/* The names that may stand in a place; returns how many. */
static size_t names_of(enum conf_place place, const char *names[KEYS_MAX])
{
    size_t n = 0;

    for (size_t i = 0; i < COUNT(keys); i++)
        if ((keys[i].where & place) != 0)
            names[n++] = keys[i].name;
    for (size_t i = 0; i < COUNT(sections); i++)
        if ((sections[i].where & place) != 0)
            names[n++] = sections[i].name;
    return n;
}

/* Of a key that stands in the wrong place: where it belongs, into `out`. False when there is no
 * such key. */
static bool right_place(const char *name, char *out, size_t room)
{
    unsigned where = 0;

    for (size_t i = 0; i < COUNT(keys); i++)
        if (strcmp(keys[i].name, name) == 0)
            where = keys[i].where;
    for (size_t i = 0; i < COUNT(sections); i++)
        if (strcmp(sections[i].name, name) == 0)
            where = sections[i].where;
    snprintf(out, room, "outside of all braces");
    for (size_t i = 0; i < COUNT(sections); i++)
        if ((where & CONF_TOP) == 0 && (where & (unsigned)sections[i].is) != 0)
            snprintf(out, room, "inside of %s", sections[i].example);
    return where != 0;
}

static void complain_unknown(struct conf_errors *errors, const char *path, const cfg_t *section,
                             const char *name)
{
    uint32_t line = (uint32_t)section->line;
    struct slice shown = conf_shown(slice_of(name));
    const char *names[KEYS_MAX];
    const char *meant = conf_nearest(slice_of(name), names, names_of(place_of(section), names));
    char key[256], place[64];

    snprintf(key, sizeof key, "%.*s", SLICE_ARG(shown));
    if (right_place(name, place, sizeof place))
        conf_complain(errors, path, line, key, "is out of place; write it %s", place);
    else if (meant != NULL)
        conf_complain(errors, path, line, key, "no such key; did you mean %s?", meant);
    else
        conf_complain(errors, path, line, key, "no such key; mailfuse.conf(5) has all keys");
}

/* Tell what libconfuse found, and return the unknown key that it is about; else empty. */
static struct slice complain(struct conf_errors *errors, const char *path, const cfg_t *section)
{
    static const struct {
        const char *format, *what; /* of libconfuse; ours */
    } grammar[] = {
        { "missing equal sign after option '%s'", "the = is missing; write KEY = VALUE" },
        { "missing title for section '%s'", "the name is missing; write " },
        { "missing opening brace for section '%s'", "the { is missing; write " },
        { "found duplicate title '%s'", "is there already; write all of it in one section" },
        { "unexpected token '%s'", "cannot stand here; write KEY = VALUE, KEY = {VALUE, VALUE} or "
                                   "NAME { ... }, with values in quotes" },
    };
    struct slice word = slice_of(section->comment), format = word;
    char key[256];

    if (!slice_cut(&word, '\n', &format))
        word = SLICE("");
    if (slice_eq(format, SLICE("no such option '%s'"))) {
        complain_unknown(errors, path, section, word.p);
        return word;
    }
    snprintf(key, sizeof key, "%.*s", SLICE_ARG(conf_shown(word)));
    for (size_t i = 0; i < COUNT(grammar); i++) {
        if (slice_eq(format, slice_of(grammar[i].format))) {
            conf_complain(
                errors, path, (uint32_t)section->line, key, "%s%s", grammar[i].what,
                slice_ends(slice_of(grammar[i].what), SLICE("write ")) ? section_example(key) : "");
            return SLICE("");
        }
    }
    conf_complain(
        errors, path, (uint32_t)section->line, key, "%s",
        "this is not understood; write KEY = VALUE, KEY = {VALUE, VALUE} or NAME { ... }");
    return SLICE("");
}

/* libconfuse stops at the first error. Leave out what it stumbled over, and try again. */
bool conf_tree_read(struct conf_tree *tree, const char *path, struct slice text,
                    struct conf_errors *errors)
{
    *tree = (struct conf_tree){ 0 };
    if (!conf_text_make(&tree->text, path, text, errors))
        return false;
    for (int tries = 0; tries <= CONF_ERRORS_MAX; tries++) {
        const cfg_t *section;

        tree->root = root_new();
        if (cfg_parse_buf(tree->root, tree->text.clean.p) == CFG_SUCCESS)
            return true;
        section = section_in_error(tree->root);
        if (section == NULL) {
            conf_complain(errors, path, 0, "", "cannot be read as settings");
            return false;
        }
        if (!conf_text_drop(&tree->text, (uint32_t)section->line, complain(errors, path, section)))
            return false;
        cfg_free(tree->root);
        tree->root = NULL;
    }
    return false;
}

void conf_tree_done(struct conf_tree *tree)
{
    if (tree->root != NULL)
        cfg_free(tree->root);
    conf_text_done(&tree->text);
    *tree = (struct conf_tree){ 0 };
}

cfg_opt_t *conf_tree_key(const cfg_t *section, const char *name)
{
    for (cfg_opt_t *key = section->opts; key->name != NULL; key++)
        if (strcmp(key->name, name) == 0)
            return key;
    return NULL;
}

bool conf_tree_is_set(const cfg_opt_t *key)
{
    return (key->flags & CFGF_MODIFIED) != 0;
}

const struct conf_setting *conf_tree_value(cfg_opt_t *key, unsigned i)
{
    return cfg_opt_getnptr(key, i);
}

uint32_t conf_tree_line(const struct conf_tree *tree, const cfg_t *section, uint32_t depth)
{
    return conf_text_opening(&tree->text, (uint32_t)section->line, depth);
}
