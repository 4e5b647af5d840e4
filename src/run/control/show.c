/* show.c - one account, or one address. */
#include "run/control/parts.h"

#include "base/ban.h"

enum { WORDS_MAX = 400, LAST_INCIDENTS = 10, USERS_MAX = 50 };

static void say(json_t *list, const char *name, const struct buf *words)
{
    json_array_append_new(list,
                          json_pack("{ss so}", "name", name, "words", json_text(buf_slice(words))));
}

static void day_text(struct buf *out, uint16_t day)
{
    char text[WALL_TEXT_MAX];
    struct wall at = { day * DAY_MS };

    buf_printf(out, "%.10s", wall_rfc3339(at, 0, true, text));
}

static void hours_text(struct buf *out, uint32_t hours)
{
    const char *between = "";

    for (unsigned h = 0; h < 24; h++) {
        unsigned end = h;

        if ((hours >> h & 1) == 0)
            continue;
        while (end + 1 < 24 && (hours >> (end + 1) & 1) != 0)
            end++;
        buf_printf(out, "%s%u", between, h);
        if (end > h)
            buf_printf(out, "-%u", end);
        between = ", ";
        h = end;
    }
}

/* What is usual for it, in words. */
static json_t *picture(const struct detect_figures *f)
{
    json_t *out = json_array();
    struct buf words = buf_make(WORDS_MAX);

    if (f->first_day == 0) {
        buf_printf(&words, "nothing is known of it yet");
        say(out, "picture", &words);
        buf_done(&words);
        return out;
    }
    day_text(&words, f->first_day);
    buf_printf(&words, " to ");
    day_text(&words, f->last_day);
    buf_printf(&words, ", active on %u days", f->active_days);
    say(out, "known since", &words);
    buf_clear(&words);
    buf_printf(&words, "%u it is known in", f->networks);
    say(out, "networks", &words);
    buf_clear(&words);
    for (int i = 0; i < 2; i++)
        if (f->countries[i] != 0)
            buf_printf(&words, "%s%c%c", words.n > 0 ? ", " : "", f->countries[i] >> 8,
                       f->countries[i] & 0xff);
    if (words.n > 0)
        say(out, "countries", &words);
    buf_clear(&words);
    buf_printf(&words, "%u mail program%s", f->programs, f->programs == 1 ? "" : "s");
    say(out, "software", &words);
    buf_clear(&words);
    hours_text(&words, f->hours);
    if (words.n > 0)
        say(out, "hours", &words);
    buf_clear(&words);
    buf_printf(&words, "about %.0f a day; at most %.0f new ones within an hour", f->usual_day,
               f->busiest_hour);
    say(out, "recipients", &words);
    buf_done(&words);
    return out;
}

/* All that may be limited. What has no limit may not be counted either. */
static json_t *limits(const struct conf_policy *p, const struct detect_figures *f)
{
    const uint32_t used[CONF_RATES] = {
        [CONF_MESSAGES_PER_HOUR] = f->messages_hour,
        [CONF_MESSAGES_PER_DAY] = f->messages_day,
        [CONF_RECIPIENTS_PER_HOUR] = f->recipients_hour,
        [CONF_RECIPIENTS_PER_DAY] = f->recipients_day,
        [CONF_UNKNOWN_RECIPIENTS_PER_DAY] = f->unknown_day,
    };
    json_t *out = json_array();

    for (int k = 0; k < CONF_RATES; k++) {
        bool limited = p->limits.rate[k] != CONF_NO_LIMIT;
        bool counted = used[k] != UINT32_MAX;

        json_array_append_new(
            out, json_pack("{ss so so sf}", "name", conf_rate_name((enum conf_rate)k), "used",
                           counted   ? json_integer(used[k])
                           : limited ? json_integer(0)
                                     : json_null(),
                           "limit", limited ? json_integer(p->limits.rate[k]) : json_null(),
                           "times", p->times));
    }
    return out;
}

static json_t *trusts(const struct daemon *d, struct slice account, const struct conf_policy *p)
{
    const struct box_trusted *t = box_trusts(d->box, account, daemon_today(d));
    json_t *out = json_array();
    struct wall until;

    if (t != NULL) {
        until.ms = (t->until_day + 1) * DAY_MS - SECOND_MS - (int64_t)d->utc_offset_s * SECOND_MS;
        json_array_append_new(
            out, json_pack("{so so so so ss}", "until", part_time(d, until), "country",
                           t->country[0] != '\0' ? json_string(t->country) : json_null(), "reason",
                           json_text(t->reason), "by", json_text(t->who), "source", "command"));
    }
    for (uint32_t k = 0; k < p->exceptions_n; k++) {
        const struct conf_exception *e = p->exceptions[k];

        until.ms = (e->until_day + 1) * DAY_MS - SECOND_MS - (int64_t)d->utc_offset_s * SECOND_MS;
        json_array_append_new(
            out, json_pack("{so so so ss ss}", "until", part_time(d, until), "country",
                           e->allow == CONF_COUNTRY ? json_string(e->country) : json_null(),
                           "reason", json_text(e->reason), "by", "", "source", "file"));
    }
    return out;
}

