#include "report/fixture.h"

#include "base/attributes.h"
#include "report/fixture_fuses.h"
#include "report/texts.h"

#include "base/ban.h"

#define V4(a, b, c, d)                                                                             \
    {                                                                                              \
        {                                                                                          \
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d                                   \
        }                                                                                          \
    }
#define AT(day, hour, minute, second) ((struct wall)FIXTURE_AT(day, hour, minute, second))
#define COPY(r, list) fixture_copy(r, (list), sizeof(list))

static const struct report_brute brutes[] = {
    { V4(203, 0, 113, 200), "RU", FIXTURE_TEXT("AS64511 Example Datacenter"), 12904, 812, 0,
      FIXTURE_AT(16, 0, 2, 0), FIXTURE_AT(22, 23, 58, 0) },
    { V4(198, 51, 100, 3), "CN", FIXTURE_TEXT("AS64505 Example Backbone of a Faraway Province"),
      2210, 64, 1, FIXTURE_AT(17, 21, 40, 0), FIXTURE_AT(19, 2, 9, 58) },
    { { { 0x20, 0x01, 0x0d, 0xb8, 0xff, 0xff, 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0, 0x12,
          0x34 } },
      "",
      FIXTURE_TEXT(""),
      640,
      1,
      0,
      FIXTURE_AT(18, 6, 0, 0),
      FIXTURE_AT(18, 6, 21, 0) },
};
static const struct report_block blocks[] = {
    { FIXTURE_TEXT("bigmail.example"),
      FIXTURE_TEXT("421 4.7.28 Our system has detected an unusual rate of mail from your network"),
      26120, FIXTURE_AT(19, 4, 41, 0), FIXTURE_AT(22, 23, 51, 0) },
    { FIXTURE_TEXT("zen.dnsbl.example"),
      FIXTURE_TEXT("554 5.7.1 Service unavailable; Client host [192.0.2.25] blocked using "
                   "zen.dnsbl.example; https://www.dnsbl.example/query/…"),
      812, FIXTURE_AT(19, 5, 12, 0), FIXTURE_AT(22, 22, 40, 0) },
};
static const struct report_account accounts[] = {
    { SUBJECT_ACCOUNT, FIXTURE_TEXT("anna.berger@example.test"), 3511, 68644, 41364, 12000, 15280,
      12, 3498, 612, 189, 12.9, FIXTURE_AT(16, 8, 2, 0), FIXTURE_AT(21, 17, 40, 2) },
    { SUBJECT_ACCOUNT, FIXTURE_TEXT("vertrieb@example.test"), 66, 91, 88, 0, 3, 0, 120, 2, 5, 2.4,
      FIXTURE_AT(16, 8, 30, 0), FIXTURE_AT(22, 18, 2, 0) },
    { SUBJECT_RELAY, FIXTURE_TEXT("192.0.2.77"), 4460, 4460, 4163, 180, 117, 0, 0, 0, 1, 7.9,
      FIXTURE_AT(16, 0, 5, 0), FIXTURE_AT(21, 5, 0, 0) },
    { SUBJECT_LOCAL, FIXTURE_TEXT("uid 33"), 51, 51, 49, 2, 0, 0, 0, 0, 0, 3.9,
      FIXTURE_AT(16, 3, 0, 0), FIXTURE_AT(22, 4, 19, 2) },
};
static const struct report_wrote wrote[] = {
    { FIXTURE_AT(17, 10, 12, 0), FIXTURE_TEXT("anna.berger@example.test"),
      FIXTURE_TEXT("help@phish.example"), FIXTURE_TEXT("4jXBZ16Xbrz1bY11"), FIXTURE_TEXT("sent") },
    { FIXTURE_AT(17, 10, 30, 0), FIXTURE_TEXT("vertrieb@example.test"),
      FIXTURE_TEXT("help@phish.example"), FIXTURE_TEXT("4jXBZ93Xbrz1bY1K"),
      FIXTURE_TEXT("bounced") },
};
static const struct report_step steps[] = {
    { FIXTURE_AT(19, 2, 9, 58), FIXTURE_TEXT("guessed"),
      FIXTURE_TEXT("612 logins failed from 143 addresses in the 28 hours before the first success"),
      1.7, 1.7 },
    { FIXTURE_AT(19, 2, 12, 40), FIXTURE_TEXT("new-networks"),
      FIXTURE_TEXT("11 new networks in 6 countries within an hour, 1 is usual"), 3.6, 5.8 },
    { FIXTURE_AT(19, 2, 14, 7), FIXTURE_TEXT("recipient-rate"),
      FIXTURE_TEXT("31 recipients in 10 minutes, 2 is usual"), 4.2, 10.0 },
    { FIXTURE_AT(19, 2, 16, 31), FIXTURE_TEXT("unknown-recipients"),
      FIXTURE_TEXT("22% of the recipients do not exist, 1% is usual"), 2.9, 12.9 },
};
static const struct report_hold holds[] = {
    { SUBJECT_ACCOUNT, FIXTURE_TEXT("vertrieb@example.test"), FIXTURE_AT(20, 11, 2, 0),
      FIXTURE_AT(20, 11, 14, 31), 4, 11, (12 * 60 + 31) * 1000 },
    { SUBJECT_ACCOUNT,
      FIXTURE_TEXT("jürgen.müller-lüdenscheidt.buchhaltung-und-controlling@"
                   "niederlassung-süd.tochterfirma.example.test"),
      FIXTURE_AT(20, 16, 1, 9), FIXTURE_AT(20, 16, 1, 10), 1, 2, 420 },
    { SUBJECT_LOCAL, FIXTURE_TEXT("uid 33"), FIXTURE_AT(21, 4, 0, 0), FIXTURE_AT(21, 4, 45, 0), 52,
      52, 45 * 60 * 1000 },
};
static const struct report_count unparsed[] = {
    { FIXTURE_TEXT("cut line"), 12 },
    { FIXTURE_TEXT("postfix/smtpd: unknown text"), 3 },
};
static const struct report_count warnings[] = {
    { FIXTURE_TEXT(
          "/var/log/mail.log.3.gz: the archive ends too early; what could be read was used"),
      1 },
};

