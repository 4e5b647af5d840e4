/* The fuses of the invented company. Kept apart from fixture.c for their length only. */
#include <math.h>

#include "base/attributes.h"
#include "report/fixture_fuses.h"

#include "base/ban.h"

#define V4(a, b, c, d)                                                                             \
    {                                                                                              \
        {                                                                                          \
            0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d                                   \
        }                                                                                          \
    }
#define V6(g, h)                                                                                   \
    {                                                                                              \
        {                                                                                          \
            0x20, 0x01, 0x0d, 0xb8, 0, g, 0, 0, 0, 0, 0, 0, 0, 0, 0, h                             \
        }                                                                                          \
    }
#define LIST(array) (array), COUNT(array)

static struct report_evidence anna_evidence[] = {
    { FIXTURE_TEXT("recipient-rate"), FIXTURE_TEXT("31 recipients in 10 minutes, 2 is usual"), 31,
      2, FIXTURE_TEXT("its own last days"), 4.2, FIXTURE_AT(19, 2, 14, 7) },
    { FIXTURE_TEXT("new-networks"),
      FIXTURE_TEXT("11 new networks in 6 countries within an hour, 1 is usual"), 11, 1,
      FIXTURE_TEXT("its own last days"), 3.6, FIXTURE_AT(19, 2, 12, 40) },
    { FIXTURE_TEXT("unknown-recipients"),
      FIXTURE_TEXT("22% of the recipients do not exist, 1% is usual"), 0.22, 0.01,
      FIXTURE_TEXT("its own last days"), 2.9, FIXTURE_AT(19, 2, 16, 31) },
    { FIXTURE_TEXT("guessed"),
      FIXTURE_TEXT("612 logins failed from 143 addresses in the 28 hours before the first success"),
      612, 0.4, FIXTURE_TEXT("its own last days"), 1.7, FIXTURE_AT(19, 2, 9, 58) },
    { FIXTURE_TEXT("hour"), FIXTURE_TEXT("never active between 1 and 5 in the morning before"), NAN,
      NAN, FIXTURE_TEXT("its own last days"), 0.9, FIXTURE_AT(19, 2, 10, 12) },
    { FIXTURE_TEXT("others"), FIXTURE_TEXT("2 smaller findings"), NAN, NAN, FIXTURE_TEXT(""), 0.1,
      FIXTURE_AT(19, 2, 11, 0) },
    { FIXTURE_TEXT("known-sender"), FIXTURE_TEXT("writes as anna.berger@example.test, as always"),
      NAN, NAN, FIXTURE_TEXT("its own last days"), -0.5, FIXTURE_AT(19, 2, 10, 12) },
};
static struct report_count anna_replies[] = {
    { FIXTURE_TEXT("550 5.7.1 Message rejected as spam by content scanning, see "
                   "https://mail.example/help/spam for what to do"),
      9120 },
    { FIXTURE_TEXT("550 5.1.1 <…>: Recipient address rejected: User unknown"), 3312 },
};
static struct report_count anna_domains[] = {
    { FIXTURE_TEXT("freemail.example"), 31204 },
    { FIXTURE_TEXT("bigmail.example"), 18911 },
    { FIXTURE_TEXT("provider-mail.example"), 6022 },
    { FIXTURE_TEXT("xn--mller-kva.example"), 913 },
    { FIXTURE_TEXT("correo.gobierno.example"), 402 },
};
static struct report_count anna_senders[] = {
    { FIXTURE_TEXT("anna.berger@example.test"), 3180 },
    { FIXTURE_TEXT("service@bank.example"), 244 },
};
static struct report_client anna_clients[] = {
    { V4(203, 0, 113, 9), FIXTURE_TEXT("static-9.broadband.example"), "BR", true, 64501,
      FIXTURE_TEXT("AS64501 Rede Exemplo de Telecomunicações Ltda"), FIXTURE_AT(19, 2, 10, 12),
      FIXTURE_AT(21, 17, 40, 2), 312, 6240 },
    { V4(198, 51, 100, 77), FIXTURE_TEXT(""), "VN", true, 64502,
      FIXTURE_TEXT("AS64502 Example Post and Telecom"), FIXTURE_AT(19, 2, 11, 0),
      FIXTURE_AT(21, 17, 31, 9), 288, 5760 },
    { V6(9, 0x21), FIXTURE_TEXT("dyn.very-long-host-name.pool.of.a.carrier.example"), "IN", true,
      64503, FIXTURE_TEXT("AS64503 Example Mobile"), FIXTURE_AT(19, 2, 11, 44),
      FIXTURE_AT(21, 16, 2, 55), 201, 4020 },
    { V4(192, 0, 2, 130), FIXTURE_TEXT(""), "", true, 0, FIXTURE_TEXT(""), FIXTURE_AT(19, 2, 12, 1),
      FIXTURE_AT(20, 9, 12, 5), 164, 3280 },
    { V4(192, 0, 2, 14), FIXTURE_TEXT("office.example.test"), "DE", false, 64496,
      FIXTURE_TEXT("AS64496 Example Net"), FIXTURE_AT(16, 8, 2, 11), FIXTURE_AT(20, 16, 58, 40), 41,
      55 },
};
static struct slice anna_queue[] = {
    FIXTURE_TEXT("4jXCS36Xbrz1bYl8"), FIXTURE_TEXT("4jXCS84Lkdz1bYlB"),
    FIXTURE_TEXT("4jXCSD1cQyz1bYlF"), FIXTURE_TEXT("4jXCT05Rtmz1bYlK"),
    FIXTURE_TEXT("4jXCT93G0Wz1bYlN"),
};
static struct report_queue anna_queues[] = { { FIXTURE_TEXT("mail"), COUNT(anna_queue) } };

