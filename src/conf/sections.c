/* sections.c - limits { }, and group, domain and account, which may have limits { } and
 * submission { } in them. */
#include "conf/build.h"

#include "base/ban.h"

enum { RATE_MAX = 1000000000 };

static const char *const part_names[PARTS] = {
    [CONF_MESSAGES_PER_HOUR] = "messages-per-hour",
    [CONF_MESSAGES_PER_DAY] = "messages-per-day",
    [CONF_RECIPIENTS_PER_HOUR] = "recipients-per-hour",
    [CONF_RECIPIENTS_PER_DAY] = "recipients-per-day",
    [CONF_UNKNOWN_RECIPIENTS_PER_DAY] = "unknown-recipients-per-day",
    [PART_FREE_RECIPIENTS] = "free-recipients-per-hour",
    [PART_AT_LIMIT] = "at-limit",
};

const char *conf_rate_name(enum conf_rate rate)
{
    return part_names[rate];
}

static bool at_limit_value(struct slice text, uint32_t *out)
{
    static const char *const names[] = {
        [CONF_HOLD_AT_LIMIT] = "hold",
        [CONF_LOCK_AT_LIMIT] = "lock",
        [CONF_DEFER_AT_LIMIT] = "defer",
        [CONF_REJECT_AT_LIMIT] = "reject",
    };

    for (uint32_t i = 0; i < COUNT(names); i++) {
        if (slice_eq(text, slice_of(names[i]))) {
            *out = i;
            return true;
        }
    }
    return false;
}

/* "none", or a number. Nobody means a limit of 0; it would stop all mail. */
static bool rate_value(struct slice text, unsigned part, uint32_t *out)
{
    bool free_part = part == PART_FREE_RECIPIENTS;
    uint64_t number;

    if (slice_eq(text, SLICE("none"))) {
        *out = free_part ? 0 : CONF_NO_LIMIT;
        return true;
    }
    if (!slice_to_u64(text, &number) || number > RATE_MAX || (number == 0 && !free_part))
        return false;
    *out = (uint32_t)number;
    return true;
}

static void take_part(struct builder *b, cfg_opt_t *key, unsigned part, struct limits_part *out)
{
    const struct conf_setting *s;
    struct slice shown;

    if (build_values(b, key, true) == 0)
        return;
    s = conf_tree_value(key, 0);
    shown = conf_shown(conf_setting_text(s));
    if (part == PART_AT_LIMIT ? at_limit_value(conf_setting_text(s), &out->value[part])
                              : rate_value(conf_setting_text(s), part, &out->value[part]))
        out->set |= 1U << part;
    else if (part == PART_AT_LIMIT)
        conf_complain(b->errors, b->conf->path, s->line, key->name,
                      "\"%.*s\" is nothing to be done; write hold, lock, defer or reject",
                      SLICE_ARG(shown));
    else
        conf_complain(b->errors, b->conf->path, s->line, key->name,
                      "\"%.*s\" is no number; write one from %d to %d, or none", SLICE_ARG(shown),
                      part == PART_FREE_RECIPIENTS ? 0 : 1, RATE_MAX);
}

/* The limits { } of a section; false when it has none. */
static bool take_limits(struct builder *b, const cfg_t *section, uint32_t depth,
                        struct limits_part *out)
{
    cfg_opt_t *limits = conf_tree_key(section, "limits");

    for (unsigned i = 1; i < limits->nvalues; i++)
        conf_complain(b->errors, b->conf->path,
                      conf_tree_line(b->tree, limits->values[i]->section, depth), "limits",
                      "is there already, in line %u; write all of it in one limits { ... }",
                      conf_tree_line(b->tree, limits->values[0]->section, depth));
    if (limits->nvalues == 0)
        return false;
    for (unsigned part = 0; part < PARTS; part++)
        take_part(b, conf_tree_key(limits->values[0]->section, part_names[part]), part, out);
    return true;
}

static void take_member(struct builder *b, const struct conf_setting *s, uint32_t group)
{
    enum conf_who kind;
    struct slice who, shown = conf_shown(conf_setting_text(s));

    if (!build_who(b, s->line, "members", conf_setting_text(s), &kind, &who))
        return;
    if (kind == CONF_WHO_GROUP)
        conf_complain(b->errors, b->conf->path, s->line, "members",
                      "\"%.*s\" is a group, and groups have no groups in them; write its members",
                      SLICE_ARG(shown));
    else
        index_mark(b->conf->index, who, MARK_MEMBER, group);
}

