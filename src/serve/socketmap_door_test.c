#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "serve/door_scene.h"
#include "serve/listen.h"
#include "serve/socketmap_door.h"

#include "base/ban.h"

/* "login KEY" is found, "big KEY" has so many bytes, "bad" is no reply, nothing else is known. */
static void answer(void *ctx, struct slice map, struct slice key, struct buf *reply)
{
    uint64_t n = 0;

    (void)ctx;
    assert_int_equal(reply->n, 0);
    if (slice_eq(map, SLICE("login"))) {
        buf_printf(reply, "OK %.*s", SLICE_ARG(key));
    } else if (slice_eq(map, SLICE("big")) && slice_to_u64(key, &n)) {
        buf_add(reply, SLICE("OK "));
        while (n-- > 0)
            buf_add_char(reply, 'x');
    } else {
        buf_add(reply, slice_eq(map, SLICE("bad")) ? SLICE("sorry") : SLICE("NOTFOUND "));
    }
}

static void trouble(void *ctx, const char *text)
{
    (void)text;
    ++*(unsigned *)ctx;
}

struct map_scene {
    struct event_base *base;
    struct socketmap_door *door;
    int fd; /* of a client */
    unsigned troubles;
};

static void map_open(struct map_scene *m)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct socketmap_door_options options = { .answer = answer, .trouble = trouble };
    int listening = scene_listen();

    *m = (struct map_scene){ .base = event_base_new() };
    options.ctx = &m->troubles;
    to.sin_port = htons((uint16_t)listen_port(listening));
    m->door = socketmap_door_new(m->base, &listening, 1, &options);
    m->fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(m->fd, (struct sockaddr *)&to, sizeof to), 0);
}

static struct socketmap_door_stats map_close(struct map_scene *m)
{
    struct socketmap_door_stats stats;

    socketmap_door_stats(m->door, &stats);
    socketmap_door_free(m->door);
    event_base_free(m->base);
    close(m->fd);
    return stats;
}

static void expect(struct map_scene *m, const char *want)
{
    struct buf got = buf_make(SIZE_MAX / 2);

    assert_false(scene_hear(m->base, m->fd, strlen(want), &got));
    if (!slice_eq(buf_slice(&got), slice_of(want)))
        fail_msg("got '%.*s', want '%s'", SLICE_ARG(buf_slice(&got)), want);
    buf_done(&got);
}

static void test_lookups(void **state)
{
    struct socketmap_door_stats stats;
    struct map_scene m;

    (void)state;
    map_open(&m);
    scene_say(m.base, m.fd, SLICE("24:login alice@example.test,"));
    expect(&m, "21:OK alice@example.test,");
    scene_say(m.base, m.fd, SLICE("7:route *,7:login b,9:log"));
    expect(&m, "9:NOTFOUND ,4:OK b,");
    scene_say(m.base, m.fd, SLICE("in a b,5:bad x,"));
    expect(&m, "6:OK a b,30:TEMP the answer cannot be sent,");
    scene_say(m.base, m.fd, SLICE("9:big 99998,"));
    expect(&m, "30:TEMP the answer cannot be sent,");
    stats = map_close(&m);
    assert_int_equal(stats.door.requests, 6);
    assert_int_equal(stats.replaced, 2);
    assert_int_equal(m.troubles, 0);
}

static void test_large(void **state)
{
    struct buf got = buf_make(SIZE_MAX / 2), ask = buf_make(SIZE_MAX / 2);
    struct map_scene m;

    (void)state;
    map_open(&m);
    scene_say(m.base, m.fd, SLICE("9:big 99997,"));
    assert_false(scene_hear(m.base, m.fd, 100008, &got));
    assert_int_equal(got.n, 100008);
    assert_true(slice_starts(buf_slice(&got), SLICE("100000:OK xxx")));

    buf_add(&ask, SLICE("100000:login "));
    while (ask.n < 100007)
        buf_add_char(&ask, 'k');
    buf_add_char(&ask, ',');
    scene_say(m.base, m.fd, buf_slice(&ask));
    buf_clear(&got);
    assert_false(scene_hear(m.base, m.fd, 99997 + 7, &got));
    assert_true(slice_starts(buf_slice(&got), SLICE("99997:OK kkk")));
    (void)map_close(&m);
    buf_done(&ask);
    buf_done(&got);
}

static void test_malformed(void **state)
{
    struct buf got = buf_make(1000);
    struct map_scene m;

    (void)state;
    map_open(&m);
    scene_say(m.base, m.fd, SLICE("7:login a,request=smtpd_access_policy\n"));
    assert_true(scene_hear(m.base, m.fd, SIZE_MAX, &got));
    assert_true(slice_eq(buf_slice(&got), SLICE("4:OK a,")));
    assert_int_equal(map_close(&m).door.malformed, 1);
    assert_int_equal(m.troubles, 1);
    buf_done(&got);
}

static void test_drain(void **state)
{
    struct buf got = buf_make(1000);
    struct map_scene m;

    (void)state;
    map_open(&m);
    scene_say(m.base, m.fd, SLICE("7:login"));
    event_base_loop(m.base, EVLOOP_NONBLOCK);
    socketmap_door_drain(m.door);
    scene_say(m.base, m.fd, SLICE(" a,"));
    assert_true(scene_hear(m.base, m.fd, SIZE_MAX, &got));
    assert_true(slice_eq(buf_slice(&got), SLICE("4:OK a,")));
    (void)map_close(&m);
    socketmap_door_free(NULL);
    buf_done(&got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lookups),
        cmocka_unit_test(test_large),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_drain),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