static struct report_evidence long_evidence[] = {
    { FIXTURE_TEXT("recipient-rate"), FIXTURE_TEXT("1,940 recipients in an hour, 6 is usual"), 1940,
      6, FIXTURE_TEXT("its own last days"), 5.8, FIXTURE_AT(21, 3, 30, 0) },
    { FIXTURE_TEXT("new-client"),
      FIXTURE_TEXT("a rented server in another country, never seen before"), NAN, NAN,
      FIXTURE_TEXT("its own last days"), 2.2, FIXTURE_AT(21, 3, 1, 15) },
};
static struct report_client long_clients[] = {
    { V6(0x77, 0x5), FIXTURE_TEXT("vps-5.hosting.example"), "NL", true, 64510,
      FIXTURE_TEXT("AS64510 Example Hosting"), FIXTURE_AT(21, 3, 1, 15), FIXTURE_AT(22, 23, 50, 1),
      2411, 48220 },
};
static struct report_queue long_queues[] = { { FIXTURE_TEXT("mail2.example.test"), 0 } };
static struct report_count long_replies[] = {
    { FIXTURE_TEXT("421 4.7.28 Our system has detected an unusual rate of mail from your network"),
      20113 },
};

static struct report_evidence relay_evidence[] = {
    { FIXTURE_TEXT("volume"), FIXTURE_TEXT("820 messages in an hour, 12 is usual"), 820, 12,
      FIXTURE_TEXT("its own last days"), 4.9, FIXTURE_AT(20, 22, 15, 0) },
    { FIXTURE_TEXT("foreign-senders"),
      FIXTURE_TEXT("writes as 790 senders of foreign domains, 1 is usual"), 790, 1,
      FIXTURE_TEXT("its own last days"), 3.0, FIXTURE_AT(20, 22, 12, 0) },
};
static struct report_client relay_clients[] = {
    { V4(192, 0, 2, 77), FIXTURE_TEXT("crm.example.test"), "", false, 0, FIXTURE_TEXT(""),
      FIXTURE_AT(16, 0, 5, 0), FIXTURE_AT(21, 5, 0, 0), 4460, 4460 },
};

