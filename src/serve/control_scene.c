#include "serve/control_scene.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/ban.h"

enum { TURNS = 20000 };

/* A control_answer: `explain` waits for the test, `journal` is long, the rest gets its command
 * back. */
static void answer(void *ctx, const struct control_peer *peer, json_t *request, uint64_t ticket)
{
    struct scene *s = ctx;
    const char *command = json_string_value(json_object_get(request, "command"));

    s->uid = peer->uid;
    snprintf(s->name, sizeof s->name, "%s", peer->name);
    if (strcmp(command, "explain") == 0 && s->asked_n < COUNT(s->asked)) {
        s->asked[s->asked_n++] = ticket;
    } else if (strcmp(command, "journal") == 0) {
        json_int_t n = json_integer_value(json_object_get(request, "limit"));
        json_t *list = json_array();

        for (json_int_t i = 0; i < n; i++)
            json_array_append_new(list, json_string("0123456789012345678901234567890123456789"));
        control_reply(s->door, ticket, json_pack("{s:b, s:o}", "ok", 1, "entries", list));
    } else {
        control_reply(s->door, ticket, json_pack("{s:b, s:s}", "ok", 1, "command", command));
    }
}

int listen_somewhere(struct sockaddr_un *at, socklen_t *n)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    *at = (struct sockaddr_un){ .sun_family = AF_UNIX };
    *n = sizeof at->sun_family; /* an abstract name: autobind, unix(7) */
    assert_int_equal(0, bind(fd, (struct sockaddr *)at, *n));
    assert_int_equal(0, listen(fd, 8));
    *n = sizeof *at;
    assert_int_equal(0, getsockname(fd, (struct sockaddr *)at, n));
    return fd;
}

void turn(struct scene *s)
{
    assert_true(event_base_loop(s->base, EVLOOP_NONBLOCK) >= 0);
    control_door_stats(s->door, &s->stats);
}

void open_scene(struct scene *s, struct control_door_options options, const int *fds, size_t n)
{
    *s = (struct scene){ .base = event_base_new() };
    assert_non_null(s->base);
    options.answer = answer;
    options.ctx = s;
    s->door = control_door_new(s->base, fds, n, &options);
    assert_non_null(s->door);
}

void close_scene(struct scene *s)
{
    control_door_free(s->door);
    event_base_free(s->base);
}

int join(struct scene *s)
{
    int ends[2];

    assert_int_equal(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
    assert_int_equal(0, fcntl(ends[0], F_SETFL, O_NONBLOCK));
    control_door_adopt(s->door, ends[1]);
    return ends[0];
}

void say(struct scene *s, int fd, struct slice text)
{
    for (int i = 0; i < TURNS && text.n > 0; i++) {
        ssize_t n = send(fd, text.p, text.n, MSG_NOSIGNAL);

        if (n < 0 && errno == EPIPE)
            return;
        text = slice_from(text, n > 0 ? (size_t)n : 0);
        turn(s);
    }
    assert_int_equal(0, text.n);
}

bool hear(struct scene *s, int fd, size_t lines, struct buf *out)
{
    char block[4096];
    size_t seen = 0;

    for (int i = 0; i < TURNS && seen < lines; i++) {
        ssize_t n = recv(fd, block, sizeof block, 0);

        if (n == 0 || (n < 0 && errno == ECONNRESET))
            return true;
        for (ssize_t k = 0; k < n; k++)
            seen += block[k] == '\n';
        if (n > 0)
            buf_add(out, (struct slice){ block, (size_t)n });
        turn(s);
    }
    return false;
}

void expect(struct scene *s, int fd, size_t lines, const char *want)
{
    struct buf got = buf_make(1 << 20);

    hear(s, fd, lines, &got);
    buf_add_char(&got, '\0');
    assert_string_equal(got.p, want);
    buf_done(&got);
}
