#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "act/helper_client.h"

#include "base/ban.h"

enum { NOTES = 2000 };

/* The worker's loop; the test plays the helper, at the other end. */
struct scene {
    struct event_base *base;
    struct helper_client *client;
    int there; /* the helper's end */
    size_t n;  /* answers */
    struct helper_result results[NOTES];
    char texts[NOTES][100];
    size_t rows;
    bool again; /* each answer makes a new request */
};

static int set_up(void **state)
{
    static struct scene s;
    int pair[2];

    s = (struct scene){ .base = event_base_new() };
    if (s.base == NULL || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return -1;
    s.there = pair[1];
    s.client = helper_client_new(s.base, pair[0]);
    *state = &s;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *s = *state;

    helper_client_free(s->client);
    event_base_free(s->base);
    return s->there >= 0 ? close(s->there) : 0;
}

static void answered(void *ctx, const struct helper_result *r)
{
    struct scene *s = ctx;

    assert_true(s->n < NOTES);
    s->results[s->n] = *r;
    snprintf(s->texts[s->n], sizeof s->texts[0], "%.*s", SLICE_ARG(r->output));
    s->n++;
    if (s->again) {
        s->again = false;
        (void)helper_ping(s->client, answered, s);
    }
}

static void row(void *ctx, const struct queue_row *r)
{
    struct scene *s = ctx;

    assert_true(slice_eq(r->id, SLICE("B596FA729EC")));
    s->rows++;
}

/* Let the loop do what there is to do. */
static void turn(struct scene *s)
{
    for (int i = 0; i < 3; i++)
        (void)event_base_loop(s->base, EVLOOP_NONBLOCK);
}

/* The next request, as the helper gets it. */
static struct wire_head take(struct scene *s, const char *want)
{
    struct wire_packet p;

    turn(s);
    assert_int_equal(wire_receive(s->there, &p, MSG_DONTWAIT), 0);
    if (!slice_eq((struct slice){ p.data, p.n }, slice_of(want)))
        fail_msg("got '%.*s', want '%s'", (int)p.n, p.data, want);
    return p.head;
}

static void assert_nothing_sent(struct scene *s)
{
    struct wire_packet p;

    turn(s);
    assert_int_equal(wire_receive(s->there, &p, MSG_DONTWAIT), -EAGAIN);
}

static void answer(struct scene *s, struct wire_head head, int status, struct slice data, int fd)
{
    head.flags = WIRE_LAST;
    head.status = status;
    assert_int_equal(wire_send(s->there, &head, data, fd, MSG_DONTWAIT), 0);
    turn(s);
}

static void hello(struct scene *s)
{
    const struct wire_head head = { .op = WIRE_HELLO, .helper = 77 };

    assert_int_equal(wire_send(s->there, &head, (struct slice){ 0 }, -1, MSG_DONTWAIT), 0);
    turn(s);
}

static void test_requests(void **state)
{
    const struct slice ids[] = { SLICE("B596FA729EC"), SLICE("4jXCS36Xbrz1bYl8") };
    const struct helper_lock locks[] = {
        { .account = SLICE("alice@example.test"), .reply = SLICE("REJECT 5.7.1 f\xc3\xbcr\n") },
        { .account = SLICE("bob"), .reply = SLICE("421 x"), .mail_only = true },
    };
    struct scene *s = *state;
    struct wire_head head;

    (void)helper_queue(s->client, HELPER_HOLD, ids, 2, answered, s);
    (void)helper_kick(s->client, SLICE("alice@example.test"), answered, s);
    (void)helper_lock_files(s->client, locks, 2, answered, s);
    (void)helper_queue_list(s->client, SLICE("bob"), true, row, answered, s);
    head = take(s, "B596FA729EC\n4jXCS36Xbrz1bYl8\n");
    assert_true(head.op == HELPER_HOLD && head.flags == (WIRE_FIRST | WIRE_LAST));
    assert_int_equal(take(s, "alice@example.test").op, HELPER_KICK);
    assert_int_equal(take(s, "alice@example.test\tREJECT 5.7.1 f??r?\nbob\t421 x\tmail\n").op,
                     HELPER_LOCK_FILES);
    assert_int_equal(take(s, "rbob").op, HELPER_QUEUE_LIST);
    assert_int_equal(helper_in_flight(s->client), 4);
    head.count = 2;
    head.duration_ms = 12;
    answer(s, head, 0, SLICE("Placed on hold: 2 messages"), -1);
    assert_int_equal(s->n, 1);
    assert_true(s->results[0].op == HELPER_HOLD && s->results[0].status == 0);
    assert_true(s->results[0].count == 2 && s->results[0].duration_ms == 12);
    assert_string_equal(s->texts[0], "Placed on hold: 2 messages");
    answer(s, head, 0, SLICE("twice"), -1); /* is of no interest */
    assert_int_equal(s->n, 1);
}

static void test_without_helper(void **state)
{
    struct scene *s = *state;

    helper_client_free(s->client);
    s->client = helper_client_new(s->base, -1);
    (void)helper_ping(s->client, answered, s);
    assert_int_equal(s->n, 0); /* never from within the call */
    turn(s);
    assert_int_equal(s->n, 1);
    assert_int_equal(s->results[0].status, -EPERM);
    assert_non_null(strstr(s->texts[0], "not started as root"));
}

static void test_no_answer_in_time(void **state)
{
    struct scene *s = *state;
    struct wire_head head;

    helper_client_set_timeouts(s->client, 1, 1000000);
    (void)helper_ping(s->client, answered, s);
    (void)helper_queue_list(s->client, SLICE(""), false, row, answered, s);
    head = take(s, "");
    assert_int_equal(event_base_loop(s->base, EVLOOP_ONCE), 0);
    assert_int_equal(s->n, 1);
    assert_int_equal(s->results[0].status, -ETIMEDOUT);
    answer(s, head, 0, SLICE("too late"), -1);
    assert_int_equal(s->n, 1);
    assert_int_equal(helper_in_flight(s->client), 1);
}

static void count_hello(void *ctx)
{
    int *n = ctx;

    (*n)++;
}

static void test_a_new_helper_is_told_of(void **state)
{
    struct scene *s = *state;
    int n = 0;

    hello(s); /* nobody wants to know */
    helper_client_on_hello(s->client, count_hello, &n);
    hello(s);
    hello(s);
    assert_int_equal(n, 2);
}

static void test_a_new_helper_gets_it_again(void **state)
{
    struct scene *s = *state;
    struct wire_head first, head;

    (void)helper_kick(s->client, SLICE("alice"), answered, s);
    first = take(s, "alice");
    (void)helper_flush(s->client, SLICE("bob"), answered, s);
    assert_int_equal(take(s, "bob").op, HELPER_FLUSH);
    hello(s);
    head = take(s, "alice");
    assert_true(head.id == first.id);
    assert_true(first.helper == 0 && head.helper == 77); /* not for the one before */
    assert_int_equal(take(s, "bob").op, HELPER_FLUSH);
    for (int i = 0; i < 2; i++) {
        hello(s);
        (void)take(s, "alice");
        (void)take(s, "bob");
    }
    s->again = true;
    hello(s); /* that is enough */
    assert_int_equal(s->n, 2);
    assert_int_equal(s->results[0].status, -ECONNRESET);
    assert_int_equal(take(s, "").op, HELPER_PING); /* a callback may ask anew */
    assert_nothing_sent(s);
}

static void test_large_request(void **state)
{
    struct slice ids[40000];
    struct scene *s = *state;
    struct wire_packet p = { 0 };
    size_t n = 0;
    uint32_t flags = 0;
    int starts = 0;
    bool died = false;

    for (size_t i = 0; i < COUNT(ids); i++)
        ids[i] = SLICE("4jXCS36Xbrz1bYl8");
    (void)helper_queue(s->client, HELPER_RELEASE, ids, COUNT(ids), answered, s);
    for (int i = 0; i < 1000 && (flags & WIRE_LAST) == 0; i++) {
        turn(s);
        assert_int_equal(wire_receive(s->there, &p, MSG_DONTWAIT), 0);
        flags = p.head.flags;
        n = (flags & WIRE_FIRST) != 0 ? p.n : n + p.n;
        starts += (flags & WIRE_FIRST) != 0;
        if (starts == 1 && n > 100000 && !died) { /* in the middle of it: a new helper */
            died = true;
            hello(s);
        }
    }
    assert_int_equal(starts, 2);
    assert_int_equal(n, COUNT(ids) * 17);
    answer(s, p.head, 0, SLICE(""), -1);
    assert_int_equal(s->n, 1);
}

/* Rows that lie across packets, wherever they are cut. */
static void test_rows(void **state)
{
    struct scene *s = *state;
    CLEANUP(buf_done) struct buf rows = buf_make(1 << 20);
    struct wire_head head;

    for (int i = 0; i < 3; i++)
        queue_row_add(&rows, &(struct queue_row){ .id = SLICE("B596FA729EC") });
    for (size_t cut = 0; cut <= rows.n; cut++) {
        s->rows = s->n = 0;
        (void)helper_queue_list(s->client, SLICE(""), false, row, answered, s);
        head = take(s, "-");
        head.flags = 0;
        assert_int_equal(wire_send(s->there, &head, (struct slice){ rows.p, cut }, -1, 0), 0);
        assert_int_equal(wire_send(s->there, &head, slice_from(buf_slice(&rows), cut), -1, 0), 0);
        answer(s, head, 0, SLICE(""), -1);
        assert_int_equal(s->rows, 3);
        assert_true(s->n == 1 && s->results[0].count == 3 && s->results[0].status == 0);
    }
}

static void test_rows_that_are_none(void **state)
{
    struct scene *s = *state;
    struct wire_head head;

    (void)helper_queue_list(s->client, SLICE(""), false, row, answered, s);
    head = take(s, "-");
    head.flags = 0;
    assert_int_equal(wire_send(s->there, &head, SLICE("\xff\xff\xff\xff"), -1, 0), 0);
    turn(s);
    assert_true(s->n == 1 && s->results[0].status == -EBADMSG);
    assert_int_equal(send(s->there, "x", 1, 0), 1); /* no packet: passed over */
    (void)helper_ping(s->client, answered, s);
    answer(s, take(s, ""), 0, SLICE(""), -1);
    assert_int_equal(s->n, 2);
}

/* A list that was half told is not begun anew behind the back of who reads it. */
static void test_half_a_list(void **state)
{
    struct scene *s = *state;
    CLEANUP(buf_done) struct buf rows = buf_make(1 << 20);
    struct wire_head head;

    queue_row_add(&rows, &(struct queue_row){ .id = SLICE("B596FA729EC") });
    (void)helper_queue_list(s->client, SLICE(""), false, row, answered, s);
    head = take(s, "-");
    head.flags = 0;
    assert_int_equal(wire_send(s->there, &head, buf_slice(&rows), -1, 0), 0);
    hello(s);
    assert_true(s->n == 1 && s->results[0].status == -ECONNRESET && s->rows == 1);
}

static void test_descriptor(void **state)
{
    struct scene *s = *state;
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    struct wire_head head;
    uint64_t id;

    assert_true(fd >= 0);
    (void)helper_open_log(s->client, SLICE("/var/log/mail.log"), answered, s);
    head = take(s, "/var/log/mail.log");
    answer(s, head, 0, SLICE(""), fd);
    assert_int_equal(s->n, 1);
    assert_true(s->results[0].fd >= 0 && close(s->results[0].fd) == 0);
    id = helper_open_log(s->client, SLICE("/var/log/mail.log"), answered, s);
    helper_cancel(s->client, id);
    head = take(s, "/var/log/mail.log");
    answer(s, head, 0, SLICE(""), fd); /* closed by the client */
    answer(s, head, 0, SLICE(""), fd); /* so is one that nobody has asked for */
    assert_int_equal(s->n, 1);
    assert_int_equal(helper_in_flight(s->client), 0);
    assert_int_equal(dup(fd), s->results[0].fd); /* the lowest that is free is free again */
    assert_int_equal(close(s->results[0].fd), 0);
    assert_int_equal(close(fd), 0);
}

static void test_too_many(void **state)
{
    struct scene *s = *state;

    for (int i = 0; i < HELPER_IN_FLIGHT_MAX + 10; i++)
        (void)helper_ping(s->client, answered, s);
    turn(s);
    assert_int_equal(s->n, 10);
    assert_int_equal(s->results[9].status, -EAGAIN);
}

static void test_too_large(void **state)
{
    static char text[WIRE_REQUEST_MAX + 1];
    struct scene *s = *state;

    (void)helper_kick(s->client, (struct slice){ text, sizeof text }, answered, s);
    turn(s);
    assert_true(s->n == 1 && s->results[0].status == -E2BIG);
    assert_nothing_sent(s);
}

static void test_helper_gone_for_good(void **state)
{
    struct scene *s = *state;

    (void)helper_ping(s->client, answered, s);
    (void)take(s, "");
    assert_int_equal(close(s->there), 0);
    s->there = -1;
    turn(s);
    assert_true(s->n == 1 && s->results[0].status == -EPIPE);
    (void)helper_ping(s->client, answered, s);
    turn(s);
    assert_true(s->n == 2 && s->results[1].status == -EPIPE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_requests, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_without_helper, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_answer_in_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_new_helper_gets_it_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_new_helper_is_told_of, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_large_request, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_rows, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_rows_that_are_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_half_a_list, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_descriptor, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_too_many, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_too_large, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_helper_gone_for_good, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
