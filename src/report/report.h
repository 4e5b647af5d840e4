/* report.h - everything a report says, computed once, in plain structs: the text, JSON and HTML
 * writers only lay it out. All strings live in the report's arena and are raw bytes of the log:
 * each writer escapes them on their way out. */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include "base/arena.h"
#include "base/wall.h"
#include "detect/event.h"

struct report_count {
    struct slice name;
    uint64_t n;
};

/* One client address that a subject used. */
struct report_client {
    struct ip ip;
    struct slice name;    /* verified host name; may be empty */
    char country[3];      /* "" without geo data */
    bool new_here;        /* first used within a day of the first suspicion */
    uint32_t asn;         /* 0 without geo data */
    struct slice network; /* "AS64500 Example Net"; may be empty */
    struct wall first, last;
    uint64_t messages, recipients;
};

/* One piece of evidence. The weights of all pieces add up to the score: what is too small for a
 * line of its own stands together in one, with the signal "others". */
struct report_evidence {
    struct slice signal; /* short stable name: "new-network", "unknown-recipients" */
    struct slice
        words; /* one sentence with the figures: "31 recipients in 10 minutes, 2 is usual" */
    double observed, expected; /* the figures again, for JSON; NaN when the signal has none */
    struct slice history;      /* what was expected by: "its own last days"; may be empty */
    double weight;             /* log-odds; may be negative */
    struct wall at;
};

/* A bar of a time line. */
struct report_bar {
    uint32_t messages, recipients, refused, login_failures;
};

struct report_timeline {
    struct wall start;
    int64_t width_ms; /* of one bar */
    size_t n;
    struct report_bar *bars;
};

/* Mail that is still in the queue of one host. */
struct report_queue {
    struct slice host; /* empty when there is one host only */
    size_t n;          /* so many of the fuse's queue_ids, after those of the queues before */
};

/* A fuse that would have tripped; or an account worth watching. */
struct report_fuse {
    enum subject_kind kind; /* of a LAN host `messages` counts the connections it tried */
    bool tripped;           /* locked; false: only held, or worth watching */
    struct slice name;
    struct wall held_from; /* from then on nothing more would have left; 0: never held */
    struct wall locked;    /* when that was decided to be right; 0: never locked */
    double score;
    struct slice reason;              /* one sentence: the strongest evidence in words */
    struct report_evidence *evidence; /* by weight, the heaviest first */
    size_t evidence_n;

    uint64_t messages_before, recipients_before; /* of the incident: what got out, canaries too */
    uint64_t messages_after, recipients_after;   /* held and never let go, or refused */
    uint64_t messages_canaries,
        recipients_canaries;          /* let go in doubt, by the hold that ended with the lock */
    uint64_t messages, recipients;    /* of the whole log */
    uint64_t sent, deferred, bounced; /* results of the incident's recipients */
    uint64_t unknown_recipients, refused_as_spam;
    struct wall first_abuse, last_abuse; /* of the incident: first and last message */
    struct report_count *replies;        /* commonest refusals, as patterns, at most 2 */
    size_t replies_n;
    struct report_count *domains; /* to whom: commonest recipient domains, at most 5 */
    size_t domains_n;
    struct report_count *senders; /* envelope senders used, at most 5 */
    size_t senders_n;
    struct report_client *clients; /* by messages, at most --top */
    size_t clients_n, clients_all; /* listed; seen in all */
    struct slice way_in;           /* one or two sentences; empty when nothing is known */
    struct slice *queue_ids;       /* still in a queue at the end of the log, queue by queue */
    size_t queue_ids_n;
    struct report_queue *queues; /* a queue id means something on its own host only */
    size_t queues_n;
    struct report_timeline timeline;
};

/* A hold that ended by itself: its mail would have left late. */
struct report_hold {
    enum subject_kind kind;
    struct slice name;
    struct wall from, until;
    uint64_t messages, recipients; /* that waited */
    int64_t longest_ms;            /* of one message */
};

/* What holds would have cost those who were never locked. */
struct report_delays {
    uint64_t all;                  /* messages of theirs in the log */
    uint64_t messages, recipients; /* of them, late */
    int64_t longest_ms;
};

/* An address from which many logins failed. */
struct report_brute {
    struct ip ip;
    char country[3];
    struct slice network;
    uint64_t failures, accounts; /* distinct login names tried, an estimate above 64 */
    uint64_t successes;          /* logins from there that worked */
    struct wall first, last;
};

