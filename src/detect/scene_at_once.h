/* scene_at_once.h - much mail at once while others go on, by an engine that never locks: rows that
 * several tests play. */
#ifndef DETECT_SCENE_AT_ONCE_H
#define DETECT_SCENE_AT_ONCE_H

#include "detect/scene.h"

enum { NINE = 9 * 60, NIGHT = 2 * 60, MONDAY = 8 };

#define ALICE "alice@example.test"
/* A working week; then others log in every ten seconds for four hours, so that time passes. */
#define AROUND                                                                                     \
    { SCENE_MAIL, 1, 5, NINE, ALICE, "192.0.2.7", 0, 9, 3000, 1, 20, 0, 0, 1 },                    \
    {                                                                                              \
        SCENE_LOGINS, MONDAY, 1, NIGHT, "bob@example.test", "192.0.2.9", 0, 1440, 10               \
    }
/* A program that nobody knows sends from eight networks, `n` messages at once. */
#define AT_ONCE(n, recipients, after_s)                                                            \
    {                                                                                              \
        SCENE_MAIL, MONDAY, 1, NIGHT, ALICE, "203.*.113.5", 8, n, 0, recipients, 0, 0, 0, 2, 0,    \
            after_s                                                                                \
    }

static const struct detect_options never_locks = { .hold_score = 4, .lock_score = 1e6 };

#endif
