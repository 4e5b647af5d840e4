/* ask.h - the commands that talk to the daemon: their command line, and the way of a request there
 * and back. A subcommand says what it takes in a `struct ask_usage`; the rest is the same for all.
 */
#ifndef CLI_ASK_H
#define CLI_ASK_H

#include "cli/control.h"
#include "cli/sheet.h"

/* Which options a command takes, besides --json, --config, --socket and --help. */
enum ask_option {
    ASK_REASON = 1 << 0,
    ASK_YES = 1 << 1,
    ASK_FORCE = 1 << 2,
    ASK_ACCOUNT = 1 << 3,
    ASK_INCIDENT = 1 << 4,
    ASK_LIMIT = 1 << 5,
    ASK_SINCE = 1 << 6,
    ASK_UNTIL = 1 << 7,
    ASK_COUNTRY = 1 << 8,
    ASK_ALL = 1 << 9,
    ASK_SORT = 1 << 10,
    ASK_ONCE = 1 << 11,
    ASK_HTML = 1 << 12,
    ASK_LOCK = 1 << 13,
    ASK_PRINT = 1 << 14,
    ASK_LIST = 1 << 15,
    ASK_WATCH = 1 << 16,
    ASK_DELETE = 1 << 17,
    ASK_ONLY = 1 << 18,
    ASK_UNTESTED = 1 << 19,
    ASK_TO = 1 << 20,
    ASK_FROM = 1 << 21,
    ASK_SEND = 1 << 22,
    ASK_OPT_OUTS = 1 << 23,
    ASK_TO_WAY = 1 << 24,
};

struct ask;

/* A step of a command: 0 to go on, else the exit status, after a message. */
typedef int ask_step(struct ask *a, json_t *request);
typedef void ask_show(struct ask *a, struct sheet *s, const json_t *reply);
typedef int ask_finish(struct ask *a, const json_t *reply);

struct ask_usage {
    const char *name;     /* of the command */
    const char *operands; /* for --help: "ACCOUNT" */
    const char *help;     /* what it does: lines */
    const char *exits;    /* a line about exit states; NULL: as below */
    unsigned options;
    size_t least, most; /* operands */
    ask_step *fill;     /* put the members into the request; may be NULL */
    ask_step *ready;    /* the same, connected to the daemon: it may ask, and ask back; NULL */
    ask_show *show;     /* put the reply on the sheet; not called with --json */
    ask_finish *finish; /* instead of `show`: do all of it, and give the exit status */
};

struct ask {
    const struct ask_usage *usage;
    const char *config, *socket, *reason, *account, *since, *until, *country, *sort, *html, *only,
        *to, *from;
    uint64_t incident, limit; /* 0: not given */
    bool json, yes, force, all, once, lock, print, list, opt_outs, watch, delete, send, help;
    char *const *words; /* the operands */
    size_t words_n;

    struct control control;
    char path[128]; /* of the socket */
};

enum { ASK_DONE = 0, ASK_REFUSED = 1, ASK_TROUBLE = 2 }; /* exit states of all these commands */

/* Read the command line. 0; or 2 after a message on standard error. With --help the help was
 * printed, and `help` is set. */
NODISCARD int ask_read(struct ask *a, const struct ask_usage *usage, int argc, char **argv);

/* Find out where the socket is, for ask_open: --socket, else the settings, else the usual place.
 * False, with `trouble`, when the settings that --config names cannot be read. */
NODISCARD bool ask_socket(struct ask *a, struct buf *trouble);

/* Connect to the daemon. 0, or 2 after a message. ask_close in any case. */
NODISCARD int ask_open(struct ask *a);
void ask_close(struct ask *a);

/* Send a request, whose reference is stolen. 0 and a new reference in `*reply`; or 1 after the
 * message of a refusal, 2 after one of trouble. With --json a refusal is printed as it came. */
NODISCARD int ask(struct ask *a, json_t *request, json_t **reply);

/* Put a text, a number (not 0), a time into a request, when there is one. */
void ask_put(json_t *request, const char *name, const char *text);
void ask_put_number(json_t *request, const char *name, uint64_t n);

/* The first word as the number of an incident; when it is none that is said: ASK_TROUBLE. */
NODISCARD int ask_put_incident(struct ask *a, json_t *request);

NODISCARD int ask_put_time(const struct ask *a, json_t *request, const char *name,
                           const char *text);

/* Print a reply as the daemon sent it, indented. 0, or 2 after a message. */
NODISCARD int ask_print_json(const struct ask *a, const json_t *reply);

/* "mailfuse NAME: text" on standard error. */
void ask_say(const struct ask *a, struct slice text);

/* Ask on the terminal, "... [y/N] ". True for yes, or with --yes. Without a terminal the answer is
 * no, after a message that names --yes. */
NODISCARD bool ask_confirm(const struct ask *a, struct slice question);

/* What follows the command line: connect, ask, show. Returns the exit status. */
int ask_run(struct ask *a, json_t *request);

/* The whole way of a command, from its command line to its exit status. */
int ask_command(const struct ask_usage *usage, int argc, char **argv);

/* What `show` is for: with --json print the reply, else call it. */
NODISCARD int ask_print(struct ask *a, ask_show *show, const json_t *reply);

#endif
