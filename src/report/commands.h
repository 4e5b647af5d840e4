/* commands.h - what an administrator can type to stop an abuse: Postfix, Dovecot, firewall.
 * The same for every writer. Each command holds or refuses, none deletes; each can be undone. Names
 * from the log go in only where shell_name_ok says that they may; else words take the command's
 * place. */
#ifndef REPORT_COMMANDS_H
#define REPORT_COMMANDS_H

#include "report/report.h"

struct command {
    struct slice why;  /* one sentence: what it does, what to mind */
    struct slice text; /* lines for a root shell, each complete or ending in '\'; may be empty */
};

enum {
    COMMANDS_MAX = 24,
    COMMANDS_OPTIONS_MAX = 10, /* queue ids that are written as options; more are piped in */
    COMMANDS_IDS_MAX = 100,    /* queue ids that are written out; more are asked of a scan */
};

struct commands {
    struct command list[COMMANDS_MAX];
    size_t n;
};

/* The commands for one fuse, in the order in which to type them; texts go into `a`. A fuse that was
 * only held gets those for its queue. */
void commands_for(struct arena *a, const struct report *r, const struct report_fuse *f,
                  struct commands *out);

/* True for what may be handed to postsuper(1): letters and digits, whatever their number
 * (postconf(5), enable_long_queue_ids), and not its word for every message, ALL. */
bool commands_queue_id_ok(struct slice id);

/* What has to be set up once in Postfix and Dovecot before those commands work; nothing when no
 * fuse of the report needs it. */
void commands_prepare(struct arena *a, const struct report *r, struct commands *out);

#endif
