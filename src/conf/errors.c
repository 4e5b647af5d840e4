#include "conf/errors.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/escape.h"

#include "base/ban.h"

enum {
    ERROR_TEXT_MAX = 4096,
    SHOWN_MAX = 64,
    NAME_MAX_LENGTH = 40, /* of a name that is compared */
};

void conf_errors_done(struct conf_errors *errors)
{
    arena_done(&errors->arena);
    *errors = (struct conf_errors){ 0 };
}

struct slice conf_shown(struct slice text)
{
    return slice_head_utf8(text, SHOWN_MAX);
}

/* Behind those of the same file with the same line or one above, and of files that came before. */
static struct conf_error *error_place(struct conf_errors *errors, struct slice file, uint32_t line)
{
    uint32_t i = errors->n++;

    for (; i > 0; i--) {
        const struct conf_error *before = &errors->all[i - 1];

        if (!slice_eq(before->file, file) || before->line <= line)
            break;
        errors->all[i] = *before;
    }
    return &errors->all[i];
}

void conf_complain(struct conf_errors *errors, const char *file, uint32_t line, const char *key,
                   const char *format, ...)
{
    CLEANUP(buf_done) struct buf raw = buf_make(ERROR_TEXT_MAX);
    CLEANUP(buf_done) struct buf safe = buf_make((size_t)3 * ERROR_TEXT_MAX);
    char what[1024];
    struct slice name;
    va_list args;

    if (errors->n == CONF_ERRORS_MAX) {
        errors->more++;
        return;
    }
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    buf_add(&raw, slice_of(file));
    if (line > 0)
        buf_printf(&raw, ":%u", line);
    buf_add(&raw, SLICE(": "));
    if (key[0] != '\0')
        buf_printf(&raw, "%s: ", key);
    buf_add(&raw, slice_of(what));
    escape_terminal(&safe, buf_slice(&raw));
    name = arena_copy(&errors->arena, slice_of(file));
    *error_place(errors, name, line) = (struct conf_error){
        .file = name,
        .line = line,
        .text = arena_copy(&errors->arena, buf_slice(&safe)),
    };
}

static char plain(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (char)(c - 'A' + 'a');
    return c == '_' ? '-' : c;
}

static size_t least(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;

    return ab < c ? ab : c;
}

/* How many letters must be changed, left out, added or swapped with their neighbour (optimal string
 * alignment). Both have at most NAME_MAX_LENGTH. */
static size_t distance(struct slice a, struct slice b)
{
    size_t rows[3][NAME_MAX_LENGTH + 1];
    size_t *before = rows[0], *last = rows[1], *row = rows[2];

    for (size_t j = 0; j <= b.n; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.n; i++) {
        size_t *oldest = before;

        before = last;
        last = row;
        row = oldest;
        row[0] = i;
        for (size_t j = 1; j <= b.n; j++) {
            char x = plain(a.p[i - 1]), y = plain(b.p[j - 1]);

            row[j] = least(last[j] + 1, row[j - 1] + 1, last[j - 1] + (x != y));
            if (i > 1 && j > 1 && x == plain(b.p[j - 2]) && y == plain(a.p[i - 2]))
                row[j] = least(row[j], row[j], before[j - 2] + 1);
        }
    }
    return row[b.n];
}

const char *conf_nearest(struct slice word, const char *const *names, size_t n)
{
    const char *nearest = NULL;
    size_t best = word.n / 3 < 4 ? word.n / 3 + 1 : 5; /* worse looks like nothing */

    if (word.n < 2 || word.n > NAME_MAX_LENGTH)
        return NULL;
    for (size_t i = 0; i < n; i++) {
        struct slice name = slice_of(names[i]);
        size_t d = name.n <= NAME_MAX_LENGTH ? distance(word, name) : best;

        if (d < best) {
            best = d;
            nearest = names[i];
        }
    }
    return nearest;
}
