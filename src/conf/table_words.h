/* table_words.h - private to conf: what tables of words have in common (DNS lists, providers): a
 * line is a word and what follows it; texts, pages and wants are taken alike, and what is wrong is
 * told alike, with file and line. */
#ifndef CONF_TABLE_WORDS_H
#define CONF_TABLE_WORDS_H

#include "base/arena.h"
#include "conf/errors.h"

/* Where a table is read. */
struct table_place {
    struct arena *arena; /* for the texts that are kept */
    struct conf_errors *errors;
    const char *path;
    uint32_t line;
};

/* Take the next word off `*rest`, with the blanks around it; empty at the end of the line. */
struct slice table_cut(struct slice *rest);

/* "PATH:LINE: WORD: WHAT". */
void table_complain(const struct table_place *at, struct slice word, const char *what);

/* Into the arena. */
const char *table_keep(const struct table_place *at, struct slice text);

/* All below complain of what they cannot take. Texts end up on terminals and pages, which escape
 * them; here they are kept short. "" when it is none. */
const char *table_text(const struct table_place *at, struct slice word, struct slice rest);

/* "https://..."; `what` says what to write. Nothing is changed when it is none. */
void table_page(const struct table_place *at, struct slice word, struct slice rest,
                const char *what, const char **to);

/* Several lines become one text, of `most` bytes, which `what` says. */
void table_wants(const struct table_place *at, struct slice word, struct slice rest, size_t most,
                 const char *what, const char **to);

/* There is no such word: what may be meant, or which manual page has all of them. */
void table_unknown(const struct table_place *at, struct slice word, const char *const *names,
                   size_t n, const char *manual);

#endif
