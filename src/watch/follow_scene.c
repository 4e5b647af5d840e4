#include "watch/follow_scene.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

#include "base/ban.h"

enum { FILE_MAX = 1 << 20, STEPS_MAX = 10000 };

static int open_one(void *ctx, const char *path)
{
    struct scene *s = ctx;
    int fd;

    if (s->deny)
        return -EACCES;
    if (s->later) {
        buf_printf(&s->asked, "%s\n", path);
        return -EINPROGRESS;
    }
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)
        return -errno;
    return fd;
}

static void take_one(void *ctx, const struct follow_line *line)
{
    struct scene *s = ctx;
    struct slice text = line->kind == LOGLINE_OK ? line->line.text : line->raw;

    buf_printf(line->old ? &s->old : &s->got, "%.*s ", SLICE_ARG(text));
}

static void note_trouble(void *ctx, const char *name, const char *what, bool over)
{
    struct scene *s = ctx;
    struct slice rest = slice_of(name), base = rest;

    slice_cut_last(&rest, '/', &base);
    buf_printf(&s->troubles, "%.*s: %s\n", SLICE_ARG(base), over ? "over" : what);
}

struct scene *scene_new(const char *const *names, size_t n)
{
    struct scene *s = memory_new(1, sizeof *s);

    assert(n <= SCENE_PATHS);
    s->files = fixture_make();
    s->got = buf_make(1 << 20);
    s->old = buf_make(1 << 20);
    s->troubles = buf_make(1 << 16);
    s->asked = buf_make(1 << 16);
    s->now.ms = INT64_C(1795316645000); /* 2026-11-22T03:04:05Z */
    s->at.ms = 1000;
    s->budget = 100;
    for (size_t i = 0; i < n; i++)
        s->paths[i] = fixture_path(&s->files, names[i]);
    s->options = (struct follow_options){ .paths = s->paths,
                                          .paths_n = n,
                                          .open = open_one,
                                          .take = take_one,
                                          .trouble = note_trouble,
                                          .ctx = s };
    return s;
}

void scene_free(struct scene *s)
{
    follow_free(s->follow);
    fixture_done(&s->files);
    buf_done(&s->got);
    buf_done(&s->old);
    buf_done(&s->troubles);
    buf_done(&s->asked);
    free(s);
}

const char *scene_path(struct scene *s, const char *name)
{
    return fixture_path(&s->files, name);
}

/* Files are as old as the lines in them. */
static void set_date(const struct scene *s, const char *path)
{
    struct timespec times[2] = { { .tv_sec = s->now.ms / SECOND_MS }, { 0 } };

    times[1] = times[0];
    utimensat(AT_FDCWD, path, times, 0);
}

void scene_add_raw(struct scene *s, const char *name, const char *bytes)
{
    const char *path = scene_path(s, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    struct slice text = slice_of(bytes);

    if (fd < 0 || write(fd, text.p, text.n) != (ssize_t)text.n)
        abort();
    close(fd);
    set_date(s, path);
}

void scene_add(struct scene *s, const char *name, const char *text)
{
    CLEANUP(buf_done) struct buf line = buf_make(FILE_MAX);
    char at[WALL_TEXT_MAX];

    s->now.ms += SECOND_MS;
    buf_printf(&line, "%s h p: %s\n", wall_rfc3339(s->now, 0, false, at), text);
    buf_add_char(&line, '\0');
    scene_add_raw(s, name, line.p);
}

void scene_move(struct scene *s, const char *from, const char *to)
{
    if (rename(scene_path(s, from), scene_path(s, to)) != 0)
        abort();
}

static struct slice content(const char *path, char *room)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, room, FILE_MAX) : -1;

    if (n < 0)
        abort();
    close(fd);
    return (struct slice){ room, (size_t)n };
}

static void keep_date(const char *of, const char *path)
{
    struct timespec times[2];
    struct stat st;

    if (stat(of, &st) != 0)
        abort();
    times[0] = times[1] = st.st_mtim;
    utimensat(AT_FDCWD, path, times, 0);
}

void scene_copy(struct scene *s, const char *from, const char *to)
{
    char *room = memory_new(FILE_MAX, 1);

    keep_date(scene_path(s, from),
              fixture_file(&s->files, to, content(scene_path(s, from), room), NULL));
    free(room);
}

void scene_pack(struct scene *s, const char *name, const char *to)
{
    scene_copy(s, name, to);
    scene_remove(s, name);
}

void scene_empty(struct scene *s, const char *name)
{
    if (truncate(scene_path(s, name), 0) != 0)
        abort();
    set_date(s, scene_path(s, name));
}

void scene_remove(struct scene *s, const char *name)
{
    if (unlink(scene_path(s, name)) != 0)
        abort();
}

/* Bring what was asked for. */
static void answer(struct scene *s)
{
    CLEANUP(buf_done) struct buf asked = s->asked;
    struct slice rest = buf_slice(&asked), path;

    s->asked = buf_make(1 << 16);
    if (rest.n > 0 && s->meanwhile != NULL) {
        s->meanwhile(s);
        s->meanwhile = NULL;
    }
    while (slice_cut(&rest, '\n', &path)) {
        char name[512];
        int fd;

        snprintf(name, sizeof name, "%.*s", SLICE_ARG(path));
        fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        follow_opened(s->follow, name, fd >= 0 ? fd : -errno);
    }
}

static void save(struct scene *s)
{
    const char *name;

    for (size_t i = 0; i < s->options.paths_n; i++) {
        char text[FOLLOW_TEXT_MAX];

        if (!follow_position(s->follow, i, &name, text) || strcmp(name, s->paths[i]) != 0)
            abort();
        if (text[0] != '\0')
            memcpy(s->positions[i], text, sizeof text);
    }
}

void scene_step(struct scene *s)
{
    size_t steps = 0;

    if (s->follow == NULL)
        return;
    while (follow_step(s->follow, s->budget, s->now, s->at) || s->asked.n > 0) {
        answer(s);
        if (++steps == STEPS_MAX)
            abort();
    }
    save(s);
}

void scene_wait(struct scene *s, int64_t ms)
{
    s->at.ms += ms;
    scene_step(s);
}

void scene_start(struct scene *s)
{
    const char *positions[SCENE_PATHS];

    for (size_t i = 0; i < SCENE_PATHS; i++)
        positions[i] = s->positions[i][0] != '\0' ? s->positions[i] : NULL;
    s->options.positions = positions;
    s->follow = follow_new(&s->options);
    s->options.positions = NULL;
    scene_step(s);
}

void scene_stop(struct scene *s)
{
    if (s->follow != NULL)
        save(s);
    follow_free(s->follow);
    s->follow = NULL;
}
