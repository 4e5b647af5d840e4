/* helper_drive.c - a program for tests, built with them only: helper, supervisor and worker as in
 * `mailfuse run`, the worker doing what it reads from standard input, a line for each request:
 *
 *     hold|release|requeue|delete ID...    list|list-rcpts [LOGIN]    kick|flush USER
 *     locks [ACCOUNT=REPLY|...]            open PATH                  ping
 *     relay on|off [SENDER...]             run (the queue)
 *     crash                                (the worker ends by a signal)
 *
 * and telling at once "worker PID" when it starts, "row ..." for each row of a list, and
 * "OP STATUS COUNT DURATION TEXT" for each answer. A tab in an argument stands for a newline;
 * ACCOUNT==REPLY locks for mail only. */
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "act/helper.h"
#include "act/helper_client.h"
#include "act/sandbox.h"
#include "act/supervise.h"
#include "base/memory.h"

#include "base/ban.h"

enum { INPUT_MAX = 20 << 20, LOGS_MAX = 8 };

struct drive {
    struct helper_options helper;
    const char *logs[LOGS_MAX + 1];
    const char *user; /* whom the worker becomes; NULL: nobody else */
    struct event_base *base;
    struct helper_client *client;
    struct buf input;
    bool ended; /* no more input: end when all is answered */
};

static void print_text(const char *before, struct slice text)
{
    CLEANUP(buf_done) struct buf out = buf_make(3 * text.n + 1);

    for (size_t i = 0; i < text.n; i++)
        buf_add_char(&out, text.p[i] == '\n' || text.p[i] == '\0' ? ' ' : text.p[i]);
    printf("%s%.*s", before, SLICE_ARG(buf_slice(&out)));
}

static void print_log(int fd)
{
    char head[100];
    ssize_t n = read(fd, head, sizeof head);

    print_text(" ", (struct slice){ head, n > 0 ? (size_t)n : 0 });
    (void)close(fd);
}

static void end_if_done(struct drive *d)
{
    if (d->ended && helper_in_flight(d->client) == 0)
        event_base_loopbreak(d->base);
}

static void answered(void *ctx, const struct helper_result *r)
{
    printf("%s %d %llu %u", helper_op_name(r->op), r->status, (unsigned long long)r->count,
           (unsigned)r->duration_ms);
    if (r->fd >= 0)
        print_log(r->fd);
    else
        print_text(" ", r->output);
    printf("\n");
    fflush(stdout);
    end_if_done(ctx);
}

static void got_row(void *ctx, const struct queue_row *row)
{
    (void)ctx;
    printf("row\t%.*s\t%.*s\t%lld\t%llu\t%u\t%.*s\t%.*s\t%.*s\t", SLICE_ARG(row->queue),
           SLICE_ARG(row->id), (long long)row->arrival.ms, (unsigned long long)row->size,
           (unsigned)row->rcpts_n, SLICE_ARG(row->client), SLICE_ARG(row->login),
           SLICE_ARG(row->sender));
    print_text("", row->rcpts);
    printf("\n");
}

static struct slice next_word(struct slice *rest, char end)
{
    struct slice word;

    if (slice_cut(rest, end, &word))
        return word;
    word = *rest;
    rest->n = 0;
    return word;
}

static void ask_queue(struct drive *d, enum helper_op op, struct slice rest)
{
    struct slice *ids = NULL;
    size_t n = 0;

    for (; rest.n > 0; n++) {
        if ((n & (n - 1)) == 0)
            ids = memory_resize(ids, 2 * n + 1, sizeof *ids);
        ids[n] = next_word(&rest, ' ');
    }
    helper_queue(d->client, op, ids, n, answered, d);
    free(ids);
}

static void ask_locks(struct drive *d, struct slice rest)
{
    struct helper_lock *locks = NULL;
    size_t n = 0;

    for (; rest.n > 0; n++) {
        struct slice word = next_word(&rest, '|');

        if ((n & (n - 1)) == 0)
            locks = memory_resize(locks, 2 * n + 1, sizeof *locks);
        locks[n] = (struct helper_lock){ 0 };
        (void)slice_cut(&word, '=', &locks[n].account);
        locks[n].mail_only = slice_skip(&word, SLICE("="));
        locks[n].reply = word;
    }
    helper_lock_files(d->client, locks, n, answered, d);
    free(locks);
}

static void ask_relay(struct drive *d, struct slice rest)
{
    bool on = slice_eq(next_word(&rest, ' '), SLICE("on"));
    struct slice *senders = NULL;
    size_t n = 0;

    for (; rest.n > 0; n++) {
        senders = memory_resize(senders, n + 1, sizeof *senders);
        senders[n] = next_word(&rest, ' ');
    }
    helper_relay_map(d->client, on, senders, n, answered, d);
    free(senders);
}

static enum helper_op queue_op(struct slice word)
{
    for (enum helper_op op = HELPER_HOLD; op <= HELPER_DELETE; op++)
        if (slice_eq(word, slice_of(helper_op_name(op))))
            return op;
    return HELPER_OPS;
}

