/* policy.c - what Postfix hears. Everything is looked up in memory. Never OK: other restrictions
 * decide whether a message is taken, we only whether it is not. */
#include "run/daemon.h"

#include "base/ban.h"

/* Who asks. */
struct sender {
    char room[ADDRESS_MAX], address[IP_TEXT_MAX];
    struct slice account;   /* folded; empty without a login */
    struct subject subject; /* the account; without a login the host, if it relays */
    uint32_t fuse;          /* or UINT32_MAX */
    struct ip client;
};

/* A client without login: a host that relays, or one that the firewall saw trying port 25 and that
 * is locked. Not this machine itself: a content filter gives everybody's mail back from here, and
 * what else sends from here is judged by the log. */
static void look_at_host(const struct daemon *d, struct sender *s)
{
    static const enum subject_kind kinds[] = { SUBJECT_LAN, SUBJECT_RELAY };
    struct slice address = slice_of(ip_text(&s->client, s->address));
    uint32_t incident;

    if (address.n == 0 || ip_is_loopback(&s->client))
        return;
    for (size_t i = 0; i < COUNT(kinds); i++) {
        s->subject = subject_make(kinds[i], address);
        s->fuse = detect_find(d->detect, &s->subject);
        if (kinds[i] == SUBJECT_LAN && s->fuse != UINT32_MAX &&
            box_is_locked(d->box, s->fuse, &incident))
            return;
    }
}

static void look_at(const struct daemon *d, const struct policy_request *r, struct sender *s)
{
    s->account = account_fold(r->sasl_username, s->room);
    s->fuse = UINT32_MAX;
    s->client = (struct ip){ 0 };
    (void)ip_parse(r->client_address, &s->client);
    s->subject = subject_make(SUBJECT_ACCOUNT, s->account);
    if (s->account.n == 0)
        look_at_host(d, s);
    else
        s->fuse = detect_find(d->detect, &s->subject);
}

static void refuse(struct daemon *d, struct buf *action, const char *codes, enum conf_reply reply,
                   uint32_t incident, struct slice account)
{
    d->refused++;
    d->counts.answers[reply]++;
    hour_add(&d->hours[HOUR_REFUSED], d->now, 1);
    buf_add(action, slice_of(codes));
    conf_reply_add(action, &d->conf->daemon, reply, incident, account);
}

static void put_off(struct daemon *d, struct buf *action, uint32_t incident, struct slice account)
{
    refuse(d, action, "452 4.3.1 ", CONF_REPLY_NO_ROOM, incident, account);
}

/* A locked account or host: 421 ends the session at once, whoever is logged in. */
static bool is_locked(struct daemon *d, const struct sender *s, struct buf *action)
{
    uint32_t incident = 0;

    if (s->fuse == UINT32_MAX || !box_is_locked(d->box, s->fuse, &incident))
        return false;
    box_refused(d->box, s->fuse);
    refuse(d, action, "421 4.7.1 ", CONF_REPLY_LOCKED, incident, s->subject.name);
    return true;
}

static bool is_blocked(struct daemon *d, const struct policy_request *r, const struct sender *s,
                       struct buf *action)
{
    const struct box_blocked *k;
    char room[ADDRESS_MAX];

    if (box_block_at(d->box, 0) == NULL)
        return false;
    k = s->account.n > 0 ? box_blocks_client(d->box, &s->client) : NULL;
    if (k != NULL) {
        box_block_hit(d->box, k, d->now);
        refuse(d, action, "554 5.7.1 ", CONF_REPLY_NOT_ALLOWED_HERE, 0, s->account);
        return true;
    }
    k = box_blocks_recipient(d->box, address_fold(r->recipient, room));
    if (k == NULL)
        return false;
    box_block_hit(d->box, k, d->now);
    refuse(d, action, "550 5.7.1 ", CONF_REPLY_BLOCKED_RECIPIENT, 0, s->account);
    return true;
}

