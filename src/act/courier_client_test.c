#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "act/courier_client.h"
#include "act/wire.h"
#include "base/memory.h"

#include "base/ban.h"

enum { NOTES = 5000, INPUT_MAX = 4 << 20 };

struct note {
    uint64_t id;
    enum courier_result result;
    uint32_t retry_after_s;
    char words[COURIER_WORDS_MAX + 1];
};

/* The worker's loop; the test plays the supervisor and the courier. */
struct scene {
    struct event_base *base;
    struct courier_client *client;
    int door;    /* the supervisor's end */
    int session; /* the courier's end; -1: not started */
    struct buf in;
    struct note *notes;
    size_t n;
    uint64_t cancel; /* what the next answer cancels */
    bool again;      /* each answer sends a new letter */
};

static int set_up(void **state)
{
    struct scene *s = memory_new(1, sizeof *s);
    int pair[2];

    *s = (struct scene){ .base = event_base_new(), .session = -1, .in = buf_make(INPUT_MAX) };
    s->notes = memory_new(NOTES, sizeof *s->notes);
    if (s->base == NULL || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return -1;
    s->door = pair[1];
    s->client = courier_client_new(s->base, pair[0]);
    *state = s;
    return 0;
}

static void session_close(struct scene *s)
{
    if (s->session >= 0)
        (void)close(s->session);
    s->session = -1;
    buf_clear(&s->in);
}

static int tear_down(void **state)
{
    struct scene *s = *state;

    courier_client_free(s->client);
    event_base_free(s->base);
    session_close(s);
    buf_done(&s->in);
    if (s->door >= 0)
        (void)close(s->door);
    free(s->notes);
    free(s);
    return 0;
}

static const struct courier_letter to_a = { .kind = COURIER_WEBHOOK,
                                            .where = SLICE_INIT("https://a.example.test/"),
                                            .body = SLICE_INIT("{}") };

static void answered(void *ctx, uint64_t id, enum courier_result result, uint32_t retry_after_s,
                     struct slice words)
{
    struct scene *s = ctx;
    struct note *note = &s->notes[s->n];

    assert_true(s->n < NOTES);
    s->n++;
    *note = (struct note){ .id = id, .result = result, .retry_after_s = retry_after_s };
    snprintf(note->words, sizeof note->words, "%.*s", SLICE_ARG(words));
    if (s->cancel != 0)
        courier_cancel(s->client, s->cancel);
    if (s->again) {
        s->again = false;
        (void)courier_send(s->client, &to_a, answered, s);
    }
}

static uint64_t send_to(struct scene *s, const char *where)
{
    struct courier_letter letter = to_a;

    letter.where = slice_of(where);
    return courier_send(s->client, &letter, answered, s);
}

static void turn(struct scene *s)
{
    for (int i = 0; i < 5; i++)
        (void)event_base_loop(s->base, EVLOOP_NONBLOCK);
}

/* What the supervisor does: take the wish. False when there is none. */
static bool start_courier(struct scene *s)
{
    struct wire_packet *wish = memory_new(1, sizeof *wish);
    int status;

    turn(s);
    status = wire_receive(s->door, wish, MSG_DONTWAIT);
    if (status == 0) {
        assert_int_equal(wish->head.op, WIRE_COURIER);
        session_close(s);
        s->session = wish->fd;
    }
    free(wish);
    return status == 0;
}

/* The next letter that has come to the courier; 0 when there is none. */
static uint64_t next_letter(struct scene *s)
{
    char bytes[65536];
    struct courier_letter letter;
    size_t used = 0;
    ssize_t n;

    turn(s);
    while ((n = recv(s->session, bytes, sizeof bytes, MSG_DONTWAIT)) > 0)
        buf_add(&s->in, (struct slice){ bytes, (size_t)n });
    if (courier_letter_parse(buf_slice(&s->in), &letter, &used) != PARSE_OK)
        return 0;
    memmove(s->in.p, s->in.p + used, s->in.n - used);
    s->in.n -= used;
    return letter.id;
}

static void answer(struct scene *s, uint64_t id, enum courier_result result)
{
    struct buf out = buf_make(COURIER_ANSWER_MAX);

    assert_true(courier_answer_add(
        &out, &(struct courier_answer){
                  .id = id, .result = result, .retry_after_s = 7, .words = SLICE("words") }));
    assert_int_equal(send(s->session, out.p, out.n, MSG_NOSIGNAL), out.n);
    buf_done(&out);
    turn(s);
}

static void assert_note(const struct scene *s, size_t i, uint64_t id, enum courier_result result,
                        const char *words)
{
    assert_true(i < s->n);
    assert_int_equal(s->notes[i].id, id);
    assert_int_equal(s->notes[i].result, result);
    assert_non_null(strstr(s->notes[i].words, words));
}

static void test_answers(void **state)
{
    struct scene *s = *state;
    uint64_t id = courier_send(s->client, &to_a, answered, s);

    assert_int_equal(s->n, 0); /* never from within the call */
    assert_true(start_courier(s));
    assert_int_equal(next_letter(s), id);
    answer(s, id, COURIER_PERMANENT);
    assert_note(s, 0, id, COURIER_PERMANENT, "words");
    assert_int_equal(s->notes[0].retry_after_s, 7);
    assert_int_equal(courier_in_flight(s->client), 0);
    for (size_t n = 1; n <= 2; n++) {
        id = courier_send(s->client, &to_a, answered, s);
        assert_int_equal(start_courier(s), n == 2); /* there still is one; it went, unseen yet */
        assert_int_equal(next_letter(s), id);
        answer(s, id, COURIER_OK);
        assert_note(s, n, id, COURIER_OK, "words");
        session_close(s);
    }
}

static void test_no_door(void **state)
{
    struct scene *s = *state;

    courier_client_free(s->client);
    s->client = courier_client_new(s->base, -1);
    s->again = true;
    (void)courier_send(s->client, &to_a, answered, s);
    assert_int_equal(s->n, 0);
    turn(s);
    assert_int_equal(s->n, 2); /* the one sent from the callback, too */
    assert_note(s, 0, 1, COURIER_TEMPORARY, "no mailfuse-courier");
    assert_note(s, 1, 2, COURIER_TEMPORARY, "no mailfuse-courier");
}

static void test_supervisor_is_gone(void **state)
{
    struct scene *s = *state;

    (void)close(s->door);
    s->door = -1;
    (void)courier_send(s->client, &to_a, answered, s);
    turn(s);
    assert_note(s, 0, 1, COURIER_TEMPORARY, "supervisor");
}

static void test_limits_of_what_is_under_way(void **state)
{
    struct scene *s = *state;
    uint64_t first, other, id = 0;

    first = send_to(s, "https://a.example.test/");
    for (int i = 1; i < 2 * COURIER_AT_ONCE; i++)
        (void)send_to(s, "https://a.example.test/");
    other = send_to(s, "https://b.example.test/");
    assert_true(start_courier(s));
    for (uint64_t i = 0; i < COURIER_AT_ONCE_TO; i++)
        assert_int_equal(next_letter(s), first + i);
    assert_int_equal(next_letter(s), other); /* it need not wait for those */
    assert_int_equal(next_letter(s), 0);
    answer(s, first + 1, COURIER_OK);
    assert_int_equal(next_letter(s), first + COURIER_AT_ONCE_TO);
    for (char c = 'c'; c < 'z'; c++)
        (void)send_to(s, (char[]){ c, '\0' });
    for (int i = 0; i < COURIER_AT_ONCE - COURIER_AT_ONCE_TO - 1; i++)
        assert_int_not_equal(id = next_letter(s), 0);
    assert_int_equal(next_letter(s), 0);
    answer(s, id, COURIER_OK);
    assert_int_not_equal(next_letter(s), 0);
}

static void test_courier_dies(void **state)
{
    struct scene *s = *state;
    uint64_t first = send_to(s, "a"), second = send_to(s, "b"), third;

    assert_true(start_courier(s));
    assert_int_equal(next_letter(s), first);
    assert_int_equal(next_letter(s), second);
    for (int i = 0; i < COURIER_AT_ONCE; i++)
        (void)send_to(s, "a");
    turn(s);
    third = second + COURIER_AT_ONCE_TO; /* is not under way */
    session_close(s);
    turn(s);
    assert_int_equal(s->n, COURIER_AT_ONCE_TO + 1);
    assert_note(s, 0, first, COURIER_TEMPORARY, "ended");
    assert_true(start_courier(s)); /* for the others */
    assert_int_equal(next_letter(s), third);
}

static void test_late(void **state)
{
    struct scene *s = *state;

    courier_client_set_times(s->client, 10, COURIER_IDLE_MS);
    (void)send_to(s, "a");
    assert_true(start_courier(s));
    while (s->n == 0)
        (void)event_base_loop(s->base, EVLOOP_ONCE);
    assert_note(s, 0, 1, COURIER_TEMPORARY, "in time");
    (void)send_to(s, "a");
    assert_true(start_courier(s)); /* the other one is not trusted */
}

static void test_idle(void **state)
{
    struct scene *s = *state;
    char byte;

    courier_client_set_times(s->client, COURIER_TIMEOUT_MS, 10);
    for (uint64_t i = 1; i <= 3; i++) {
        (void)send_to(s, "a");
        assert_true(start_courier(s));
        assert_int_equal(next_letter(s), i);
        answer(s, i, COURIER_OK);
        while (recv(s->session, &byte, 1, MSG_DONTWAIT) != 0)
            (void)event_base_loop(s->base, EVLOOP_ONCE);
    }
}

static void test_nonsense_from_the_courier(void **state)
{
    struct scene *s = *state;
    const struct {
        uint64_t id; /* 0: no answer at all */
        const char *bytes;
    } cases[] = { { 0, "\xff\xff\xff\xff" }, { 0, "\0\0\0\0" }, { 99999, NULL } };

    for (size_t i = 0; i < COUNT(cases); i++) {
        (void)send_to(s, "a");
        assert_true(start_courier(s));
        if (cases[i].bytes != NULL)
            assert_int_equal(send(s->session, cases[i].bytes, 4, 0), 4);
        else
            answer(s, cases[i].id, COURIER_OK);
        turn(s);
        assert_int_equal(s->n, i + 1);
        assert_note(s, i, i + 1, COURIER_TEMPORARY, "understood");
    }
}

/* Nobody answers for a letter twice. */
static void test_second_answer(void **state)
{
    struct scene *s = *state;
    uint64_t first = send_to(s, "a"), second = send_to(s, "b");

    assert_true(start_courier(s));
    answer(s, first, COURIER_OK);
    answer(s, first, COURIER_OK);
    assert_int_equal(s->n, 2);
    assert_note(s, 1, second, COURIER_TEMPORARY, "understood");
}

static void test_too_much(void **state)
{
    struct scene *s = *state;
    struct courier_letter large = to_a;
    char *bytes = memory_new(1, COURIER_FRAME_MAX);

    large.body = (struct slice){ bytes, COURIER_FRAME_MAX };
    (void)courier_send(s->client, &large, answered, s);
    turn(s);
    assert_note(s, 0, 1, COURIER_PERMANENT, "too long");
    large.body.n = COURIER_FRAME_MAX / 2;
    for (int i = 0; i < 40; i++)
        (void)courier_send(s->client, &large, answered, s);
    turn(s);
    assert_int_equal(s->n, 1 + 40 - (COURIER_BYTES_MAX / (COURIER_FRAME_MAX / 2) - 1));
    assert_note(s, s->n - 1, 41, COURIER_TEMPORARY, "too many");
    free(bytes);
}

static void test_too_many(void **state)
{
    struct scene *s = *state;

    for (int i = 0; i < COURIER_WAITING_MAX + 3; i++)
        (void)send_to(s, "a");
    turn(s);
    assert_int_equal(s->n, 3);
    assert_note(s, 0, COURIER_WAITING_MAX + 1, COURIER_TEMPORARY, "too many");
}

static void test_cancel(void **state)
{
    struct scene *s = *state;
    uint64_t first = send_to(s, "a"), second;

    for (int i = 0; i < COURIER_AT_ONCE_TO; i++)
        second = send_to(s, "a"); /* the last one waits */
    assert_true(start_courier(s));
    courier_cancel(s->client, first);
    courier_cancel(s->client, second);
    courier_cancel(s->client, 4711);
    turn(s);
    assert_int_equal(courier_in_flight(s->client), COURIER_AT_ONCE_TO);
    answer(s, first, COURIER_OK);
    assert_int_equal(s->n, 0);
    s->cancel = first + 2; /* from within a callback */
    session_close(s);
    turn(s);
    assert_int_equal(s->n, COURIER_AT_ONCE_TO - 2);
    assert_int_equal(courier_in_flight(s->client), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_answers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_door, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_supervisor_is_gone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_limits_of_what_is_under_way, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_courier_dies, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_late, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_idle, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nonsense_from_the_courier, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_second_answer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_too_much, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_too_many, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cancel, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
