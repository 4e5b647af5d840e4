#include "conf/text.h"

#include <stdlib.h>

#include "base/escape.h"
#include "base/memory.h"

#include "base/ban.h"

/* A walk over the bytes, which copies what is not left out. */
struct walk {
    struct conf_text *text;
    struct conf_errors *errors;
    const char *path;
    struct slice in;
    struct buf out;
    size_t i;
    uint32_t line;
    size_t word; /* bytes of the word or quoted text so far */
    bool sound;  /* quotes, comments and braces are closed so far */
    char before; /* the last byte that was no space */
    uint32_t depth;
    uint32_t open[CONF_DEPTH_MAX]; /* lines */
    bool list[CONF_DEPTH_MAX];
};

static char at(const struct walk *w, size_t i)
{
    return i < w->in.n ? w->in.p[i] : '\0';
}

/* One space for many; libconfuse takes quadratic time for long ones. */
static void space(struct walk *w)
{
    if (w->out.n > 0 && w->out.p[w->out.n - 1] != ' ')
        buf_add_char(&w->out, ' ');
    w->word = 0;
}

static void newline(struct walk *w)
{
    buf_add_char(&w->out, '\n');
    w->line++;
    w->word = 0;
}

/* A byte of a word or of quoted text. The same holds for long words. */
static void letter(struct walk *w, char c)
{
    if (w->word++ < CONF_WORD_MAX) {
        buf_add_char(&w->out, c);
    } else if (w->word == CONF_WORD_MAX + 1) {
        conf_complain(w->errors, w->path, w->line, "", "a word of more than %d bytes; write a list",
                      CONF_WORD_MAX);
        w->text->whole = false;
    }
}

/* Leave a comment out, but for the ends of its lines. */
static void skip_to(struct walk *w, size_t end)
{
    space(w);
    for (; w->i < end; w->i++)
        if (w->in.p[w->i] == '\n')
            newline(w);
}

static void line_comment(struct walk *w)
{
    const char *end = memchr(w->in.p + w->i, '\n', w->in.n - w->i);

    skip_to(w, end != NULL ? (size_t)(end - w->in.p) : w->in.n);
}

static void block_comment(struct walk *w)
{
    const char *end = memmem(w->in.p + w->i + 2, w->in.n - w->i - 2, "*/", 2);

    if (end == NULL) {
        conf_complain(w->errors, w->path, w->line, "/*", "this comment never ends; write */");
        w->sound = false;
    }
    skip_to(w, end != NULL ? (size_t)(end - w->in.p) + 2 : w->in.n);
}

/* Complain, and put an innocent sign in the place of the one that is not. */
static void refuse(struct walk *w, const char *key, const char *what)
{
    conf_complain(w->errors, w->path, w->line, key, "%s", what);
    letter(w, '_');
    w->text->whole = false;
}

static void quoted_sign(struct walk *w, char quote)
{
    char c = at(w, w->i), next = at(w, w->i + 1);

    if (quote == '"' && c == '$' && next == '{') {
        refuse(w, "${", "the environment is not read here; write the value itself");
    } else if (c == '\\' && next != quote && next != '\\') {
        refuse(w, "\\", "this has no meaning in quotes; write \\\\ for a backslash");
    } else if (c == '\\') {
        if (w->word < CONF_WORD_MAX)
            buf_add_char(&w->out, c); /* together with the next, or neither */
        letter(w, next);
        w->i++;
    } else {
        letter(w, c);
    }
    w->i++;
}

static void quoted(struct walk *w)
{
    char quote = w->in.p[w->i++];

    buf_add_char(&w->out, quote);
    w->word = 0;
    while (w->i < w->in.n && at(w, w->i) != quote && at(w, w->i) != '\n')
        quoted_sign(w, quote);
    if (w->i == w->in.n || at(w, w->i) != quote) {
        conf_complain(w->errors, w->path, w->line, (char[2]){ quote, '\0' },
                      "the closing quote is missing; write \"...\" within one line");
        w->sound = false;
    } else {
        w->i++;
    }
    buf_add_char(&w->out, quote);
    w->word = 0;
    w->before = quote;
}

static void opening(struct walk *w)
{
    if (w->depth == CONF_DEPTH_MAX) {
        conf_complain(w->errors, w->path, w->line, "{",
                      "braces inside of braces inside of braces; close some with }");
        w->sound = false;
        w->i = w->in.n - 1;
        return;
    }
    w->open[w->depth] = w->line;
    w->list[w->depth] = w->before == '=';
    w->depth++;
}

