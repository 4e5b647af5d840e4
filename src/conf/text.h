/* text.h - the text of a settings file, made ready for libconfuse: comments left out (it miscounts
 * lines after some), and what it would take without a word refused: its ${ENVIRONMENT}, its
 * octal escapes, signs it skips. Finds quotes and braces that are not closed where they open. */
#ifndef CONF_TEXT_H
#define CONF_TEXT_H

#include "base/buf.h"
#include "conf/errors.h"

enum {
    CONF_TEXT_MAX = 32 << 20, /* bytes of a file */
    CONF_WORD_MAX = 4096,     /* of one word or quoted text */
    CONF_DEPTH_MAX = 3,       /* group { limits { and one for a list */
};

/* Braces of a section, from which an error can name the line where it begins. */
struct conf_brace {
    uint32_t open, close; /* lines */
    uint32_t depth;       /* 0 at the top level */
};

struct conf_text {    /* `{ 0 }` is empty */
    struct buf clean; /* with a NUL after it; as many lines as the original */
    struct conf_brace *braces;
    uint32_t braces_n, braces_room;
    bool whole; /* nothing had to be left out */
};

/* False when quotes, comments or braces are not closed, so that nothing can be read. All that is
 * wrong goes to `errors`, also when that is true. Either way `out` is to be freed. */
NODISCARD bool conf_text_make(struct conf_text *out, const char *path, struct slice raw,
                              struct conf_errors *errors);

void conf_text_done(struct conf_text *t);

/* The line where the section begins that ends in `close`, so many braces deep. */
uint32_t conf_text_opening(const struct conf_text *t, uint32_t close, uint32_t depth);

/* Blank what stands in that line from `word` on (when the line does not have it, or it is empty,
 * from its beginning): up to the end of the line, or to the one brace that closes the section
 * around it; when a brace opens in it, up to the one that closes it. False when there was nothing
 * to blank. */
bool conf_text_drop(struct conf_text *t, uint32_t line, struct slice word);

#endif