static void *fixture_copy(struct report *r, const void *list, size_t size)
{
    void *copy = arena_take(&r->arena, size);

    if (size > 0)
        memcpy(copy, list, size);
    return copy;
}

/* A week in bars of an hour: office hours, and a bot from `abuse_from` to `abuse_to`. */
static struct report_timeline fixture_timeline(struct report *r, size_t abuse_from, size_t abuse_to)
{
    struct report_timeline t = { AT(16, 0, 0, 0), HOUR_MS, 168, NULL };

    t.bars = arena_take(&r->arena, t.n * sizeof *t.bars);
    for (size_t i = 0; i < t.n; i++) {
        struct report_bar *bar = &t.bars[i];
        bool office = i % 24 >= 8 && i % 24 < 18 && i < 120;

        bar->messages = office ? (uint32_t)(2 + i * 7 % 5) : 0;
        bar->recipients = bar->messages + (office ? (uint32_t)(i % 3) : 0);
        bar->login_failures = i + 28 >= abuse_from && i < abuse_from ? (uint32_t)(10 + i % 23) : 0;
        if (i >= abuse_from && i < abuse_to) {
            bar->messages += (uint32_t)(40 + i * 13 % 29);
            bar->recipients += (uint32_t)(800 + i * 260 % 580);
            bar->refused = bar->recipients * 2 / 5;
        }
    }
    return t;
}

static struct report_fuse *fixture_fuse_list(struct report *r, const struct report_fuse *from,
                                             size_t n)
{
    struct report_fuse *list = fixture_copy(r, from, n * sizeof *from);

    for (struct report_fuse *f = list; f < list + n; f++) {
        size_t start = f->first_abuse.ms != 0
                           ? (size_t)((f->first_abuse.ms - AT(16, 0, 0, 0).ms) / HOUR_MS)
                           : 168;
        size_t end = f->last_abuse.ms != 0
                         ? (size_t)((f->last_abuse.ms - AT(16, 0, 0, 0).ms) / HOUR_MS) + 1
                         : 168;

        f->evidence = fixture_copy(r, f->evidence, f->evidence_n * sizeof *f->evidence);
        f->replies = fixture_copy(r, f->replies, f->replies_n * sizeof *f->replies);
        f->domains = fixture_copy(r, f->domains, f->domains_n * sizeof *f->domains);
        f->senders = fixture_copy(r, f->senders, f->senders_n * sizeof *f->senders);
        f->clients = fixture_copy(r, f->clients, f->clients_n * sizeof *f->clients);
        f->queue_ids = fixture_copy(r, f->queue_ids, f->queue_ids_n * sizeof *f->queue_ids);
        f->queues = fixture_copy(r, f->queues, f->queues_n * sizeof *f->queues);
        f->timeline = fixture_timeline(r, start, end);
    }
    return list;
}

/* Two hundred and forty mails of this fuse are still in the queue. */
static void fixture_fill_queue(struct report *r, struct report_fuse *f)
{
    static const char digits[] = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";

    f->queue_ids_n = f->queues[0].n = 240;
    f->queue_ids = arena_take(&r->arena, f->queue_ids_n * sizeof *f->queue_ids);
    for (size_t i = 0; i < f->queue_ids_n; i++) {
        char id[] = "4jYQ000000z1c2d3";

        id[4] = digits[i / 52];
        id[5] = digits[i % 52];
        f->queue_ids[i] = arena_copy(&r->arena, slice_of(id));
    }
}

static void fixture_holds(struct report *r)
{
    r->holds = COPY(r, holds);
    r->holds_n = COUNT(holds);
    r->delays = (struct report_delays){ 61224, 56, 63, 45 * 60 * 1000 };
}

