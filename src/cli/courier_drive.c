/* courier_drive.c - a program for tests, built with them only: supervisor, worker and courier as in
 * `mailfuse run`, the worker in its sandbox sending what it reads from standard input, a JSON
 * object a line with the fields of struct courier_letter by their names, and "kind", "tls" as
 * words:
 *
 *     courier_drive PROGRAM USER IDLE_MS [COMMAND]...
 *
 * It tells each answer as a JSON object on a line. An empty line lets the worker end. */
#include <event2/event.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "act/courier_client.h"
#include "act/supervise.h"
#include "act/wire.h"
#include "cli/courier.h"

#include "base/ban.h"

enum { INPUT_MAX = 20 << 20, CANNOT = 2 };

struct drive {
    int program, wishes[2], idle_ms;
    struct sandbox_user user;
    const char *const *commands;
    struct event_base *base;
    struct courier_client *client;
    struct buf input;
};

static void answered(void *ctx, uint64_t id, enum courier_result result, uint32_t retry_after_s,
                     struct slice words)
{
    static const char *const names[COURIER_RESULTS] = { "ok", "temporary", "permanent" };
    json_t *line =
        json_pack("{s:I, s:s, s:i, s:s%}", "id", (json_int_t)id, "result", names[result],
                  "retry_after", (int)retry_after_s, "words", words.n > 0 ? words.p : "", words.n);

    (void)ctx;
    json_dumpf(line, stdout, JSON_COMPACT);
    puts("");
    fflush(stdout);
    json_decref(line);
}

static struct slice text(const json_t *from, const char *name)
{
    const json_t *value = json_object_get(from, name);

    return (struct slice){ json_string_value(value), json_string_length(value) };
}

/* The place of a word among others; 0 when it is none of them. */
static unsigned word(const json_t *from, const char *name, const char *const words[], unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (slice_eq(text(from, name), slice_of(words[i])))
            return i;
    return 0;
}

static void obey(struct drive *d, const json_t *o)
{
    static const char *const kinds[] = { "mail", "webhook", "command" };
    static const char *const ways[] = { "none", "try", "require" };
    struct courier_letter l = {
        .kind = (enum courier_kind)word(o, "kind", kinds, COUNT(kinds)),
        .tls = (enum courier_tls)word(o, "tls", ways, COUNT(ways)),
        .unverified = json_is_true(json_object_get(o, "unverified")),
        .where = text(o, "where"),
        .body = text(o, "body"),
        .ca_file = text(o, "ca_file"),
        .from = text(o, "from"),
        .to = text(o, "to"),
        .source = text(o, "source"),
        .user = text(o, "user"),
        .secret_file = text(o, "secret_file"),
        .authorization_file = text(o, "authorization_file"),
        .name = text(o, "name"),
        .event = text(o, "event"),
        .incident = text(o, "incident"),
        .subject = text(o, "subject"),
    };
    const json_t *arguments = json_object_get(o, "arguments");

    for (size_t i = 0; i < json_array_size(arguments) && i < COURIER_ARGUMENTS_MAX; i++)
        l.arguments[l.arguments_n++] = slice_of(json_string_value(json_array_get(arguments, i)));
    (void)courier_send(d->client, &l, answered, d);
}

static void take_line(struct drive *d, struct slice line)
{
    json_t *o = json_loadb(line.p, line.n, JSON_ALLOW_NUL, NULL);

    if (o == NULL)
        event_base_loopbreak(d->base);
    else
        obey(d, o);
    json_decref(o);
}

static void input_ready(evutil_socket_t fd, short what, void *ctx)
{
    struct drive *d = ctx;
    char bytes[65536];
    ssize_t n = read(fd, bytes, sizeof bytes);
    struct slice rest, line;

    (void)what;
    if (n <= 0) {
        event_base_loopbreak(d->base);
        return;
    }
    buf_add(&d->input, (struct slice){ bytes, (size_t)n });
    rest = buf_slice(&d->input);
    while (slice_cut(&rest, '\n', &line))
        take_line(d, line);
    memmove(d->input.p, rest.p, rest.n);
    d->input.n = rest.n;
}

/* SIGHUP: as after a reload. */
static void settings_read(evutil_socket_t number, short what, void *ctx)
{
    const struct drive *d = ctx;
    const struct wire_head head = { .op = WIRE_SETTINGS };

    (void)number;
    (void)what;
    if (wire_send(d->wishes[1], &head, SLICE(""), -1, 0) < 0)
        event_base_loopbreak(d->base);
}

/* A supervise callback. */
static enum supervise_settings settings(void *ctx, uint64_t fingerprint)
{
    (void)ctx;
    (void)fingerprint;
    return SUPERVISE_TAKEN;
}

/* A supervise callback. */
static int work(int socket, void *ctx)
{
    struct drive *d = ctx;
    CLEANUP(buf_done) struct buf why = buf_make(1000);
    struct event *input, *reload;

    (void)socket;
    (void)close(d->wishes[0]);
    if (sandbox_enter(geteuid() == 0 ? &d->user : NULL, &why) != 0) {
        fprintf(stderr, "%.*s\n", SLICE_ARG(buf_slice(&why)));
        return CANNOT;
    }
    d->base = event_base_new();
    d->client = courier_client_new(d->base, d->wishes[1]);
    courier_client_set_times(d->client, COURIER_TIMEOUT_MS, d->idle_ms);
    d->input = buf_make(INPUT_MAX);
    input = event_new(d->base, STDIN_FILENO, EV_READ | EV_PERSIST, input_ready, d);
    reload = evsignal_new(d->base, SIGHUP, settings_read, d);
    if (input == NULL || reload == NULL || event_add(input, NULL) < 0 ||
        event_add(reload, NULL) < 0)
        return 1;
    printf("{\"worker\": %d}\n", (int)getpid());
    fflush(stdout);
    (void)event_base_dispatch(d->base);
    event_free(input);
    event_free(reload);
    courier_client_free(d->client);
    event_base_free(d->base);
    buf_done(&d->input);
    return 0;
}

/* A supervise callback. */
static int carry(int session, void *ctx)
{
    const struct drive *d = ctx;

    return courier_become(d->program, session, geteuid() == 0 ? &d->user : NULL, d->commands);
}

static void say(void *ctx, const char *line)
{
    (void)ctx;
    fprintf(stderr, "%s\n", line);
}

int main(int argc, char **argv)
{
    struct drive d = { .program = -1 };
    struct supervise_options options = { .worker = work,
                                         .courier = carry,
                                         .settings = settings,
                                         .say = say,
                                         .ctx = &d,
                                         .final_status = CANNOT };
    CLEANUP(buf_done) struct buf why = buf_make(1000);
    uint64_t idle_ms = 0;

    if (argc < 4 || !slice_to_u64(slice_of(argv[3]), &idle_ms))
        return CANNOT;
    d.program = open(argv[1], O_PATH | O_CLOEXEC);
    d.idle_ms = (int)idle_ms;
    d.commands = (const char *const *)argv + 4;
    if (d.program < 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, d.wishes) < 0 ||
        (geteuid() == 0 && sandbox_find_user(argv[2], NULL, &d.user, &why) < 0)) {
        fprintf(stderr, "courier_drive: %.*s\n", SLICE_ARG(buf_slice(&why)));
        return CANNOT;
    }
    options.door = d.wishes[0];
    return supervise(&options);
}
