/* feedback.h - private to `mailfuse feedback`: one report from its bytes to the daemon. */
#ifndef CLI_FEEDBACK_H
#define CLI_FEEDBACK_H

#include <jansson.h>
#include <stdio.h>
#include <sysexits.h>

#include "base/buf.h"
#include "cli/ask.h"
#include "proto/arf.h"

enum { FEEDBACK_MAX = 1 << 20 }; /* bytes of a report that are looked at; what follows is skipped */

/* Read all there is; the first FEEDBACK_MAX bytes are kept. 0 or -errno. */
NODISCARD int feedback_read(FILE *from, struct buf *report);

/* The request of docs/control.md. What is too long, or no text, is left out or shortened.
 * report  its bytes: their hash tells one that comes twice */
json_t *feedback_request(const struct arf *a, struct slice report);

/* All that was understood, as JSON (a new reference) or in lines. */
json_t *feedback_json(const struct arf *a);
void feedback_text(struct buf *out, const struct arf *a);

/* What became of a report, or the worst of several: 0 is told. Those that are neither 0 nor NONE
 * stay where they are; the exit status is 75 for all of them. */
enum {
    FEEDBACK_NONE = EX_DATAERR,        /* it is none: nobody has to try again */
    FEEDBACK_UNREADABLE = EX_NOINPUT,  /* this file, not the next */
    FEEDBACK_REFUSED = EX_UNAVAILABLE, /* the daemon does not want it, now */
    FEEDBACK_AWAY = EX_TEMPFAIL,       /* no daemon */
};

int feedback_worse(int one, int other);

/* "mailfuse feedback: where: what" on standard error. */
void feedback_complain(const struct ask *a, const char *where, const char *what);

/* Take one report, or with --print show it; its messages name `where`. */
NODISCARD int feedback_take(struct ask *a, FILE *from, const char *where);
NODISCARD int feedback_take_file(struct ask *a, const char *path);

/* All in new/ of a Maildir, to cur/; with --delete what was told is deleted. Ends early when the
 * daemon goes away. */
NODISCARD int feedback_take_maildir(struct ask *a, const char *folder);
bool feedback_has_mail(const char *folder);

/* `mailfuse feedback --watch`: comes back only when it could not begin. */
NODISCARD int feedback_watch(struct ask *a);

/* `mailfuse feedback --list`, connected to the daemon: an exit status. */
NODISCARD int feedback_list(struct ask *a);

/* `mailfuse feedback --opt-outs`: the same. */
NODISCARD int feedback_opt_outs(struct ask *a);

#endif
