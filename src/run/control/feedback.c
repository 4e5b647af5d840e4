/* feedback.c - a provider complained about a message: whose it was, and what that weighs.
 * Anybody can send such a report. It counts only when it names a message that left here and an
 * address of ours, or both the queue id and the Message-ID of one message; thrice for a message at
 * most; and how much all of them may weigh is the engine's business. */
#include "report/words.h"
#include "run/control/parts.h"

#include "base/ban.h"

enum {
    COUNTED_MOST = 3, /* for one message */
    HOUR_MOST = 5000, /* reports; more are to come later */
    DETAIL_MAX = 1000,
};

/* What the report is about. */
struct found {
    uint32_t fuse;         /* or SENT_NOBODY */
    const char *by;        /* "queue id" */
    uint64_t message;      /* key of the message; 0 when only the recipient is known */
    struct slice queue_id; /* ours; may be empty */
    bool both;             /* queue id and Message-ID agree */
    bool differ;           /* they do not */
};

static uint32_t whose(const struct daemon *d, uint64_t key)
{
    uint32_t fuse = sent_find(d->sent, key, d->now, NULL);

    return fuse < detect_count(d->detect) ? fuse : SENT_NOBODY;
}

static struct slice item_of(const json_t *list, size_t i)
{
    const json_t *text = json_array_get(list, i);

    return (struct slice){ json_string_value(text), json_string_length(text) };
}

static void find_by_queue_id(const struct daemon *d, const json_t *ids, uint32_t likely,
                             struct found *out)
{
    for (size_t i = 0; i < json_array_size(ids); i++) {
        struct slice id = item_of(ids, i);
        uint64_t key = sent_queue_key(id);
        uint32_t fuse = whose(d, key);

        if (fuse == SENT_NOBODY || (out->fuse != SENT_NOBODY && fuse != likely))
            continue;
        out->fuse = fuse;
        out->by = "queue id";
        out->message = key;
        out->queue_id = id;
    }
}

/* Who wrote to them last. */
static void find_by_recipient(const struct daemon *d, const json_t *recipients, struct found *out)
{
    char room[ADDRESS_MAX];

    for (size_t i = 0; i < json_array_size(recipients) && out->fuse == SENT_NOBODY; i++) {
        uint64_t key = event_address_key(address_fold(item_of(recipients, i), room));

        out->fuse = whose(d, sent_recipient_key(key));
        out->by = "recipient";
    }
}

static struct found find(const struct control_call *c)
{
    struct slice message_id = json_get_text(c->request, "message_id");
    uint64_t key = message_id.n > 0 ? sent_message_key(message_id) : 0;
    uint32_t likely = key != 0 ? whose(c->d, key) : SENT_NOBODY;
    struct found f = { .fuse = SENT_NOBODY, .by = "" };

    find_by_queue_id(c->d, json_object_get(c->request, "queue_ids"), likely, &f);
    f.both = f.fuse != SENT_NOBODY && f.fuse == likely;
    f.differ = f.fuse != SENT_NOBODY && likely != SENT_NOBODY && f.fuse != likely;
    if (likely != SENT_NOBODY)
        f.message = key;
    if (f.fuse == SENT_NOBODY && likely != SENT_NOBODY) {
        f.fuse = likely;
        f.by = "Message-ID";
    }
    if (f.fuse == SENT_NOBODY)
        find_by_recipient(c->d, json_object_get(c->request, "recipients"), &f);
    return f;
}

/* By what the servers on its way wrote, it came from one of our addresses. */
static bool passed_here(const struct control_call *c)
{
    const json_t *servers = json_object_get(c->request, "servers");
    struct ip ip;

    for (size_t i = 0; i < json_array_size(servers); i++)
        if (ip_parse(item_of(servers, i), &ip) && own_has(c->d, &ip))
            return true;
    return false;
}

/* Why it does not count; NULL when it does. */
static const char *doubt(const struct control_call *c, const struct found *f)
{
    struct slice source = json_get_text(c->request, "source");
    bool said = source.n > 0 && own_known(c->d), here = false;
    struct ip ip;

    if (said)
        here = ip_parse(source, &ip) && own_has(c->d, &ip);
    else
        here = passed_here(c);
    if (f->fuse == SENT_NOBODY)
        return "nothing is known of that message";
    if (f->message == 0)
        return "only the recipient is known";
    if (f->differ)
        return "queue id and Message-ID are of different messages";
    if (said && !here)
        return "it did not come from an address of ours";
    if (!here && !f->both)
        return "it does not prove to be about a message of ours";
    return NULL;
}