void fixture_company(struct report *r)
{
    *r = (struct report){
        .start = AT(16, 0, 0, 3),
        .end = AT(22, 23, 59, 50),
        .offset_s = 3600,
        .lines = { .all = 1284511,
                   .understood = 1271402,
                   .foreign = 13070,
                   .unparsed = 15,
                   .blank = 24,
                   .bytes = 221839114,
                   .files = 4,
                   .cut = 12,
                   .backwards = 1 },
        .totals = { .submitted = 7702,
                    .received = 21877,
                    .delivered = 109114,
                    .forwarded = 12,
                    .deferred = 31022,
                    .deferrals = 88190,
                    .bounced = 15640,
                    .rejected = 48112,
                    .reject_warnings = 4,
                    .held = 0,
                    .discarded = 2,
                    .bytes_received = 918273645,
                    .bytes_delivered = 2918273645,
                    .senders = 3188,
                    .recipients = 91002,
                    .sending_domains = 1021,
                    .recipient_domains = 2207,
                    .logins = 20114,
                    .login_failures = 16204,
                    .local_submissions = 51 },
    };
    r->fuses = fixture_fuse_list(r, fixture_fuses, fixture_fuses_n);
    r->fuses_n = fixture_fuses_n;
    fixture_fill_queue(r, &r->fuses[3]);
    r->watch = fixture_fuse_list(r, fixture_watch, fixture_watch_n);
    r->watch_n = fixture_watch_n;
    fixture_holds(r);
    r->brutes = COPY(r, brutes);
    r->brutes_n = COUNT(brutes);
    r->blocks = COPY(r, blocks);
    r->blocks_n = COUNT(blocks);
    r->accounts = COPY(r, accounts);
    r->accounts_n = COUNT(accounts);
    r->wrote = COPY(r, wrote);
    r->wrote_n = COUNT(wrote);
    r->asked_to = SLICE("help@phish.example");
    r->steps = COPY(r, steps);
    r->steps_n = COUNT(steps);
    r->explained = SLICE("anna.berger@example.test");
    r->unparsed = COPY(r, unparsed);
    r->unparsed_n = COUNT(unparsed);
    r->warnings = COPY(r, warnings);
    r->warnings_n = COUNT(warnings);
    r->timeline = fixture_timeline(r, 74, 138);
}

struct hostile_pen {
    struct report *r;
    size_t at;
};

/* Put something hostile in the place of a text, another one each time. */
static void hostile_text(void *context, enum text_kind kind, struct slice *text)
{
    static const struct slice hostile[] = {
        FIXTURE_TEXT("\033[2J\033]0;owned\007alice@example.test"),
        FIXTURE_TEXT("x\302\233"
                     "31mC1\302\205@example.test"),
        FIXTURE_TEXT("moc.elpmaxe@\342\200\256ecila\342\201\246\342\200\213@example.test"),
        FIXTURE_TEXT("nul\0byte@example.test\r\n\tlocks: none"),
        FIXTURE_TEXT("\377\376\xed\xa0\x80 cut \xf0\x9f\x98"),
        FIXTURE_TEXT("</script><img src=x onerror=alert(1)>\"'&amp;@example.test"),
        FIXTURE_TEXT("'; rm -rf / #`id`$(id)@example.test"),
        FIXTURE_TEXT("-h"),
        FIXTURE_TEXT("\357\274\241\360\237\230\200\344\275\240\345\245\275e\314\201\314\201@"
                     "\345\205\254\345\217\270.example"),
    };
    struct hostile_pen *pen = context;
    size_t which = pen->at++ % (COUNT(hostile) + 1);
    char longest[300];

    if (kind == TEXT_PLAIN && text->n == 0)
        return;
    memset(longest, 'W', sizeof longest);
    *text = arena_copy(&pen->r->arena, which < COUNT(hostile)
                                           ? hostile[which]
                                           : (struct slice){ longest, sizeof longest });
}

void fixture_hostile(struct report *r)
{
    struct hostile_pen pen = { r, 0 };

    fixture_company(r);
    texts_visit(r, &(struct text_visitor){ .text = hostile_text, .context = &pen });
}

void fixture_calm(struct report *r)
{
    *r = (struct report){
        .start = AT(21, 0, 0, 1),
        .end = AT(21, 23, 59, 58),
        .offset_s = 3600,
        .floating = true,
        .lines = { .all = 40211, .understood = 40209, .foreign = 2, .bytes = 7123440, .files = 1 },
        .totals = { .submitted = 812,
                    .received = 2204,
                    .delivered = 2390,
                    .deferred = 8,
                    .deferrals = 21,
                    .bounced = 11,
                    .rejected = 1804,
                    .bytes_received = 91827364,
                    .bytes_delivered = 99182736,
                    .senders = 633,
                    .recipients = 720,
                    .sending_domains = 310,
                    .recipient_domains = 290,
                    .logins = 3051,
                    .login_failures = 209 },
    };
    r->timeline = fixture_timeline(r, 168, 168);
}

void fixture_empty(struct report *r)
{
    *r = (struct report){ .floating = true,
                          .lines = { .all = 12, .unparsed = 12, .bytes = 900, .files = 1 } };
    r->unparsed = fixture_copy(r, (struct report_count[]){ { FIXTURE_TEXT("not a log line"), 12 } },
                               sizeof *r->unparsed);
    r->unparsed_n = 1;
}