/* What the settings forbid; only observing, nothing is refused. */
static bool is_forbidden(struct daemon *d, const struct policy_request *r, const struct sender *s,
                         const struct conf_policy *p, struct buf *action)
{
    const struct judge_place *place = judge_place(&d->judge, &s->client);
    char room[ADDRESS_MAX];

    if (!conf_submission_allowed(d->conf, p, &s->client, place->country, place->asn)) {
        refuse(d, action, "554 5.7.1 ", CONF_REPLY_NOT_ALLOWED_HERE, 0, s->account);
        return true;
    }
    if (d->conf->senders_path.text.n > 0 &&
        conf_sender_allowed(d->conf, address_fold(r->sender, room), s->account) !=
            CONF_SENDER_OWN) {
        refuse(d, action, "553 5.7.1 ", CONF_REPLY_SENDER_NOT_OWN, 0, s->account);
        return true;
    }
    return false;
}

static bool refuses_at_limit(const struct conf_policy *p)
{
    return p->limits.at_limit == CONF_DEFER_AT_LIMIT || p->limits.at_limit == CONF_REJECT_AT_LIMIT;
}

/* An account that nothing was seen of has a limit, too: what it begins is counted for it. It has
 * logged in, so these are no names that strangers made up. */
static void make_known(struct daemon *d, struct sender *s, const struct conf_policy *p)
{
    if (s->fuse == UINT32_MAX && refuses_at_limit(p))
        s->fuse = detect_ensure(d->detect, &s->subject);
}

/* A limit that the mail server is to enforce: with what is under way on all connections. */
static bool is_too_much(struct daemon *d, const struct sender *s, const struct conf_policy *p,
                        struct buf *action)
{
    uint32_t messages, recipients;

    if (!refuses_at_limit(p) || s->fuse == UINT32_MAX)
        return false;
    messages = transactions_messages(d->transactions, s->fuse);
    recipients = transactions_pending(d->transactions, s->fuse);
    if (detect_limit(d->detect, s->fuse, messages > 0 ? messages : 1, recipients, d->now,
                     d->utc_offset_s)
            .most == 0)
        return false;
    refuse(d, action, p->limits.at_limit == CONF_DEFER_AT_LIMIT ? "450 4.7.1 " : "550 5.7.1 ",
           CONF_REPLY_LIMIT, 0, s->account);
    return true;
}

/* What this sender sends would be put on hold, and there is no room for that: he keeps it and tries
 * again. Others are not concerned. */
static bool is_put_off(struct daemon *d, const struct policy_request *r, const struct sender *s,
                       struct buf *action)
{
    uint32_t incident = 0;

    if (box_has_room(d->box) || s->fuse == UINT32_MAX)
        return false;
    if (box_is_held(d->box, s->fuse, &incident))
        box_refused(d->box, s->fuse);
    else if (!relay_switch_keeps_back(d, s->fuse, r->sender))
        return false;
    put_off(d, action, incident, s->subject.name);
    return true;
}

static void recipient(struct daemon *d, uint64_t connection, const struct policy_request *r,
                      struct sender *s, struct buf *action)
{
    bool has_rules = box_enforces(d->box) && d->has_rules, first;
    struct conf_policy p;

    if (is_locked(d, s, action) || is_blocked(d, r, s, action) || is_put_off(d, r, s, action) ||
        s->account.n == 0)
        return;
    if (has_rules) {
        p = conf_account(d->conf, s->account, d->now, d->utc_offset_s);
        make_known(d, s, &p);
    }
    first = transactions_recipient(d->transactions, connection, r->instance, s->fuse, r->recipient);
    if (!has_rules)
        return;
    if ((is_forbidden(d, r, s, &p, action) || is_too_much(d, s, &p, action)) && first)
        transactions_refused(d->transactions, connection);
}

static void say_hold(struct daemon *d, const struct sender *s, uint32_t incident,
                     struct buf *action)
{
    d->counts.answers[CONF_REPLY_HOLD]++;
    buf_add(action, SLICE("HOLD "));
    conf_reply_add(action, &d->conf->daemon, CONF_REPLY_HOLD, incident, s->subject.name);
}