static void obey(struct drive *d, char *line, size_t n)
{
    struct slice rest = { line, n }, word;

    for (size_t i = 0; i < n; i++)
        if (line[i] == '\t')
            line[i] = '\n'; /* a way to write it */
    word = next_word(&rest, ' ');
    if (queue_op(word) != HELPER_OPS) {
        ask_queue(d, queue_op(word), rest);
        return;
    }
    if (slice_eq(word, SLICE("locks")))
        ask_locks(d, rest);
    else if (slice_eq(word, SLICE("relay")))
        ask_relay(d, rest);
    else if (slice_eq(word, SLICE("run")))
        helper_queue_run(d->client, answered, d);
    else if (slice_starts(word, SLICE("list")))
        helper_queue_list(d->client, rest, word.n > 4, got_row, answered, d);
    else if (slice_eq(word, SLICE("kick")))
        helper_kick(d->client, rest, answered, d);
    else if (slice_eq(word, SLICE("flush")))
        helper_flush(d->client, rest, answered, d);
    else if (slice_eq(word, SLICE("open")))
        helper_open_log(d->client, rest, answered, d);
    else if (slice_eq(word, SLICE("crash")))
        (void)kill(getpid(), SIGABRT);
    else
        helper_ping(d->client, answered, d);
}

static void input_ready(evutil_socket_t fd, short what, void *ctx)
{
    struct drive *d = ctx;
    char bytes[65536];
    ssize_t n = read(fd, bytes, sizeof bytes);
    size_t at = 0;

    (void)what;
    if (n > 0)
        buf_add(&d->input, (struct slice){ bytes, (size_t)n });
    for (size_t i = 0; i < d->input.n; i++) {
        if (d->input.p[i] == '\n') {
            obey(d, d->input.p + at, i - at);
            at = i + 1;
        }
    }
    if (at > 0)
        memmove(d->input.p, d->input.p + at, d->input.n - at);
    d->input.n -= at;
    if (n == 0) {
        d->ended = true;
        end_if_done(d);
        event_base_loopexit(d->base, &(struct timeval){ .tv_sec = 200 });
    }
}

static void told_to_stop(evutil_socket_t fd, short what, void *ctx)
{
    (void)fd;
    (void)what;
    event_base_loopbreak(ctx);
}

static void enter_sandbox(const struct drive *d)
{
    CLEANUP(buf_done) struct buf why = buf_make(1000);
    struct sandbox_user user;

    if (d->user == NULL)
        return;
    if (sandbox_find_user(d->user, NULL, &user, &why) < 0 || sandbox_enter(&user, &why) < 0) {
        printf("sandbox: %.*s\n", SLICE_ARG(buf_slice(&why)));
        fflush(stdout);
        _exit(2);
    }
}

static int worker(int socket, void *ctx)
{
    struct drive *d = ctx;
    struct event *input, *term;
    struct event_config *config = event_config_new();

    if (config == NULL)
        return 1;
    event_config_avoid_method(config, "epoll"); /* which cannot wait for a file as input */
    d->base = event_base_new_with_config(config);
    event_config_free(config);
    d->client = helper_client_new(d->base, socket);
    d->input = buf_make(INPUT_MAX);
    input = event_new(d->base, STDIN_FILENO, EV_READ | EV_PERSIST, input_ready, d);
    term = evsignal_new(d->base, SIGTERM, told_to_stop, d->base);
    if (input == NULL || term == NULL || event_add(input, NULL) < 0 || event_add(term, NULL) < 0)
        return 1;
    enter_sandbox(d);
    printf("worker %d\n", (int)getpid());
    fflush(stdout);
    event_base_dispatch(d->base);
    helper_client_free(d->client);
    event_free(input);
    event_free(term);
    event_base_free(d->base);
    buf_done(&d->input);
    fflush(stdout);
    return 0;
}

static int helper(int socket, void *ctx)
{
    const struct drive *d = ctx;

    dprintf(STDOUT_FILENO, "helper %d\n", (int)getpid());
    return helper_run(socket, &d->helper) == 0 ? 0 : 1;
}

static void say(void *ctx, const char *line)
{
    (void)ctx;
    dprintf(STDOUT_FILENO, "supervisor: %s\n", line);
}

/* "name=value" */
static bool option(struct drive *d, struct slice word)
{
    const struct {
        struct slice name;
        const char **to;
    } texts[] = {
        { SLICE("postsuper="), &d->helper.postsuper },
        { SLICE("postmap="), &d->helper.postmap },
        { SLICE("doveadm="), &d->helper.doveadm },
        { SLICE("postfix="), &d->helper.postfix_config },
        { SLICE("dovecot="), &d->helper.dovecot_config },
        { SLICE("queue="), &d->helper.queue_directory },
        { SLICE("owner="), &d->helper.mail_owner },
        { SLICE("map="), &d->helper.lock_map },
        { SLICE("deny="), &d->helper.deny_file },
        { SLICE("relay="), &d->helper.relay_next },
        { SLICE("user="), &d->user },
    };
    uint64_t ms = 0;

    for (size_t i = 0; i < COUNT(texts); i++) {
        if (slice_skip(&word, texts[i].name)) {
            *texts[i].to = word.p;
            return true;
        }
    }
    for (size_t i = 0; i < LOGS_MAX && slice_starts(word, SLICE("log=")); i++) {
        if (d->logs[i] == NULL) {
            d->logs[i] = word.p + 4;
            return true;
        }
    }
    if (!slice_skip(&word, SLICE("ms=")) || !slice_to_u64(word, &ms) || ms > INT32_MAX)
        return false;
    d->helper.job_ms = d->helper.queue_job_ms = (int)ms;
    return true;
}

int main(int argc, char **argv)
{
    struct drive d = { 0 };
    struct supervise_options options = {
        .helper = helper, .worker = worker, .say = say, .ctx = &d, .final_status = 2
    };

    d.helper.logs = d.logs;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "no-helper") == 0) {
            options.helper = NULL;
        } else if (!option(&d, slice_of(argv[i]))) {
            fprintf(stderr, "%s: unknown\n", argv[i]);
            return 2;
        }
    }
    return supervise(&options);
}