static bool is_complaint(struct slice type)
{
    return slice_eq(type, SLICE("abuse")) || slice_eq(type, SLICE("fraud")) ||
           slice_eq(type, SLICE("virus"));
}

static uint64_t derived(uint64_t key, uint64_t what)
{
    return hash_u64(key + what) | 1;
}

/* The third complaint about one message still counts. */
static bool may_count(struct daemon *d, const struct found *f)
{
    for (uint64_t n = 1; n <= COUNTED_MOST; n++) {
        uint64_t key = derived(f->message, n);

        if (sent_find(d->sent, key, d->now, NULL) != SENT_NOBODY)
            continue;
        sent_note(d->sent, key, f->fuse, d->now);
        return true;
    }
    return false;
}

static void weigh(struct daemon *d, uint32_t fuse)
{
    struct event e = { .type = EVENT_COMPLAINT,
                       .at = d->now,
                       .utc_offset_s = d->utc_offset_s,
                       .count = 1,
                       .subject = detect_subject(d->detect, fuse) };

    (void)events_take(d, &e);
}

/* For the journal: "abuse of message 4AbC to bob@provider.example, told by ...". */
static void write_detail(struct buf *out, const struct control_call *c, const struct found *f,
                         const char *why_not)
{
    const json_t *recipients = json_object_get(c->request, "recipients");
    struct slice type = json_get_text(c->request, "type"), id = f->queue_id;
    struct slice agent = json_get_text(c->request, "agent");
    struct slice from = json_get_text(c->request, "reporter");

    if (id.n == 0)
        id = json_get_text(c->request, "message_id");
    buf_printf(out, "%.*s", SLICE_ARG(type));
    if (id.n > 0)
        buf_printf(out, ", message %.*s", SLICE_ARG(slice_head(id, 200)));
    for (size_t i = 0; i < json_array_size(recipients) && i < 3; i++)
        buf_printf(out, "%s%.*s", i == 0 ? " to " : ", ",
                   SLICE_ARG(slice_head(item_of(recipients, i), 100)));
    if (from.n > 0 || agent.n > 0)
        buf_printf(out, "; told by %.*s%s%.*s", SLICE_ARG(from),
                   from.n > 0 && agent.n > 0 ? " with " : "", SLICE_ARG(agent));
    if (f->fuse != SENT_NOBODY)
        buf_printf(out, "; found by %s", f->by);
    if (why_not != NULL)
        buf_printf(out, "; without weight: %s", why_not);
}

static const char *entry_of(struct slice type)
{
    if (slice_eq(type, SLICE("not-spam")))
        return "not-spam";
    if (slice_eq(type, SLICE("opt-out")))
        return "opt-out";
    return slice_eq(type, SLICE("auth-failure")) ? "auth-fail" : "complaint";
}

/* The sentence that the reply begins with. */
static void write_words(struct buf *out, struct slice account, struct slice type,
                        const char *why_not, bool counted)
{
    buf_printf(out, "%.*s, ", SLICE_ARG(type));
    if (account.n > 0)
        buf_printf(out, "about mail of %.*s", SLICE_ARG(account));
    else
        buf_add(out, SLICE("about nobody who is known"));
    if (why_not != NULL)
        buf_printf(out, ", without weight: %s", why_not);
    else if (counted)
        buf_add(out, SLICE("; it counts"));
}

static uint32_t open_incident(const struct daemon *d, uint32_t fuse)
{
    const struct box_incident *i = box_open(d->box, fuse);

    return i != NULL ? i->number : 0;
}

/* Returns the number of the incident that it belongs to; 0: none. */
static uint32_t find_it(struct daemon *d, struct slice account, uint32_t fuse)
{
    const struct finding *known =
        findings_find(d->findings, FINDING_COMPLAINTS, account, SLICE(""));
    struct buf words = buf_make(DETAIL_MAX);
    struct finding_news news = { FINDING_COMPLAINTS, account, SLICE(""), { NULL, 0 }, fuse };
    uint32_t incident;

    words_count(&words, known != NULL ? known->count + 1 : 1, "recipient complained",
                "recipients complained");
    buf_add(&words, SLICE(" to a provider"));
    news.words = buf_slice(&words);
    incident = findings_begin(d, &news);
    buf_done(&words);
    return incident;
}

