/* errors.h - what is wrong with the settings: "FILE:LINE: KEY: what is wrong; what to write
 * instead", sorted by line within a file, at most CONF_ERRORS_MAX of them. */
#ifndef CONF_ERRORS_H
#define CONF_ERRORS_H

#include "base/arena.h"
#include "base/attributes.h"

enum { CONF_ERRORS_MAX = 20 };

struct conf_error {
    struct slice file;
    uint32_t line;     /* 0: the file as a whole */
    struct slice text; /* all of it, safe for a terminal, with a NUL and no newline after it */
};

struct conf_errors { /* `{ 0 }` is empty */
    struct conf_error all[CONF_ERRORS_MAX];
    uint32_t n;
    uint32_t more; /* that found no room */
    struct arena arena;
};

void conf_errors_done(struct conf_errors *errors);

/* Add one. The caller of conf_read may complain in the same form about what only it can check.
 * file  as conf->path
 * line  0 when the file as a whole is meant
 * key   what is wrong; may be "" */
void conf_complain(struct conf_errors *errors, const char *file, uint32_t line, const char *key,
                   const char *format, ...) PRINTF(5, 6);

/* Which of `n` names was probably meant by `word`, or NULL when none looks like it. Case, and '_'
 * for '-', do not count. */
const char *conf_nearest(struct slice word, const char *const *names, size_t n);

/* For messages, where "%.*s" takes SLICE_ARG of it: the first bytes of what the file has. */
struct slice conf_shown(struct slice text);

#endif
