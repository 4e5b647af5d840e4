/* lists.h - the tables of DNS lists: what lists there are, what their codes mean, what they want
 * before they remove somebody. One table comes with the program (packaging/dnsbl.lists); a second
 * one, of the administrator, adds lists and replaces what has the same zone.
 *
 * A table is text, a line each: a word and what belongs to it; "list ZONE" begins a list; '#'
 * begins a comment where a line begins. mailfuse-lists(5) has all words. */
#ifndef CONF_LISTS_H
#define CONF_LISTS_H

#include "base/arena.h"
#include "conf/errors.h"
#include "mail/dnsbl.h"

#define CONF_LISTS_PATH "/etc/mailfuse/dnsbl.lists"

enum {
    CONF_LISTS_MAX = 200, /* lists of all tables */
    CONF_CODES_MAX = 64,  /* of a list */
};

struct conf_lists { /* `{ 0 }` is empty */
    struct dnsbl_list *all;
    uint32_t n, room;
    struct arena arena; /* owns all texts */
};

void conf_lists_done(struct conf_lists *lists);

/* Add the lists of a table in memory.
 * path  names the text in errors: "path:line: word: what is wrong; what to write instead"
 * False, with at least one error and `lists` as it was, when something is wrong. */
NODISCARD bool conf_lists_parse(struct conf_lists *lists, const char *path, struct slice text,
                                struct conf_errors *errors);

/* The same of a file. */
NODISCARD bool conf_lists_read(struct conf_lists *lists, const char *path,
                               struct conf_errors *errors);

/* Add the table that comes with the program. It has no errors. */
void conf_lists_builtin(struct conf_lists *lists);

/* Both: the program's table, and the file of that path; "" stands for CONF_LISTS_PATH, which need
 * not be there. False, with at least one error, when it is wrong; the program's table is there. */
NODISCARD bool conf_lists_load(struct conf_lists *lists, const char *path,
                               struct conf_errors *errors);

/* The list of that zone, or NULL. */
const struct dnsbl_list *conf_lists_find(const struct conf_lists *lists, struct slice zone);

#endif
