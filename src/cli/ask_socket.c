/* ask_socket.c - where the control socket is: --socket, the settings, the usual place. */
#include <errno.h>
#include <stdio.h>

#include "cli/ask.h"
#include "conf/conf.h"

#include "base/ban.h"

enum { SETTINGS_MAX = 4 * 1024 * 1024 };

static int read_text(const char *path, struct buf *text)
{
    FILE *f = fopen(path, "re");
    char block[4096];
    size_t n;
    int error;

    if (f == NULL)
        return -errno;
    while ((n = fread(block, 1, sizeof block, f)) > 0)
        buf_add(text, (struct slice){ block, n });
    error = ferror(f) != 0 ? -errno : text->full ? -EFBIG : 0;
    fclose(f);
    return error;
}

static bool take_path(struct ask *a, const char *path, struct buf *trouble)
{
    if ((size_t)snprintf(a->path, sizeof a->path, "%s", path) < sizeof a->path)
        return true;
    buf_printf(trouble, "%s: longer than the name of a socket may be", path);
    return false;
}

/* The one line that says where the socket is, of settings that are wrong elsewhere: the daemon runs
 * on with those that it has, and has to be asked all the same. NULL: there is none. */
static struct conf *only_the_socket(const char *path, struct slice text)
{
    struct conf *conf = NULL;
    struct slice line;

    while (conf == NULL && slice_cut(&text, '\n', &line)) {
        struct conf_errors ignored = { 0 };

        line = slice_trim(line);
        if (slice_starts(line, SLICE("control-socket")))
            conf = conf_parse(path, line, &ignored);
        conf_errors_done(&ignored);
    }
    return conf;
}

/* Files that the settings name, like the key of the auth policy server, are none of our business:
 * who asks may not be allowed to read them. */
static bool from_settings(struct ask *a, const char *path, struct slice text, struct buf *trouble)
{
    struct conf_errors errors = { 0 };
    struct conf *conf = conf_parse(path, text, &errors);
    bool ok;

    if (conf == NULL)
        conf = only_the_socket(path, text);
    if (conf != NULL && conf->daemon.control_socket[0] != '\0')
        ok = take_path(a, conf->daemon.control_socket, trouble);
    else if (conf != NULL || a->config == NULL)
        ok = take_path(a, CONTROL_PATH, trouble); /* of a daemon that runs with what was there */
    else {
        ok = false;
        buf_add(trouble, errors.n > 0 ? slice_of(errors.all[0].text.p) : slice_of(path));
    }
    conf_errors_done(&errors);
    conf_free(conf);
    return ok;
}

bool ask_socket(struct ask *a, struct buf *trouble)
{
    const char *path = a->config != NULL ? a->config : CONF_PATH;
    struct buf text = buf_make(SETTINGS_MAX);
    int error = a->socket != NULL ? 0 : read_text(path, &text);
    bool ok = false;

    if (a->socket != NULL)
        ok = take_path(a, a->socket, trouble);
    else if (error == 0)
        ok = from_settings(a, path, buf_slice(&text), trouble);
    else if (a->config == NULL)
        ok = take_path(a, CONTROL_PATH, trouble);
    else
        buf_printf(trouble, "%s: %s", path, strerror(-error));
    buf_done(&text);
    return ok;
}