static const struct slice off_the_relay = SLICE_INIT("HOLD it is not to take the emergency relay");

/* It was accepted just now, so as to be held; of that incident, or of none: it is kept off the
 * emergency relay. */
static void hold(struct daemon *d, const struct sender *s, const struct box_incident *i,
                 uint64_t size, struct buf *action)
{
    uint32_t incident = i != NULL ? i->number : 0;

    if (!box_has_room(d->box)) {
        put_off(d, action, incident, s->subject.name);
        return;
    }
    spool_watch_held(d, size);
    if (!d->to_hold) {
        buf_add(action, off_the_relay);
        return;
    }
    say_hold(d, s, incident, action);
}

/* Our answer came too late, and Postfix asks again: the same answer. */
static void hold_again(struct daemon *d, const struct policy_request *r, const struct sender *s,
                       struct buf *action)
{
    uint32_t incident = box_holding(d->box, r->queue_id);

    if (incident != 0)
        say_hold(d, s, incident, action);
    else if (relay_switch_is_holding(d, r->queue_id))
        buf_add(action, off_the_relay);
}

static void message(struct daemon *d, uint64_t connection, const struct policy_request *r,
                    const struct sender *s, struct buf *action)
{
    struct ledger_submission m = { .at = d->now,
                                   .utc_offset_s = d->utc_offset_s,
                                   .queue_id = r->queue_id,
                                   .kind = s->account.n > 0 ? SUBJECT_ACCOUNT : SUBJECT_RELAY,
                                   .account = s->subject.name,
                                   .client = s->client,
                                   .client_name = r->client_name,
                                   .sender = r->sender,
                                   .recipients = r->recipient_count,
                                   .size = r->size };
    char room[ADDRESS_MAX];
    uint32_t fuse;
    bool is_new;

    events_announce(d, s->fuse + 1, 0); /* of none: 0 */
    transactions_end(d->transactions, connection);
    if (r->queue_id.n == 0 ||
        (s->account.n == 0 && s->fuse == UINT32_MAX &&
         !ledger_leaves(d->ledger, &s->client, address_fold(r->recipient, room))))
        return; /* of a host that never relayed, as far as is known: the log tells */
    if (is_put_off(d, r, s, action))
        return; /* it comes again, and is counted then */
    d->told = true;
    d->to_hold = false;
    is_new = ledger_accept(d->ledger, &m);
    d->told = false;
    if (!is_new) {
        hold_again(d, r, s, action);
        return;
    }
    fuse = detect_find(d->detect, &s->subject);
    if (d->to_hold || relay_switch_holds(d, fuse, &m))
        hold(d, s, fuse != UINT32_MAX ? box_open(d->box, fuse) : NULL, r->size, action);
}

void policy_decide(void *ctx, uint64_t connection, const struct policy_request *r,
                   struct buf *action)
{
    struct daemon *d = ctx;
    uint64_t begun = daemon_ns();
    struct sender s;

    daemon_clock(d);
    d->policy_requests++;
    d->last_policy = d->now;
    look_at(d, r, &s);
    if (r->instance.n > 0)
        transactions_other(d->transactions, connection, r->instance);
    if (r->protocol_state == POLICY_RCPT)
        recipient(d, connection, r, &s, action);
    else if (r->protocol_state == POLICY_END_OF_MESSAGE)
        message(d, connection, r, &s, action);
    else
        (void)is_locked(d, &s, action);
    if (action->n == 0) {
        d->counts.answers[COUNTS_DUNNO]++;
        buf_add(action, SLICE("DUNNO"));
    }
    latency_add(&d->counts.policy, daemon_ns() - begun);
}

void policy_gone(void *ctx, uint64_t connection)
{
    struct daemon *d = ctx;

    transactions_end(d->transactions, connection);
}
