#include "act/courier_client.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "act/wire.h"
#include "base/hash.h"
#include "base/memory.h"

#include "base/ban.h"

/* A letter on its way. */
struct post {
    struct courier_client *client;
    uint64_t id;
    uint64_t to;                 /* a hash of where it goes to */
    struct buf frame;            /* nothing once it is under way */
    size_t bytes;                /* of the frame */
    struct event *late;          /* NULL: not under way yet */
    const char *failed;          /* why it does not even set out; NULL: it does */
    enum courier_result verdict; /* then */
    courier_done *done;
    void *ctx;
};

struct courier_client {
    struct event_base *base;
    int door;
    struct bufferevent *session; /* NULL: there is no courier of ours */
    struct event *turn;          /* something is to be done: letters to start, or to give up */
    struct event *idle;
    uint64_t last_id;
    struct timeval timeout, idle_time;
    struct post **posts; /* in the order of the calls */
    size_t n, room, under_way, bytes;
};

static struct timeval time_of(int ms)
{
    return (struct timeval){ .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };
}

static void set_timer(struct event *event, const struct timeval *after)
{
    if (event_add(event, after) < 0)
        abort(); /* out of memory */
}

static void post_free(struct post *p)
{
    if (p->late != NULL)
        event_free(p->late);
    buf_done(&p->frame);
    free(p);
}

/* It is given up in the next turn. */
static enum courier_result fail(struct post *p, enum courier_result verdict, const char *why)
{
    p->failed = why;
    p->verdict = verdict;
    buf_done(&p->frame);
    return verdict;
}

/* Take it out of the list; the caller frees it. */
static struct post *take_out(struct courier_client *c, size_t at)
{
    struct post *p = c->posts[at];

    c->n--;
    c->bytes -= p->bytes;
    if (p->late != NULL)
        c->under_way--;
    memmove(&c->posts[at], &c->posts[at + 1], (c->n - at) * sizeof(struct post *));
    return p;
}

static size_t find(const struct courier_client *c, uint64_t id)
{
    size_t at = 0;

    while (at < c->n && c->posts[at]->id != id)
        at++;
    return at;
}

/* The end of a letter: out of the list before the callback, which may send new ones, behind all
 * others. */
static void finish(struct courier_client *c, size_t at, const struct courier_answer *a)
{
    struct post *p = take_out(c, at);

    if (p->done != NULL)
        p->done(p->ctx, p->id, a->result, a->retry_after_s, a->words);
    post_free(p);
    event_active(c->turn, EV_TIMEOUT, 0);
}

/* All that are under way now; what their callbacks send is not. */
static void give_up_under_way(struct courier_client *c, const char *why)
{
    uint64_t last = c->last_id;
    size_t at = 0;

    while (at < c->n && c->posts[at]->id <= last) {
        if (c->posts[at]->late != NULL)
            finish(c, at,
                   &(struct courier_answer){ .result = COURIER_TEMPORARY, .words = slice_of(why) });
        else
            at++;
    }
}

/* The courier sees the end of its input, and ends. */
static void close_session(struct courier_client *c)
{
    if (c->session != NULL)
        bufferevent_free(c->session);
    c->session = NULL;
    (void)event_del(c->idle);
}

static void lose_session(struct courier_client *c, const char *why)
{
    close_session(c);
    give_up_under_way(c, why);
}

static void idle(evutil_socket_t fd, short what, void *ctx)
{
    (void)fd;
    (void)what;
    close_session(ctx);
}

/* A courier that does not keep its own limits does not deserve more letters. */
static void late(evutil_socket_t fd, short what, void *ctx)
{
    const struct post *p = ctx;

    (void)fd;
    (void)what;
    lose_session(p->client, "the courier has not answered in time");
}

static void readable(struct bufferevent *session, void *ctx)
{
    struct courier_client *c = ctx;
    struct evbuffer *input = bufferevent_get_input(session);
    size_t n = evbuffer_get_length(input);
    struct slice in = { (const char *)evbuffer_pullup(input, -1), n };
    struct courier_answer answer;
    size_t used = 0, at;
    enum parse got;

    while ((got = courier_answer_parse(in, &answer, &used)) != PARSE_MORE) {
        at = got == PARSE_OK ? find(c, answer.id) : c->n;
        if (at == c->n || c->posts[at]->late == NULL) {
            lose_session(c, "the courier said what cannot be understood");
            return;
        }
        in = slice_from(in, used);
        finish(c, at, &answer);
    }
    (void)evbuffer_drain(input, n - in.n);
}

static void ended(struct bufferevent *session, short what, void *ctx)
{
    (void)session;
    (void)what;
    lose_session(ctx, "the courier has ended in between");
}

/* Ask the supervisor for a courier at the other end. 0 or -errno. */
static int open_session(struct courier_client *c)
{
    const struct wire_head wish = { .op = WIRE_COURIER };
    int pair[2], status;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) < 0)
        return -errno;
    status = wire_send(c->door, &wish, (struct slice){ NULL, 0 }, pair[1], MSG_DONTWAIT);
    (void)close(pair[1]);
    if (status == 0)
        c->session = bufferevent_socket_new(c->base, pair[0], BEV_OPT_CLOSE_ON_FREE);
    if (c->session == NULL) {
        (void)close(pair[0]);
        return status < 0 ? status : -ENOMEM;
    }
    bufferevent_setcb(c->session, readable, NULL, ended, c);
    bufferevent_setwatermark(c->session, EV_READ, 0, (size_t)COURIER_AT_ONCE * COURIER_ANSWER_MAX);
    (void)bufferevent_enable(c->session, EV_READ | EV_WRITE);
    return 0;
}