/* Once a day for an account. */
static void tell(struct daemon *d, struct slice account, uint32_t incident, struct slice detail)
{
    struct buf key = buf_make(ADDRESS_MAX + 20);

    buf_printf(&key, "complaint %.*s", SLICE_ARG(account));
    buf_add_char(&key, '\0');
    alerts_state(d, ALERT_COMPLAINT, key.p, incident, account, detail);
    buf_done(&key);
}

static void note_and_answer(const struct control_call *c, const struct found *f,
                            const char *why_not, bool counted)
{
    struct daemon *d = c->d;
    struct slice type = json_get_text(c->request, "type");
    struct slice account = { NULL, 0 };
    struct buf detail = buf_make(DETAIL_MAX), words = buf_make(DETAIL_MAX);
    uint32_t incident = 0;

    if (f->fuse != SENT_NOBODY) {
        account = detect_subject(d->detect, f->fuse).name;
        incident = counted ? find_it(d, account, f->fuse) : open_incident(d, f->fuse);
    }
    write_detail(&detail, c, f, why_not);
    write_words(&words, account, type, why_not, counted);
    if (counted)
        tell(d, account, incident, buf_slice(&detail));
    keep_note(d, incident, SLICE("mailfuse"), account, entry_of(type), buf_slice(&detail));
    control_answer_kept(c, buf_slice(&words),
                        json_pack("{so so ss sb}", "account",
                                  account.n > 0 ? json_text(account) : json_null(), "incident",
                                  incident > 0 ? json_integer(incident) : json_null(), "found_by",
                                  f->by, "counted", (int)counted));
    buf_done(&detail);
    buf_done(&words);
}

static void count_report(struct daemon *d, struct slice type, enum counts_report what)
{
    d->counts.reports[what]++;
    for (size_t i = 0; i < ARF_TYPES; i++)
        if (slice_eq(type, slice_of(arf_type_name((enum arf_type)i))))
            d->counts.report_types[i]++;
}

/* Weigh a complaint that proves itself; why it does not count, or NULL. */
static const char *take(struct daemon *d, const struct found *f, struct slice type,
                        const char *why_not)
{
    bool complaint = is_complaint(type);

    if (complaint && why_not == NULL && !may_count(d, f))
        why_not = "three complaints about that message have counted already";
    if (complaint && why_not == NULL)
        weigh(d, f->fuse);
    count_report(d, type,
                 !complaint        ? COUNTS_REPORT_NOTED
                 : why_not == NULL ? COUNTS_REPORT_COUNTED
                                   : COUNTS_REPORT_WEIGHTLESS);
    return why_not;
}

void control_feedback(const struct control_call *c)
{
    struct daemon *d = c->d;
    struct slice type = json_get_text(c->request, "type");
    uint64_t report = derived(hash_slice(json_get_text(c->request, "report"), 7), 0);
    struct found f = find(c);
    const char *why_not = doubt(c, &f);

    if (sent_find(d->sent, report, d->now, NULL) != SENT_NOBODY) {
        count_report(d, type, COUNTS_REPORT_AGAIN);
        control_answer_kept(c, SLICE("this report was told of before"),
                            json_pack("{ss sb}", "found_by", "", "counted", 0));
        return;
    }
    if (hour_sum(&d->complaints, d->now) >= HOUR_MOST) {
        count_report(d, type, COUNTS_REPORT_REFUSED);
        control_refuse(d->control, c->ticket, "there were 5000 reports within the hour",
                       "it may be told of later");
        return;
    }
    hour_add(&d->complaints, d->now, 1);
    sent_note(d->sent, report, 0, d->now);
    if (why_not == NULL && (is_complaint(type) || slice_eq(type, SLICE("opt-out"))))
        opt_outs_add(d, detect_subject(d->detect, f.fuse).name, c->request, f.queue_id);
    why_not = take(d, &f, type, why_not);
    note_and_answer(c, &f, why_not, why_not == NULL && is_complaint(type));
}