static json_t *amount_of(const struct active_sum *s)
{
    return json_pack("{si si si}", "messages", (int)s->messages, "recipients", (int)s->recipients,
                     "failures", (int)s->failures);
}

/* Null when somebody more active took its place meanwhile. */
static json_t *today_of(const struct daemon *d, uint32_t fuse)
{
    struct active_day today = active_today(&d->active, fuse, daemon_today(d));

    if (today.partial && fuse != UINT32_MAX)
        return json_null();
    return json_pack("{sI sI sI}", "messages", (json_int_t)today.messages, "recipients",
                     (json_int_t)today.recipients, "failures", (json_int_t)today.failures);
}

static bool password_known(const struct box_incident *i)
{
    for (int k = 0; i != NULL && k < BOX_PASSWORDS; k++)
        if (i->passwords[k] != 0)
            return true;
    return false;
}

/* What refuses logins of one account: strangers' everywhere, or those from some addresses. */
struct guessing {
    uint64_t account;
    struct bruteforce_refused worst; /* why BRUTEFORCE_NOT: nothing */
    unsigned addresses;
};

static void find_guessing(void *ctx, const struct bruteforce_refused *r)
{
    struct guessing *g = ctx;
    bool everywhere = r->why == BRUTEFORCE_ACCOUNT;

    if (r->account != g->account || (!everywhere && r->why != BRUTEFORCE_PAIR))
        return;
    g->addresses += !everywhere;
    if (everywhere || (g->worst.why != BRUTEFORCE_ACCOUNT && r->until.ms > g->worst.until.ms))
        g->worst = *r;
}

static json_t *guessing(const struct daemon *d, const struct subject *s)
{
    struct guessing g = { .account = s->hash };
    CLEANUP(buf_done) struct buf words = buf_make(WORDS_MAX);
    char until[WALL_TEXT_MAX];

    bruteforce_refused(d->bruteforce, d->now, find_guessing, &g);
    if (s->kind != SUBJECT_ACCOUNT || g.worst.why == BRUTEFORCE_NOT)
        return json_string("");
    if (g.worst.why == BRUTEFORCE_ACCOUNT)
        buf_add(&words, SLICE("strangers' logins"));
    else if (g.addresses > 1)
        buf_printf(&words, "logins from %u addresses", g.addresses);
    else
        buf_add(&words, SLICE("logins from one address"));
    buf_printf(&words, " are refused until %s: ",
               wall_rfc3339(g.worst.until, d->utc_offset_s, false, until));
    bruteforce_words(&g.worst, s->name, &words);
    return json_text(buf_slice(&words));
}

static void show_account(const struct control_call *c, const struct subject *s, bool known)
{
    struct daemon *d = c->d;
    uint32_t fuse = known ? detect_find(d->detect, s) : UINT32_MAX;
    const struct box_incident *i = known ? box_open(d->box, fuse) : NULL;
    struct conf_policy p = conf_account(d->conf, s->name, d->now, d->utc_offset_s);
    struct detect_figures f = { .messages_hour = UINT32_MAX,
                                .messages_day = UINT32_MAX,
                                .recipients_hour = UINT32_MAX,
                                .recipients_day = UINT32_MAX,
                                .unknown_day = UINT32_MAX };
    struct active_sum sum = active_sum(known ? active_of(&d->active, fuse) : NULL, d->now);
    struct box_amount none = { 0 };
    json_int_t count;

    if (known)
        detect_figures(d->detect, fuse, d->now, d->utc_offset_s, &f);
    control_answer_with(
        c,
        json_pack("{ss so ss ss sf so so so so si so so so so so so so sb so}", "type", "account",
                  "account", json_text(s->name), "kind", part_kind(s->kind), "stage",
                  part_stage(d, fuse), "score", known ? detect_score(d->detect, fuse) : 0.0,
                  "incident", part_open_incident(d, fuse), "since",
                  i != NULL ? part_time(d, i->since) : json_null(), "last", part_time(d, sum.last),
                  "picture", picture(&f), "picture_days", (int)f.active_days, "networks",
                  known ? part_networks(d, fuse) : json_array(), "limits", limits(&p, &f), "trusts",
                  trusts(d, s->name, &p), "last_hour", amount_of(&sum), "today", today_of(d, fuse),
                  "held", part_amount(i != NULL ? &i->held : &none), "brute_force", guessing(d, s),
                  "password_known", (int)password_known(i), "incidents",
                  part_incidents(d, s->name, true, LAST_INCIDENTS, &count)));
}

