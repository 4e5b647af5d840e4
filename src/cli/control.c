#include "cli/control.h"

#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/wall.h"

#include "base/ban.h"

enum { REPLY_MAX = 65 * 1024 * 1024, READ_SIZE = 65536, GROUP_ROOM = 65536 };

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * SECOND_MS + now.tv_nsec / 1000000;
}

static void say_permission(struct buf *trouble, const char *path)
{
    struct group entry = { 0 }, *group = NULL;
    char room[GROUP_ROOM];
    struct stat st;

    if (stat(path, &st) == 0 && getgrgid_r(st.st_gid, &entry, room, sizeof room, &group) != 0)
        group = NULL;
    buf_printf(trouble, "%s: you may not talk to the daemon.\n", path);
    if (group != NULL)
        buf_printf(trouble, "Become root, or a member of the group '%s' ('usermod -aG %s NAME').",
                   group->gr_name, group->gr_name);
    else
        buf_add(trouble, SLICE("Become root, or a member of the group of mailfuse."));
}

static void say_connect(struct buf *trouble, const char *path, int error)
{
    if (error == EACCES || error == EPERM) {
        say_permission(trouble, path);
        return;
    }
    if (error == ENOENT || error == ECONNREFUSED)
        buf_printf(trouble,
                   "%s: the daemon does not run%s.\n"
                   "Start it: 'systemctl start mailfuse', or 'mailfuse run' by hand. Does it use\n"
                   "another socket? Name it with --socket, or its settings with --config.",
                   path, error == ENOENT ? "" : " any more");
    else
        buf_printf(trouble, "%s: %s", path, strerror(error));
}

bool control_open(struct control *c, const char *path, struct buf *trouble)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    size_t n = strlen(path);

    *c = (struct control){
        .fd = -1, .wait_ms = CONTROL_WAIT_MS, .path = path, .in = buf_make(REPLY_MAX)
    };
    if (n >= sizeof at.sun_path) {
        buf_printf(trouble, "%s: longer than the name of a socket may be", path);
        return false;
    }
    memcpy(at.sun_path, path, n);
    c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd >= 0 && connect(c->fd, (const struct sockaddr *)&at, sizeof at) == 0)
        return true;
    say_connect(trouble, path, errno);
    return false;
}

void control_close(struct control *c)
{
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1;
    buf_done(&c->in);
}

static bool send_all(struct control *c, struct slice text, struct buf *trouble)
{
    while (text.n > 0) {
        ssize_t n = send(c->fd, text.p, text.n, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EPIPE)
            return true; /* it may have said why before it hung up */
        if (n < 0) {
            buf_printf(trouble, "%s: %s", c->path, strerror(errno));
            return false;
        }
        text = slice_from(text, (size_t)n);
    }
    return true;
}

/* Wait for more of the reply until `end`. */
static bool receive(struct control *c, int64_t end, struct buf *trouble)
{
    struct pollfd p = { .fd = c->fd, .events = POLLIN };
    char block[READ_SIZE];
    int64_t left = end - now_ms();
    int ready = poll(&p, 1, left > 0 ? (int)left : 0);
    ssize_t n = ready > 0 ? recv(c->fd, block, sizeof block, 0) : -1;

    if (ready == 0) {
        buf_printf(trouble, "%s: the daemon does not answer", c->path);
        return false;
    }
    if (n < 0 && errno == EINTR)
        return true;
    if (n <= 0) {
        buf_printf(trouble, "%s: the daemon hung up%s%s", c->path, n < 0 ? ": " : "",
                   n < 0 ? strerror(errno) : "");
        return false;
    }
    buf_add(&c->in, (struct slice){ block, (size_t)n });
    if (c->in.full)
        buf_printf(trouble, "%s: the answer has no end", c->path);
    return !c->in.full;
}

static json_t *read_reply(struct control *c, struct buf *trouble)
{
    int64_t end = now_ms() + c->wait_ms;
    json_error_t error;
    json_t *reply;

    buf_clear(&c->in);
    while (c->in.n == 0 || c->in.p[c->in.n - 1] != '\n')
        if (!receive(c, end, trouble))
            return NULL;
    reply = json_loadb(c->in.p, c->in.n, 0, &error);
    if (json_is_object(reply))
        return reply;
    json_decref(reply);
    buf_printf(trouble, "%s: this is no answer of mailfuse", c->path);
    return NULL;
}

json_t *control_ask(struct control *c, json_t *request, struct buf *trouble)
{
    char *text = json_dumps(request, JSON_COMPACT);
    struct buf line = buf_make(READ_SIZE * 2);
    json_t *reply = NULL;

    json_decref(request);
    if (text == NULL) { /* a name that is no UTF-8, perhaps */
        buf_add(trouble, SLICE("what is asked for is not written in UTF-8"));
        return NULL;
    }
    buf_printf(&line, "%s\n", text);
    free(text);
    if (send_all(c, buf_slice(&line), trouble))
        reply = read_reply(c, trouble);
    buf_done(&line);
    return reply;
}

bool control_ok(const json_t *reply, struct buf *trouble)
{
    const json_t *error = json_object_get(reply, "error"), *hint = json_object_get(reply, "hint");

    if (json_is_true(json_object_get(reply, "ok")))
        return true;
    if (json_is_string(error))
        escape_terminal(trouble, slice_of(json_string_value(error)));
    else
        buf_add(trouble, SLICE("the daemon refused"));
    if (json_is_string(hint)) {
        buf_add(trouble, SLICE("; "));
        escape_terminal(trouble, slice_of(json_string_value(hint)));
    }
    return false;
}

json_t *control_request(const char *name)
{
    const char *sudo = geteuid() == 0 ? getenv("SUDO_USER") : NULL;
    json_t *request = json_pack("{s:s}", "command", name);

    if (sudo != NULL && sudo[0] != '\0')
        json_object_set_new(request, "for", json_string(sudo));
    return request;
}
