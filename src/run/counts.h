/* counts.h - what the daemon counts since its start, for figures/figures.h. */
#ifndef RUN_COUNTS_H
#define RUN_COUNTS_H

#include "base/latency.h"
#include "box/box.h"
#include "conf/daemon.h"
#include "proto/arf.h"

enum { COUNTS_DUNNO = CONF_REPLIES, COUNTS_ANSWERS };

/* Why a login was refused. */
enum counts_login {
    COUNTS_LOGIN_LOCKED,
    COUNTS_LOGIN_BLOCKED,
    COUNTS_LOGIN_GUESSED,
    COUNTS_LOGINS
};

/* What became of a provider's report. */
enum counts_report {
    COUNTS_REPORT_COUNTED,    /* it is evidence */
    COUNTS_REPORT_WEIGHTLESS, /* a complaint that proves nothing */
    COUNTS_REPORT_NOTED,      /* no complaint */
    COUNTS_REPORT_AGAIN,      /* it was told of before */
    COUNTS_REPORT_REFUSED,    /* too many within the hour */
    COUNTS_REPORTS
};

enum { COUNTS_NOTES = 27 }; /* words of the journal, with "other" */

struct counts {
    uint64_t answers[COUNTS_ANSWERS]; /* of the policy service: by enum conf_reply, and DUNNO */
    uint64_t logins[COUNTS_LOGINS];
    uint64_t notes[COUNTS_NOTES]; /* entries of the journal */
    uint64_t signals[SIGNALS];    /* holds and locks that such evidence led to */
    uint64_t report_types[ARF_TYPES], reports[COUNTS_REPORTS]; /* of providers */
    uint64_t mail_lines;    /* of the log, of programs that we know */
    uint64_t unknown_lines; /* of these: what they say we do not */
    struct latency policy;  /* from a request to its answer */
    struct latency late;    /* by how much the tick was late */
};

struct daemon;

/* A line for the journal: count its word, and the evidence of a hold or a lock. */
void counts_note(struct daemon *d, const struct box_note *n);

/* The word of notes[i]; i is below COUNTS_NOTES. */
const char *counts_note_word(size_t i);

/* Evidence that speaks for abuse by half a point or more is counted. */
bool counts_speaks(const struct evidence *e);

#endif