static void closing(struct walk *w)
{
    struct conf_text *t = w->text;

    if (w->depth == 0) {
        conf_complain(w->errors, w->path, w->line, "}",
                      "there is no { that this would close; remove it");
        w->sound = false;
        return;
    }
    w->depth--;
    if (w->list[w->depth])
        return;
    if (t->braces_n == t->braces_room) {
        t->braces_room = t->braces_room > 0 ? t->braces_room * 2 : 64;
        t->braces = memory_resize(t->braces, t->braces_room, sizeof *t->braces);
    }
    t->braces[t->braces_n++] =
        (struct conf_brace){ .open = w->open[w->depth], .close = w->line, .depth = w->depth };
}

/* "${NAME}" outside of quotes becomes one word. */
static void environment(struct walk *w)
{
    refuse(w, "${", "the environment is not read here; write the value itself");
    while (w->i + 1 < w->in.n && at(w, w->i) != '}' && at(w, w->i + 1) != '\n')
        w->i++;
}

static void bare_sign(struct walk *w)
{
    char c = at(w, w->i), next = at(w, w->i + 1);

    if (c == '{' || c == '}' || c == '=' || c == ',' || c == '+')
        w->word = 0; /* it ends a word */
    if (c == '{')
        opening(w);
    else if (c == '}')
        closing(w);
    if (c == '\n')
        newline(w);
    else if (c == ' ' || c == '\t' || c == '\r')
        space(w);
    else if (c == '$' && next == '{')
        environment(w);
    else if (c == '(' || c == ')' || c == '|' || (c == '+' && next != '='))
        refuse(w, (char[2]){ c, '\0' }, "this has no meaning here; write the value in quotes");
    else if ((unsigned char)c < ' ')
        refuse(w, "control character", "this is no text; remove it");
    else
        letter(w, c);
    if ((unsigned char)c > ' ')
        w->before = c;
    w->i++;
}

static void walk(struct walk *w)
{
    while (w->i < w->in.n) {
        char c = at(w, w->i), next = at(w, w->i + 1);

        if (c == '#' || (c == '/' && next == '/'))
            line_comment(w);
        else if (c == '/' && next == '*')
            block_comment(w);
        else if (c == '"' || c == '\'')
            quoted(w);
        else
            bare_sign(w);
    }
    if (w->depth > 0 && w->sound) {
        conf_complain(w->errors, w->path, w->open[w->depth - 1], "{",
                      "this brace is never closed; write }");
        w->sound = false;
    }
}

static uint32_t lines_in(const char *p, size_t n)
{
    uint32_t lines = 0;

    for (size_t i = 0; i < n; i++)
        lines += p[i] == '\n';
    return lines;
}

/* Make it UTF-8, and name the first place where it is not. */
static void make_utf8(struct conf_text *t, const char *path, struct slice copy,
                      struct conf_errors *errors)
{
    size_t i = 0;

    escape_utf8(&t->clean, copy);
    while (i < copy.n && i < t->clean.n && copy.p[i] == t->clean.p[i])
        i++;
    if (i < copy.n) {
        conf_complain(errors, path, 1 + lines_in(copy.p, i), "",
                      "a byte that is not UTF-8 (0x%02x); save the file as UTF-8 text",
                      (unsigned)(unsigned char)copy.p[i]);
        t->whole = false;
    }
}

bool conf_text_make(struct conf_text *out, const char *path, struct slice raw,
                    struct conf_errors *errors)
{
    struct walk w = { .text = out, .errors = errors, .path = path, .line = 1, .sound = true };

    *out = (struct conf_text){ .whole = true };
    if (raw.n > CONF_TEXT_MAX) {
        conf_complain(errors, path, 0, "", "larger than %d MB; these are no settings",
                      CONF_TEXT_MAX >> 20);
        return false;
    }
    (void)slice_skip(&raw, SLICE("\xef\xbb\xbf")); /* a byte order mark is harmless */
    w.in = raw;
    w.out = buf_make(raw.n * 2 + 2); /* a quote may be added at the end of a line */
    walk(&w);
    out->clean = buf_make(w.out.n * 3 + 1);
    make_utf8(out, path, buf_slice(&w.out), errors);
    buf_add_char(&out->clean, '\0');
    out->clean.n--;
    buf_done(&w.out);
    return w.sound;
}

void conf_text_done(struct conf_text *t)
{
    buf_done(&t->clean);
    free(t->braces);
    *t = (struct conf_text){ 0 };
}