static struct report_evidence lan_evidence[] = {
    { FIXTURE_TEXT("smtp-destinations"),
      FIXTURE_TEXT("tried 412 mail servers in 10 minutes, none is usual"), 412, 0,
      FIXTURE_TEXT("its own last days"), 6.1, FIXTURE_AT(18, 14, 22, 30) },
};

static struct report_evidence form_evidence[] = {
    { FIXTURE_TEXT("volume"), FIXTURE_TEXT("44 messages in 10 minutes, 1 is usual"), 44, 1,
      FIXTURE_TEXT("its own last days"), 3.9, FIXTURE_AT(22, 4, 10, 0) },
};
static struct slice form_queue[] = { FIXTURE_TEXT("9D1F0A2B3C"), FIXTURE_TEXT("9D1F0A2B41") };
static struct report_queue form_queues[] = { { FIXTURE_TEXT("mail"), COUNT(form_queue) } };

struct report_fuse fixture_fuses[] = {
    { .kind = SUBJECT_LAN,
      .name = FIXTURE_TEXT("10.20.0.13"),
      .tripped = true,
      .held_from = FIXTURE_AT(18, 14, 21, 2),
      .locked = FIXTURE_AT(18, 14, 22, 30),
      .score = 6.1,
      .reason = FIXTURE_TEXT("tried 412 mail servers in 10 minutes, none is usual"),
      .evidence = LIST(lan_evidence),
      .messages_before = 96,
      .messages_after = 41207,
      .messages = 41303,
      .first_abuse = FIXTURE_AT(18, 14, 19, 55),
      .last_abuse = FIXTURE_AT(19, 7, 45, 12) },
    { .kind = SUBJECT_ACCOUNT,
      .name = FIXTURE_TEXT("anna.berger@example.test"),
      .tripped = true,
      .held_from = FIXTURE_AT(19, 2, 14, 7),
      .locked = FIXTURE_AT(19, 2, 16, 31),
      .score = 12.9,
      .reason = FIXTURE_TEXT("31 recipients in 10 minutes from 11 new networks in 6 countries"),
      .evidence = LIST(anna_evidence),
      .messages_before = 12,
      .recipients_before = 240,
      .messages_after = 3412,
      .recipients_after = 68240,
      .messages_canaries = 9,
      .recipients_canaries = 180,
      .messages = 3511,
      .recipients = 68644,
      .sent = 41200,
      .deferred = 12000,
      .bounced = 15280,
      .unknown_recipients = 12326,
      .refused_as_spam = 15061,
      .first_abuse = FIXTURE_AT(19, 2, 10, 12),
      .last_abuse = FIXTURE_AT(21, 17, 40, 2),
      .replies = LIST(anna_replies),
      .domains = LIST(anna_domains),
      .senders = LIST(anna_senders),
      .clients = LIST(anna_clients),
      .clients_all = 187,
      .way_in =
          FIXTURE_TEXT("The password was probably guessed: 612 logins failed from 143 addresses "
                       "between 17 Nov 21:40 and 19 Nov 02:09, then 203.0.113.9 got in."),
      .queue_ids = LIST(anna_queue),
      .queues = LIST(anna_queues) },
    { .kind = SUBJECT_RELAY,
      .name = FIXTURE_TEXT("192.0.2.77"),
      .tripped = true,
      .held_from = FIXTURE_AT(20, 22, 12, 44),
      .locked = FIXTURE_AT(20, 22, 14, 9),
      .score = 7.9,
      .reason = FIXTURE_TEXT("820 messages in an hour as 790 foreign senders, 12 is usual"),
      .evidence = LIST(relay_evidence),
      .messages_before = 63,
      .recipients_before = 63,
      .messages_after = 4211,
      .recipients_after = 4211,
      .messages_canaries = 1,
      .recipients_canaries = 1,
      .messages = 4460,
      .recipients = 4460,
      .sent = 3977,
      .deferred = 180,
      .bounced = 117,
      .unknown_recipients = 88,
      .refused_as_spam = 21,
      .first_abuse = FIXTURE_AT(20, 22, 10, 0),
      .last_abuse = FIXTURE_AT(21, 5, 0, 0),
      .clients = LIST(relay_clients),
      .clients_all = 1 },
    { .kind = SUBJECT_ACCOUNT,
      .name = FIXTURE_TEXT("jürgen.müller-lüdenscheidt.buchhaltung-und-controlling@"
                           "niederlassung-süd.tochterfirma.example.test"),
      .tripped = true,
      .held_from = FIXTURE_AT(21, 3, 2, 50),
      .locked = FIXTURE_AT(21, 3, 2, 50),
      .score = 8,
      .reason = FIXTURE_TEXT("1,940 recipients in an hour from a rented server never seen before"),
      .evidence = LIST(long_evidence),
      .messages_before = 1,
      .recipients_before = 20,
      .messages_after = 2410,
      .recipients_after = 48200,
      .messages = 2502,
      .recipients = 48390,
      .sent = 11,
      .deferred = 48209,
      .refused_as_spam = 20113,
      .first_abuse = FIXTURE_AT(21, 3, 1, 15),
      .last_abuse = FIXTURE_AT(22, 23, 50, 1),
      .replies = LIST(long_replies),
      .clients = LIST(long_clients),
      .clients_all = 1,
      .way_in = FIXTURE_TEXT("No failed login before: the password was known, phished or stolen."),
      .queues = LIST(long_queues) },
    { .kind = SUBJECT_LOCAL,
      .name = FIXTURE_TEXT("uid 33"),
      .held_from = FIXTURE_AT(22, 4, 10, 0),
      .score = 3.9,
      .reason = FIXTURE_TEXT("44 messages in 10 minutes, 1 is usual"),
      .evidence = LIST(form_evidence),
      .messages_before = 36,
      .recipients_before = 36,
      .messages_after = 8,
      .recipients_after = 8,
      .messages = 51,
      .recipients = 51,
      .sent = 42,
      .first_abuse = FIXTURE_AT(22, 4, 9, 31),
      .last_abuse = FIXTURE_AT(22, 4, 19, 2),
      .queue_ids = LIST(form_queue),
      .queues = LIST(form_queues) },
};
const size_t fixture_fuses_n = COUNT(fixture_fuses);