/* Someone who refuses our mail as spam. */
struct report_block {
    struct slice who;   /* the relay's domain, or the list named in the reply */
    struct slice reply; /* the commonest text, as a pattern */
    uint64_t n;
    struct wall first, last;
};

/* One row of "accounts". */
struct report_account {
    enum subject_kind kind;
    struct slice name;
    uint64_t messages, recipients, sent, deferred, bounced, rejected;
    uint64_t logins, login_failures, clients;
    double score; /* the highest seen */
    struct wall first, last;
};

/* Who wrote to an address or domain (--to). */
struct report_wrote {
    struct wall at;
    struct slice account, recipient, queue_id;
    struct slice status; /* "sent", "deferred", "bounced" */
};

/* One change of the evidence against the subject of --explain. */
struct report_step {
    struct wall at;
    struct slice signal, words;
    double weight, score; /* of the signal after the change; of all together */
};

/* Counts of log events; defined as pflogsumm(1) defines them where it has them. */
struct report_totals {
    uint64_t submitted; /* messages accepted from a login */
    uint64_t received, delivered, forwarded, deferred, deferrals, bounced, rejected,
        reject_warnings, held, discarded;
    uint64_t bytes_received, bytes_delivered;
    uint64_t senders, recipients, sending_domains, recipient_domains;
    uint64_t logins, login_failures, local_submissions;
};

struct report_lines {
    uint64_t all, understood, foreign, unparsed, blank; /* lines; foreign: of other programs */
    uint64_t bytes, files;
    uint64_t cut;       /* longer than the limit; the rest was skipped */
    uint64_t backwards; /* stamps that ran backwards by more than minutes */
    uint64_t forgotten; /* ledger entries that had to leave early */
};

enum { REPORT_OFFSETS = 16 };

/* From then on the log's clock was that far east of UTC: summer time began or ended. */
struct report_offset {
    struct wall from;
    int32_t offset_s;
};

struct report {
    struct arena arena;     /* owns all of the below */
    struct wall start, end; /* of the lines read; 0 when there were none */
    int32_t offset_s;       /* of the log's clock at its end, seconds east of UTC */
    struct report_offset
        offsets[REPORT_OFFSETS]; /* in the order of time; none: offset_s all along */
    size_t offsets_n;
    bool floating;         /* the log has no zone: times are printed as they stand there */
    bool pseudonyms;       /* names are keyed hashes: no command can work with them */
    struct slice source;   /* words that make `mailfuse scan` read and judge the same again, quoted
                            * for a shell, one (or an option with its value) a line; empty when
                            * there are none */
    struct slice log_host; /* only the lines of this host were read; empty: all */
    bool some_time;        /* only lines of some time were read, as --since and --until say */
    enum subject_kind asked_kind;
    struct slice asked;        /* only this subject was asked for (--account, --host); or empty */
    struct slice asked_client; /* only who came from this network (--client); or empty */
    struct report_lines lines;
    struct report_totals totals;
    struct report_count *unparsed; /* by kind, the commonest first */
    size_t unparsed_n;
    struct report_fuse *fuses; /* tripped ones first, by held_from; accounts and hosts */
    size_t fuses_n;
    struct report_fuse *watch; /* worth watching, by score */
    size_t watch_n;
    struct report_hold *holds; /* in the order of their ends */
    size_t holds_n;
    struct report_delays delays;
    struct report_brute *brutes;
    size_t brutes_n;
    struct report_block *blocks;
    size_t blocks_n;
    struct report_account *accounts; /* by recipients; all, or the one asked for */
    size_t accounts_n;
    struct report_wrote *wrote; /* for --to, in the order of time */
    size_t wrote_n;
    struct slice asked_to;     /* the address or domain of --to; empty without */
    struct report_step *steps; /* for --explain, in the order of time */
    size_t steps_n;
    struct slice explained;          /* the account of --explain; empty without */
    struct report_timeline timeline; /* of the whole server */
    struct report_count *warnings;   /* of reading: what, how often */
    size_t warnings_n;
};

/* The offset of the log's clock at that time, seconds east of UTC. */
int32_t report_offset(const struct report *r, struct wall at);

/* "2026-11-22T03:04:05+01:00" in the report's zone, or "" for 0; returns `out`. */
const char *report_time(const struct report *r, struct wall at, char out[WALL_TEXT_MAX]);

/* Frees everything the report owns. */
void report_done(struct report *r);

#endif
