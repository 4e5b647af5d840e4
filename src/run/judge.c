#include "run/judge.h"

#include "base/ban.h"

void judge_change(struct judge *j, const struct conf *conf, struct geo *geo)
{
    j->conf = conf;
    j->geo = geo;
    memset(j->places, 0, sizeof j->places);
}

const struct judge_place *judge_place(struct judge *j, const struct ip *ip)
{
    struct judge_place *place = &j->places[ip_hash(ip, 11) % JUDGE_PLACES];
    struct geo_answer answer;

    if (ip_eq(&place->ip, ip))
        return place;
    *place = (struct judge_place){ .ip = *ip, .shared = conf_shared_client(j->conf, ip) };
    if (geo_find(j->geo, ip, &answer)) {
        memcpy(place->country, answer.country, sizeof place->country);
        place->at_home = conf_home_country(j->conf, answer.country);
        place->asn = answer.asn;
    }
    return place;
}

void judge_complete(struct judge *j, struct event *event)
{
    const struct judge_place *place;

    if (ip_none(&event->client))
        return;
    place = judge_place(j, &event->client);
    event->country = event_country(place->country);
    event->at_home = place->at_home;
    event->shared = place->shared;
    if (place->asn != 0) /* more to be relied on than a name */
        event->provider = (uint32_t)hash_u64(place->asn) | 1;
}

static void take_limits(const struct conf_limits *limits, struct detect_policy *out)
{
    _Static_assert(CONF_NO_LIMIT == DETECT_NO_LIMIT, "one word for both");
    out->messages_hour = limits->rate[CONF_MESSAGES_PER_HOUR];
    out->messages_day = limits->rate[CONF_MESSAGES_PER_DAY];
    out->recipients_hour = limits->rate[CONF_RECIPIENTS_PER_HOUR];
    out->recipients_day = limits->rate[CONF_RECIPIENTS_PER_DAY];
    out->unknown_day = limits->rate[CONF_UNKNOWN_RECIPIENTS_PER_DAY];
    out->free_hour = limits->free_recipients_per_hour;
    out->lock_at_limit = limits->at_limit == CONF_LOCK_AT_LIMIT;
    out->refuse_at_limit =
        limits->at_limit == CONF_DEFER_AT_LIMIT || limits->at_limit == CONF_REJECT_AT_LIMIT;
}

static void take_trust(const struct judge *j, const struct subject *subject, struct wall at,
                       int32_t utc_offset_s, int countries, struct detect_policy *out)
{
    int32_t day = (int32_t)((at.ms + (int64_t)utc_offset_s * SECOND_MS) / DAY_MS);
    const struct box_trusted *t = j->box != NULL && subject->kind == SUBJECT_ACCOUNT
                                      ? box_trusts(j->box, subject->name, day)
                                      : NULL;

    if (t == NULL)
        return;
    if (t->country[0] == '\0')
        out->never_hold = out->never_lock = true;
    else if (countries < POLICY_COUNTRIES)
        out->countries[countries] = event_country(t->country);
}

void judge_policy(void *ctx, const struct subject *subject, struct wall at, int32_t utc_offset_s,
                  struct detect_policy *out)
{
    const struct judge *j = ctx;
    struct conf_policy p = conf_account(j->conf, subject->name, at, utc_offset_s);
    int n = 0;

    if (subject->kind == SUBJECT_ACCOUNT) /* a host has many users */
        take_limits(&p.limits, out);
    out->bulk = p.trusted_bulk;
    out->never_hold = p.never_hold;
    out->never_lock = p.never_lock;
    for (uint32_t i = 0; i < p.exceptions_n && n < POLICY_COUNTRIES; i++)
        if (p.exceptions[i]->allow == CONF_COUNTRY)
            out->countries[n++] = event_country(p.exceptions[i]->country);
    take_trust(j, subject, at, utc_offset_s, n, out);
}

static void unknown_signal(const struct conf *conf, const struct conf_value *value,
                           const char *const *names, struct conf_errors *errors)
{
    const char *near = conf_nearest(value->text, names, SIGNALS);

    conf_complain(errors, conf->path, value->line, "ignored-signals",
                  "there is no signal \"%.*s\"; write %s\"%s\"", SLICE_ARG(conf_shown(value->text)),
                  near != NULL ? "" : "for example ", near != NULL ? near : names[0]);
}

uint32_t judge_ignored(const struct conf *conf, struct conf_errors *errors)
{
    const char *names[SIGNALS];
    uint32_t ignored = 0;

    for (unsigned s = 0; s < SIGNALS; s++)
        names[s] = signal_name((enum signal)s);
    for (uint32_t i = 0; i < conf->ignored_signals.n; i++) {
        const struct conf_value *value = &conf->ignored_signals.all[i];
        unsigned s = 0;

        while (s < SIGNALS && !slice_eq(value->text, slice_of(names[s])))
            s++;
        if (s == SIGNALS)
            unknown_signal(conf, value, names, errors);
        else
            ignored |= (uint32_t)1 << s;
    }
    return ignored;
}