static struct report_evidence travel_evidence[] = {
    { FIXTURE_TEXT("new-networks"),
      FIXTURE_TEXT("2 new networks in 2 countries within a day, 0 is usual"), 2, 0,
      FIXTURE_TEXT("its own last days"), 2.4, FIXTURE_AT(20, 11, 2, 0) },
};

struct report_fuse fixture_watch[] = {
    { .kind = SUBJECT_ACCOUNT,
      .name = FIXTURE_TEXT("vertrieb@example.test"),
      .score = 2.4,
      .reason = FIXTURE_TEXT("2 new networks in 2 countries within a day, 0 is usual"),
      .evidence = LIST(travel_evidence),
      .messages = 66,
      .recipients = 91,
      .sent = 88,
      .bounced = 3,
      .first_abuse = FIXTURE_AT(20, 11, 2, 0),
      .last_abuse = FIXTURE_AT(20, 12, 40, 0) },
    { .kind = SUBJECT_ACCOUNT,
      .name = FIXTURE_TEXT("o'brien@example.test"),
      .score = 1.1,
      .reason = FIXTURE_TEXT(
          "logged in from 203.0.113.9, an address that abused anna.berger@example.test"),
      .messages = 4,
      .recipients = 4,
      .sent = 4 },
};
const size_t fixture_watch_n = COUNT(fixture_watch);