/* ---- an address */

static void add_user(json_t *list, const struct daemon *d, uint32_t fuse,
                     const struct box_address *from)
{
    json_array_append_new(list, json_pack("{so si si so ss}", "account",
                                          json_text(detect_subject(d->detect, fuse).name),
                                          "messages", (int)from->messages, "recipients",
                                          (int)from->recipients, "last", part_time(d, from->last),
                                          "stage", part_stage(d, fuse)));
}

/* Who sent from there: within the hour, or in an incident. */
static json_t *users_of(const struct daemon *d, const struct ip *ip)
{
    json_t *out = json_array();
    const struct box_incident *i;

    for (uint32_t r = 0; d->active.rows != NULL && r < ACTIVE_SLOTS; r++) {
        const struct active_row *row = &d->active.rows[r];

        for (uint32_t k = 0; row->fuse != 0 && k < row->networks_n && k < ACTIVE_NETWORKS; k++)
            if (ip_eq(&row->from[k].ip, ip) && json_array_size(out) < USERS_MAX)
                add_user(out, d, row->fuse - 1, &row->from[k]);
    }
    for (uint32_t k = 0; (i = box_at(d->box, k)) != NULL; k++)
        for (uint32_t a = 0; a < i->addresses_n; a++)
            if (ip_eq(&i->addresses[a].ip, ip) && active_of(&d->active, i->fuse) == NULL &&
                json_array_size(out) < USERS_MAX)
                add_user(out, d, i->fuse, &i->addresses[a]);
    return out;
}

static void show_address(const struct control_call *c, const struct ip *ip)
{
    struct daemon *d = c->d;
    struct login_attempt attempt = { .ip = *ip };
    struct bruteforce_refused refused = { 0 };
    const struct box_blocked *b = box_blocks_client(d->box, ip);
    struct buf words = buf_make(WORDS_MAX);
    char text[IP_TEXT_MAX];
    json_t *reply, *blocks = json_array();

    if (bruteforce_explain(d->bruteforce, &attempt, d->now, &refused))
        bruteforce_words(&refused, SLICE(""), &words);
    if (b != NULL)
        json_array_append_new(blocks, json_pack("{so so so so}", "value", json_text(b->value),
                                                "reason", json_text(b->reason), "by",
                                                json_text(b->who), "since", part_time(d, b->at)));
    reply = json_pack("{ss ss ss so si so so sb}", "type", "address", "address", ip_text(ip, text),
                      "name", "", "accounts", users_of(d, ip), "failures", (int)refused.failures,
                      "refused", json_text(buf_slice(&words)), "blocked", blocks, "shared",
                      (int)judge_place(&d->judge, ip)->shared);
    part_place(d, reply, ip);
    buf_done(&words);
    control_answer_with(c, reply);
}

void control_show(const struct control_call *c)
{
    struct slice what = json_get_text(c->request, "what");
    char room[ADDRESS_MAX];
    struct subject subject;
    struct ip ip;
    bool known = part_find(c->d, what, room, &subject);

    if (ip_parse(what, &ip) && !known)
        show_address(c, &ip);
    else if (!known && memchr(what.p, '@', what.n) == NULL)
        control_refuse(c->d->control, c->ticket, "nothing is known of that account",
                       "mailfuse top lists those that are active");
    else
        show_account(c, &subject, known);
}

void control_explain(const struct control_call *c)
{
    struct daemon *d = c->d;
    char room[ADDRESS_MAX];
    struct subject s;
    uint32_t fuse;
    double hold, lock;

    if (!part_find(d, json_get_text(c->request, "account"), room, &s)) {
        control_refuse(d->control, c->ticket, "nothing is known of that account",
                       "mailfuse top lists those that are active");
        return;
    }
    fuse = detect_find(d->detect, &s);
    detect_scores(d->detect, &hold, &lock);
    control_answer_with(c, json_pack("{so ss ss sf sf sf so}", "account", json_text(s.name), "kind",
                                     part_kind(s.kind), "stage", part_stage(d, fuse), "score",
                                     detect_score(d->detect, fuse), "hold_score", hold,
                                     "lock_score", lock, "evidence",
                                     part_evidence(d, detect_evidence(d->detect, fuse), NULL)));
}
