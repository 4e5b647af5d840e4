/* scene.h - for tests: a box with an engine and a keeper that remembers everything, and that can
 * be left alone with what it has, as after a crash. Times are the test's. */
#ifndef BOX_SCENE_H
#define BOX_SCENE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "box/logins.h"
#include "box/private.h"
#include "box/work.h"

#define ALICE "alice@example.test"
#define BOB "bob@example.test"

/* What is on disk. */
struct kept {
    struct box_incident *incidents;
    struct box_message *messages;
    struct box_blocked *blocks;
    struct box_trusted *trusts;
    uint32_t incidents_n, messages_n, blocks_n, trusts_n;
};

/* The engine as it was. */
struct picture_book {
    struct buf *fuses;
    uint32_t n;
};

struct box_scene {
    struct detect *d;
    struct box *b;
    struct kept kept;
    struct arena strings;
    struct buf notes; /* "who what subject: detail\n" */
    struct wall now;
    uint32_t mails;   /* so many were sent */
    bool forgetful;   /* what changes is not known to be on disk */
    uint32_t keeping; /* calls of the keeper */
    uint32_t touched; /* the engine, or what is kept with it, changes */
};

struct box_scene *scene_new(void);
void scene_free(struct box_scene *s);

/* Another box and engine, from these. The engine may be older or younger than what was kept. */
void scene_restart(struct box_scene *s, const struct kept *kept, const struct picture_book *book,
                   bool enforce);
struct kept kept_copy(const struct kept *from);
void kept_done(struct kept *k);
struct picture_book scene_pictures(const struct box_scene *s);
void pictures_done(struct picture_book *book);

struct subject scene_account(const char *name);
uint32_t scene_fuse(struct box_scene *s, const char *name);
struct box_incident *scene_open(struct box_scene *s, const char *name); /* may be NULL */
struct box_incident *scene_find(struct box_scene *s, uint32_t number);
struct box_decision scene_by(const struct box_scene *s);

/* The engine comes to this, and the box follows. */
void scene_stage(struct box_scene *s, const char *name, enum stage stage);

/* A message to so many; true when it is held. Its queue ID: "Q%u" of s->mails. */
bool scene_mail(struct box_scene *s, const char *name, uint32_t recipients, bool told);

/* Carry out all that is due: how many steps. `why` is what goes wrong with them. */
uint32_t scene_work(struct box_scene *s, const char *why);
void scene_store(struct box_scene *s); /* all that was kept is on disk */

/* A login with a password of that key. */
bool scene_login(struct box_scene *s, const char *name, uint16_t password, bool right);

void scene_pass(struct box_scene *s, int64_t ms);

/* The journal since the last look has these words; NULL: nothing at all. */
bool scene_noted(struct box_scene *s, const char *words);
void scene_forget_notes(struct box_scene *s);

/* All that must be true at any time. */
void scene_check(const struct box_scene *s);

#endif
