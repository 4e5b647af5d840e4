/* What following needs of the system: descriptors, events, and what it does without them. */
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "watch/follow_scene.h"

#include "base/ban.h"

#define LOG "mail.log"

static const char *const one_log[] = { LOG };

static void want(const struct buf *got, const char *text)
{
    if (!slice_eq(buf_slice(got), slice_of(text)))
        fail_msg("got \"%.*s\", want \"%s\"", SLICE_ARG(buf_slice(got)), text);
}

static size_t open_descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    size_t n = 0;

    assert_non_null(dir);
    while (readdir(dir) != NULL)
        n++;
    closedir(dir);
    return n;
}

/* However often it is rotated: the log, the file before, and what had the last word before that. */
static void test_descriptors(void **state)
{
    size_t before = open_descriptors(), most = 0;
    struct scene *s = scene_new(one_log, 1);

    (void)state;
    scene_add(s, LOG, "a");
    scene_start(s);
    for (unsigned i = 0; i < 40; i++) {
        char name[40];

        snprintf(name, sizeof name, LOG ".%u", 1000 + i);
        scene_move(s, LOG, name);
        scene_add(s, LOG, "b");
        scene_wait(s, 100);
        most = open_descriptors() > most ? open_descriptors() : most;
    }
    assert_int_equal(s->got.n, 80);
    assert_in_range(most, before, before + 4); /* with inotify */
    scene_wait(s, 11000);
    scene_wait(s, 11000);
    assert_int_equal(open_descriptors(), before + 2);
    scene_free(s);
    assert_int_equal(open_descriptors(), before);
}

/* Without the right to read a file it cannot be watched: it is read ten times a second. */
static void test_no_right_to_watch(void **state)
{
    struct scene *s = scene_new(one_log, 1);

    (void)state;
    if (geteuid() != 0) {
        scene_free(s);
        skip();
    }
    scene_add(s, LOG, "a");
    s->later = true;
    s->follow = follow_new(&s->options);
    follow_step(s->follow, 9, s->now, s->at);
    follow_opened(s->follow, scene_path(s, LOG), open(scene_path(s, LOG), O_RDONLY | O_CLOEXEC));
    assert_int_equal(seteuid(65534), 0);
    follow_step(s->follow, 9, s->now, s->at);
    assert_int_equal(seteuid(0), 0);
    assert_int_equal(follow_wait_ms(s->follow), 100);
    scene_add(s, LOG, "b");
    s->at.ms += 100;
    follow_step(s->follow, 9, s->now, s->at);
    want(&s->got, "b ");
    scene_free(s);
}

/* Events come for lines, new files and renamed ones; without them a second is enough. */
static void test_events(void **state)
{
    struct scene *s = scene_new(one_log, 1);
    struct pollfd fds = { .events = POLLIN };
    int fd[FOLLOW_FDS];

    (void)state;
    scene_add(s, LOG, "a");
    scene_start(s);
    assert_int_equal(follow_fds(s->follow, fd), 1);
    fds.fd = fd[0];
    assert_int_equal(follow_wait_ms(s->follow), 1000);
    assert_int_equal(poll(&fds, 1, 0), 0);
    scene_add(s, LOG, "b");
    assert_int_equal(poll(&fds, 1, 0), 1);
    scene_step(s);
    assert_int_equal(poll(&fds, 1, 0), 0);
    scene_move(s, LOG, LOG ".1");
    assert_int_equal(poll(&fds, 1, 0), 1);
    scene_step(s);
    scene_add(s, LOG, "c");
    assert_int_equal(poll(&fds, 1, 0), 1);
    scene_step(s); /* no time has passed */
    want(&s->got, "b c ");
    scene_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_descriptors),
        cmocka_unit_test(test_no_right_to_watch),
        cmocka_unit_test(test_events),
    };

    return cmocka_run_group_tests_name("watch-follow-events", tests, NULL, NULL);
}
