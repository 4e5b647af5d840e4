#include "report/shell.h"

#include "base/escape.h"

#include "base/ban.h"

enum { SHELL_WORD_MAX = 4096, SHELL_NAME_MAX = 254 };

/* A terminal shows it as it is. */
static bool shell_visible(struct slice word)
{
    struct buf shown = buf_make(SHELL_WORD_MAX);
    bool same;

    escape_terminal(&shown, word);
    same = !shown.full && slice_eq(buf_slice(&shown), word);
    buf_done(&shown);
    return same;
}

bool shell_quote(struct buf *out, struct slice word)
{
    if (word.n == 0 || !shell_visible(word))
        return false;
    buf_add_char(out, '\'');
    for (size_t i = 0; i < word.n; i++) {
        if (word.p[i] == '\'')
            buf_add(out, SLICE("'\\''"));
        else
            buf_add_char(out, word.p[i]);
    }
    buf_add_char(out, '\'');
    return true;
}

bool shell_name_ok(struct slice name)
{
    const struct slice separators = SLICE(" \t\"\\:*?");

    if (name.n == 0 || name.n > SHELL_NAME_MAX || name.p[0] == '-' || name.p[0] == '#')
        return false;
    for (size_t i = 0; i < name.n; i++)
        if (memchr(separators.p, name.p[i], separators.n) != NULL)
            return false;
    return shell_visible(name);
}