/* May one more be under way to there? */
static bool has_room(const struct courier_client *c, uint64_t to)
{
    size_t same = 0;

    for (size_t i = 0; i < c->n; i++)
        same += c->posts[i]->late != NULL && c->posts[i]->to == to;
    return same < COURIER_AT_ONCE_TO;
}

static void set_out(struct courier_client *c, struct post *p)
{
    p->late = event_new(c->base, -1, 0, late, p);
    if (p->late == NULL || bufferevent_write(c->session, p->frame.p, p->frame.n) < 0)
        abort(); /* out of memory */
    buf_done(&p->frame);
    set_timer(p->late, &c->timeout);
    c->under_way++;
}

/* A courier that ended with nothing to do is no failure of the letter that comes next. */
static void forget_dead_session(struct courier_client *c)
{
    char byte;

    if (c->session != NULL && c->under_way == 0 &&
        recv(bufferevent_getfd(c->session), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0)
        close_session(c);
}

/* Start as many letters as may be under way; false when no courier can be asked for. */
static bool start_letters(struct courier_client *c)
{
    for (size_t i = 0; i < c->n && c->under_way < COURIER_AT_ONCE; i++) {
        struct post *p = c->posts[i];

        if (p->late != NULL || p->failed != NULL || !has_room(c, p->to))
            continue;
        forget_dead_session(c);
        if (c->session == NULL && open_session(c) < 0)
            return false;
        set_out(c, p);
    }
    return true;
}

static void give_up_failed(struct courier_client *c)
{
    uint64_t last = c->last_id;
    size_t at = 0;

    while (at < c->n && c->posts[at]->id <= last) {
        const struct post *p = c->posts[at];

        if (p->failed != NULL && p->late == NULL)
            finish(c, at,
                   &(struct courier_answer){ .result = p->verdict, .words = slice_of(p->failed) });
        else
            at++;
    }
}

/* None that still waits can set out. */
static void fail_waiting(struct courier_client *c, const char *why)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->posts[i]->late == NULL && c->posts[i]->failed == NULL)
            fail(c->posts[i], COURIER_TEMPORARY, why);
}

static void turn(evutil_socket_t fd, short what, void *ctx)
{
    struct courier_client *c = ctx;

    (void)fd;
    (void)what;
    if (!start_letters(c))
        fail_waiting(c, "the supervisor cannot be asked for a courier");
    give_up_failed(c);
    if (c->under_way == 0 && c->session != NULL)
        set_timer(c->idle, &c->idle_time);
    else
        (void)event_del(c->idle);
}

struct courier_client *courier_client_new(struct event_base *base, int door)
{
    struct courier_client *c = memory_new(1, sizeof *c);

    *c = (struct courier_client){ .base = base, .door = door };
    courier_client_set_times(c, COURIER_TIMEOUT_MS, COURIER_IDLE_MS);
    c->turn = event_new(base, -1, 0, turn, c);
    c->idle = event_new(base, -1, 0, idle, c);
    if (c->turn == NULL || c->idle == NULL)
        abort(); /* out of memory */
    return c;
}

void courier_client_set_times(struct courier_client *c, int timeout_ms, int idle_ms)
{
    c->timeout = time_of(timeout_ms);
    c->idle_time = time_of(idle_ms);
}

void courier_client_free(struct courier_client *c)
{
    if (c == NULL)
        return;
    close_session(c);
    while (c->n > 0)
        post_free(take_out(c, c->n - 1));
    event_free(c->turn);
    event_free(c->idle);
    free(c->posts);
    free(c);
}

/* Why there is no use in trying; COURIER_OK when there is. */
static enum courier_result refuse(const struct courier_client *c, struct post *p, bool whole)
{
    if (!whole)
        return fail(p, COURIER_PERMANENT, "the letter is too long");
    if (c->door < 0)
        return fail(p, COURIER_TEMPORARY, "there is no mailfuse-courier beside mailfuse");
    if (c->n >= COURIER_WAITING_MAX || c->bytes + p->frame.n > COURIER_BYTES_MAX)
        return fail(p, COURIER_TEMPORARY, "too many letters are waiting for the courier");
    return COURIER_OK;
}

static void append(struct courier_client *c, struct post *p)
{
    if (c->n == c->room) {
        c->room = c->room > 0 ? c->room * 2 : COURIER_AT_ONCE;
        c->posts = memory_resize(c->posts, c->room, sizeof(struct post *));
    }
    c->posts[c->n++] = p;
    c->bytes += p->bytes;
}

uint64_t courier_send(struct courier_client *c, const struct courier_letter *letter,
                      courier_done *done, void *ctx)
{
    struct post *p = memory_new(1, sizeof *p);
    struct courier_letter mine = *letter;
    bool whole;

    mine.id = ++c->last_id;
    *p = (struct post){ .client = c,
                        .id = mine.id,
                        .to = hash_slice(mine.where, 0),
                        .frame = buf_make(COURIER_FRAME_MAX),
                        .done = done,
                        .ctx = ctx };
    whole = courier_letter_add(&p->frame, &mine);
    if (refuse(c, p, whole) == COURIER_OK)
        p->bytes = p->frame.n;
    append(c, p);
    event_active(c->turn, EV_TIMEOUT, 0);
    return mine.id;
}

void courier_cancel(struct courier_client *c, uint64_t id)
{
    size_t at = find(c, id);

    if (at == c->n)
        return;
    c->posts[at]->done = NULL;
    if (c->posts[at]->late == NULL)
        fail(c->posts[at], COURIER_TEMPORARY, "cancelled");
    event_active(c->turn, EV_TIMEOUT, 0);
}

size_t courier_in_flight(const struct courier_client *c)
{
    return c->n;
}
