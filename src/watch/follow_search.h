/* follow_search.h - finds the files in which reading of a log goes on: the one of a position, under
 * whatever name rotation gave it, those that came after it, and the one that has the log's name
 * now. */
#ifndef WATCH_FOLLOW_SEARCH_H
#define WATCH_FOLLOW_SEARCH_H

#include "base/mono.h"
#include "watch/follow.h"
#include "watch/follow_names.h"
#include "watch/follow_part.h"

/* How files are opened; borrowed from the owner of all. */
struct follow_opener {
    const struct follow_options *options;
    struct logs_stats *stats;
    struct warnings *warnings;
};

struct follow_candidate {
    char *path;
    enum { FOLLOW_WANTED, FOLLOW_ASKED, FOLLOW_ANSWERED } state;
    int failed;               /* -errno */
    struct follow_part *part; /* owned; NULL when it failed, or was taken */
};

struct follow_search {
    struct follow_candidate *all; /* `{ 0 }` is no search; with `with_path` the log itself first */
    size_t n;
    bool with_path;
    int64_t until_ms; /* on the clock of deadlines: what was not answered then has failed */
};

enum { FOLLOW_SEARCH_MS = 5000 };

/* Begin to search.
 * with_path  open `path` itself, too
 * names      its rotated files; taken over
 * known      that is open already: its inode is left out; may be NULL */
void follow_search_begin(struct follow_search *s, const char *path, bool with_path,
                         struct follow_names *names, const struct follow_part *known,
                         struct mono at);

/* Ask for what was not asked for yet; true when all have answered. */
bool follow_search_step(struct follow_search *s, const struct follow_opener *opener,
                        const struct stamp_clock *fresh, struct mono at);

/* An answer came late; false, and nothing done, when it is not for this search. */
bool follow_search_opened(struct follow_search *s, const char *path, int fd,
                          const struct follow_opener *opener, const struct stamp_clock *fresh);

/* Files that were read to their end, and closed: the latest. */
struct follow_finished {
    struct follow_mark marks[FOLLOW_NAMES_MAX];
    size_t n; /* ever: mark i is in place i % FOLLOW_NAMES_MAX */
};

/* What was found, in the order of reading; each NULL when there is none. Owned by who took it. */
struct follow_chain {
    struct follow_part *before;   /* plain, the last that ends before `file`: for a replay */
    struct follow_part *previous; /* of the position */
    struct follow_part *file;     /* of the position; not when it is `current` */
    struct follow_part *between[FOLLOW_NAMES_MAX]; /* after it */
    size_t between_n;
    struct follow_part *current; /* has the log's name now */
    bool file_is_current;
    int current_failed; /* -errno when it cannot be opened */
};

/* Close all parts. */
void follow_chain_done(struct follow_chain *chain);

/* The end of the search: sort what was found, close the rest, empty `s`.
 * position  of the last run, or NULL
 * known     that is open already, or NULL; its copies are not taken, but for `current`
 * finished  are not taken either, but for `file` and `previous`
 * since     only files that begin about then or later come after `file`; 0: none do */
void follow_search_end(struct follow_search *s, const struct follow_position *position,
                       const struct follow_part *known, const struct follow_finished *finished,
                       struct wall since, struct follow_chain *out);

/* Close what begins with the same bytes as `of` (NULL: nothing), but for the log itself. */
void follow_search_drop(struct follow_search *s, const struct follow_part *of);

void follow_search_done(struct follow_search *s);

#endif