/* The heads of sections, as examples. */
static const char *const heads[] = {
    [CONF_WHO_ACCOUNT] = "account \"alice@example.test\"",
    [CONF_WHO_DOMAIN] = "domain \"example.test\"",
    [CONF_WHO_GROUP] = "group \"staff\"",
};

/* The name in the head of a section, as it stands in the index: "%staff", "@example.test". A '@' in
 * front of a domain, or a '%' of a group, may be written or not. */
static bool title_who(const struct builder *b, const cfg_t *section, enum conf_who wanted,
                      uint32_t line, struct slice *who)
{
    struct slice title = slice_of(section->title), shown = conf_shown(title);
    char sign = wanted == CONF_WHO_GROUP ? '%' : '@';
    CLEANUP(buf_done) struct buf name = buf_make(title.n + 1);
    enum conf_who kind = wanted;

    if (wanted != CONF_WHO_ACCOUNT && title.n > 0 && title.p[0] != sign)
        buf_add_char(&name, sign);
    buf_add(&name, title);
    if (wanted == CONF_WHO_DOMAIN && name.n > 1 && memchr(name.p + 1, '@', name.n - 1) != NULL)
        kind = CONF_WHO_ACCOUNT;
    else if (title.n > 0 && !build_who(b, line, section->name, buf_slice(&name), &kind, who))
        return false;
    if (title.n > 0 && kind == wanted)
        return true;
    conf_complain(b->errors, b->conf->path, line, section->name,
                  "\"%.*s\" is no %s; write %s { ... }", SLICE_ARG(shown), section->name,
                  heads[kind]);
    return false;
}

/* That name has no such part yet; false after a complaint. */
static bool first_of(struct builder *b, uint32_t line, const char *name, struct slice who,
                     enum mark_kind kind, const char *what)
{
    if (!index_has(b->conf->index, who, kind))
        return true;
    conf_complain(b->errors, b->conf->path, line, name,
                  "\"%.*s\" has %s already; write all of it in one section",
                  SLICE_ARG(conf_shown(who)), what);
    return false;
}

static void take_section(struct builder *b, const cfg_t *section, enum conf_who kind)
{
    struct conf_index *x = b->conf->index;
    uint32_t line = conf_tree_line(b->tree, section, 0);
    struct limits_part part = { 0 };
    struct slice who;
    bool named = title_who(b, section, kind, line, &who);
    bool limited = take_limits(b, section, 1, &part);
    uint32_t submission = build_submission(b, section, 1);

    if (named && kind == CONF_WHO_GROUP && index_has(x, who, MARK_GROUP)) {
        conf_complain(b->errors, b->conf->path, line, section->name,
                      "\"%.*s\" is there already; write all of it in one section",
                      SLICE_ARG(conf_shown(who)));
        return;
    }
    if (named && kind == CONF_WHO_GROUP) {
        cfg_opt_t *members = conf_tree_key(section, "members");
        unsigned n = build_values(b, members, false);
        uint32_t group = index_group(x, who);

        for (unsigned i = 0; i < n; i++)
            take_member(b, conf_tree_value(members, i), group);
    }
    if (named && limited && first_of(b, line, section->name, who, MARK_LIMITS, "limits")) {
        uint32_t number = index_part(x);

        x->parts[number] = part;
        index_mark(x, who, MARK_LIMITS, number);
    }
    if (named && submission > 0 &&
        first_of(b, line, section->name, who, MARK_SUBMISSION, "submission"))
        index_mark(x, who, MARK_SUBMISSION, submission);
}

void build_sections(struct builder *b)
{
    static const struct {
        const char *name;
        enum conf_who kind;
    } kinds[] = {
        { "group", CONF_WHO_GROUP },
        { "domain", CONF_WHO_DOMAIN },
        { "account", CONF_WHO_ACCOUNT },
    };

    (void)take_limits(b, b->tree->root, 0, &b->conf->index->parts[0]);
    b->conf->index->submission_top = build_submission(b, b->tree->root, 0);
    for (size_t k = 0; k < COUNT(kinds); k++) {
        cfg_opt_t *sections = conf_tree_key(b->tree->root, kinds[k].name);

        for (unsigned i = 0; i < sections->nvalues; i++)
            take_section(b, sections->values[i]->section, kinds[k].kind);
    }
}
