/* random_scene.h - for tests: whatever may happen to a box, in any order, from a seed. */
#ifndef BOX_RANDOM_SCENE_H
#define BOX_RANDOM_SCENE_H

#include "box/scene.h"

enum { RANDOM_RUNNING = 64 };

struct random_scene {
    struct box_scene *s;
    uint64_t seed;
    struct box_work running[RANDOM_RUNNING];
    uint32_t running_n;
    bool steady; /* the clock is never set back */
};

/* A number below `n`. */
uint32_t random_below(struct random_scene *r, uint32_t n);

/* Something happens. */
void random_step(struct random_scene *r);

/* All that is running, or due within the next minutes, is carried out. */
void random_finish(struct random_scene *r);

#endif
