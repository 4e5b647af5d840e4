#include "setup/relay_dialog.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "base/base64.h"

#include "base/ban.h"

enum { COMMAND_MAX = 4096, SECRET_MAX = 600 };

/* More bytes into `rest`. False: none came. */
static bool more(struct dialog *d)
{
    struct pollfd p = { .fd = d->fd, .events = POLLIN };
    ssize_t n;

    if (d->rest_n == sizeof d->rest || poll(&p, 1, DIALOG_WAIT_MS) != 1)
        return false;
    n = recv(d->fd, d->rest + d->rest_n, sizeof d->rest - d->rest_n, 0);
    if (n > 0)
        d->rest_n += (size_t)n;
    return n > 0;
}

/* One line from `rest` behind `text`; its code, 0 for none. `*last`: no more lines follow. */
static int take_line(struct dialog *d, bool *last)
{
    const char *end;
    size_t n;
    int code;

    while ((end = memchr(d->rest, '\n', d->rest_n)) == NULL)
        if (!more(d))
            return 0;
    n = (size_t)(end - d->rest) + 1;
    if (n < 4 || n > sizeof d->text - d->n)
        return 0;
    code = (d->rest[0] - '0') * 100 + (d->rest[1] - '0') * 10 + (d->rest[2] - '0');
    *last = d->rest[3] != '-';
    memcpy(d->text + d->n, d->rest, n);
    d->n += n;
    memmove(d->rest, d->rest + n, d->rest_n - n);
    d->rest_n -= n;
    return code >= 200 && code <= 599 ? code : 0;
}

int dialog_read(struct dialog *d)
{
    bool last = false;
    int code = 0;

    d->n = 0;
    while (!last) {
        code = take_line(d, &last);
        if (code == 0)
            return 0;
    }
    return code;
}

static bool send_all(const struct dialog *d, struct slice bytes)
{
    while (bytes.n > 0) {
        ssize_t n = send(d->fd, bytes.p, bytes.n, MSG_NOSIGNAL);

        if (n < 0 && errno != EINTR)
            return false;
        bytes = slice_from(bytes, n > 0 ? (size_t)n : 0);
    }
    return true;
}

int dialog_ask(struct dialog *d, const char *line)
{
    CLEANUP(buf_done) struct buf out = buf_make(COMMAND_MAX);

    buf_printf(&out, "%s\r\n", line);
    d->n = 0;
    return !out.full && send_all(d, buf_slice(&out)) ? dialog_read(d) : 0;
}

bool dialog_offers(const struct dialog *d, const char *keyword, struct slice *rest)
{
    struct slice text = { d->text, d->n }, line;

    while (slice_cut(&text, '\n', &line)) {
        struct slice word;

        line = slice_trim(slice_from(line, 4));
        if (!slice_cut(&line, ' ', &word)) {
            word = line;
            line.n = 0;
        }
        if (slice_eq_nocase(word, slice_of(keyword))) {
            if (rest != NULL)
                *rest = line;
            return true;
        }
    }
    return false;
}

static bool has_word(struct slice words, const char *wanted)
{
    struct slice word;

    while (words.n > 0) {
        if (!slice_cut(&words, ' ', &word)) {
            word = words;
            words.n = 0;
        }
        if (slice_eq_nocase(word, slice_of(wanted)))
            return true;
    }
    return false;
}

/* `before`, and `secret` in base64. */
static int ask_secret(struct dialog *d, const char *before, struct slice secret)
{
    CLEANUP(buf_done) struct buf line = buf_make(COMMAND_MAX);

    buf_printf(&line, "%s", before);
    base64_add(&line, secret);
    buf_add_char(&line, '\0');
    return line.full ? 0 : dialog_ask(d, line.p);
}

int dialog_login(struct dialog *d, struct slice user, struct slice password)
{
    CLEANUP(buf_done) struct buf both = buf_make(SECRET_MAX);
    struct slice offered = { NULL, 0 };
    int code;

    (void)dialog_offers(d, "AUTH", &offered);
    if (has_word(offered, "PLAIN")) {
        buf_add_char(&both, '\0');
        buf_add(&both, user);
        buf_add_char(&both, '\0');
        buf_add(&both, password);
        return ask_secret(d, "AUTH PLAIN ", buf_slice(&both));
    }
    if (!has_word(offered, "LOGIN"))
        return -1;
    code = dialog_ask(d, "AUTH LOGIN");
    if (code == 334)
        code = ask_secret(d, "", user);
    return code == 334 ? ask_secret(d, "", password) : code;
}
