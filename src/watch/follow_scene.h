/* follow_scene.h - for tests: logs in a folder of their own, what is done to them, and what
 * follow.h gives of them. Time is set, never waited for. */
#ifndef WATCH_FOLLOW_SCENE_H
#define WATCH_FOLLOW_SCENE_H

#include "watch/fixture.h"
#include "watch/follow.h"

enum { SCENE_PATHS = 3 };

struct scene {
    struct fixture files;
    struct follow_options options; /* change before the start */
    const char *paths[SCENE_PATHS];
    char positions[SCENE_PATHS][FOLLOW_TEXT_MAX]; /* what the store would have */
    struct follow *follow;                        /* NULL while mailfuse is down */
    struct wall now;                              /* of written lines: a second later each */
    struct mono at;
    size_t budget;
    struct buf got;                     /* "one two " */
    struct buf old;                     /* the same of old lines */
    struct buf troubles;                /* "NAME: what\n", "NAME: over\n" */
    bool deny;                          /* opening is not permitted */
    bool later;                         /* descriptors come by follow_opened */
    struct buf asked;                   /* "path\n": those that are due then */
    void (*meanwhile)(struct scene *s); /* if not NULL, called once before the next of them comes */
};

/* `names` of up to SCENE_PATHS logs, in the folder of the scene. */
struct scene *scene_new(const char *const *names, size_t n);
void scene_free(struct scene *s);

const char *scene_path(struct scene *s, const char *name);

/* Append a line with a time stamp and `text`; or bytes as they are. */
void scene_add(struct scene *s, const char *name, const char *text);
void scene_add_raw(struct scene *s, const char *name, const char *bytes);

void scene_move(struct scene *s, const char *from, const char *to);
void scene_copy(struct scene *s, const char *from, const char *to);
void scene_empty(struct scene *s, const char *name);
void scene_remove(struct scene *s, const char *name);
/* `name` becomes `to`, with a suffix of packing, and keeps its date, as gzip(1) does it. */
void scene_pack(struct scene *s, const char *name, const char *to);

/* Run until it is caught up; does nothing while mailfuse is down. */
void scene_step(struct scene *s);
/* The same after `ms` have gone by. */
void scene_wait(struct scene *s, int64_t ms);

void scene_start(struct scene *s);
/* End without another look at the files; the positions are kept. */
void scene_stop(struct scene *s);

#endif
