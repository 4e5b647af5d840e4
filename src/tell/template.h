/* template.h - what people read: a subject line and a text for each kind of alert, in several
 * languages, with places for what happened. Those that come with the program are
 * packaging/templates; files of the administrator's replace them section by section. Pure.
 *
 * A file of a language (de.txt) is UTF-8: comments begin with '#' in front of the first section;
 * "[incident-held]" begins what is told to administrators of that kind, "[incident-locked owner]"
 * what the owner of the account is told, "[any]" is for kinds that have no text of their own. The
 * first line of a section is "subject: ..."; the rest, if any, is the text. {name} is filled in, {{
 * is a brace. A line of which all places stay empty is left out. docs/alerts.md has all names. */
#ifndef TELL_TEMPLATE_H
#define TELL_TEMPLATE_H

#include "base/buf.h"
#include "conf/errors.h"
#include "tell/kind.h"

enum {
    TEMPLATE_LANGUAGES = 32,
    TEMPLATE_FILE_MAX = 256 * 1024, /* bytes */
    TEMPLATE_WIDTH = 76,            /* columns of a text */
};

/* What is filled in. */
struct template_field {
    struct slice name, value;
    bool ours;  /* nothing that strangers chose: links stay links */
    bool lines; /* it may have several */
};

struct template_fields {
    struct template_field all[64];
    uint32_t n;
};

struct template_text {
    struct slice subject, body; /* with their places */
};

struct templates;

/* Those of the program. */
struct templates *templates_new(void);
void templates_free(struct templates *t);

/* Put the sections of a file in the place of those that are there.
 * language  "de"
 * path      for errors: "path:line: what is wrong; what to write instead"
 * False, with at least one error, when something is wrong; `t` is to be freed then. */
NODISCARD bool templates_add(struct templates *t, const char *path, struct slice language,
                             struct slice text, struct conf_errors *errors);

/* There are texts in that language. */
bool templates_has(const struct templates *t, struct slice language);

/* In that language, else in English; never without. */
struct template_text templates_find(const struct templates *t, struct slice language,
                                    enum alert_kind kind, bool owner);

/* Fill in one line, without a newline: what strangers chose is made harmless (harmless.h). */
void template_line(struct buf *out, struct slice text, const struct template_fields *fields);

/* Fill in a text; lines are broken at blanks at `width` columns (0: not at all), but for those that
 * begin with four blanks. */
void template_body(struct buf *out, struct slice text, const struct template_fields *fields,
                   size_t width);

/* Add a field; texts are borrowed. What does not fit is left out. */
void template_set(struct template_fields *fields, const char *name, struct slice value);

/* True when there is a place of that name. */
bool template_has_place(struct slice name);

#endif
