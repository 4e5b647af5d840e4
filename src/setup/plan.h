/* plan.h - what `mailfuse setup` changes on a machine: steps in their order, each with what
 * was there before, what is there afterwards, and why. Pure; planning touches nothing. */
#ifndef SETUP_PLAN_H
#define SETUP_PLAN_H

#include "base/arena.h"
#include "base/buf.h"

enum step_kind {
    STEP_MAIN_CF,   /* name: a parameter; before NULL: not set */
    STEP_MASTER_CF, /* name: SERVICE/TYPE/PARAMETER, as `postconf -P` has it; before is set */
    STEP_FILE,      /* name: a path; before NULL: no such file; after: its text */
    STEP_MAP,       /* name: TYPE:PATH, which postmap(1) makes of PATH */
    STEP_LINE,      /* name: a path; after: the line that is added */
    STEP_MODE,      /* name: a path; before and after in octal digits */
    STEP_COMMAND,   /* name: a program by its path and its words, with a blank between any two;
                       before: the same, for what takes it back */
    STEP_SERVICE, /* name: SERVICE/TYPE of master.cf; after: its line, and before: what was there */
    STEP_KINDS
};

struct step {
    enum step_kind kind;
    const char *name, *before, *after, *why;
    unsigned mode; /* STEP_FILE: permissions */
};

enum { PLAN_STEPS_MAX = 256, PLAN_NOTES_MAX = 64 };

struct plan { /* `{ 0 }` is empty */
    struct step steps[PLAN_STEPS_MAX];
    uint32_t steps_n;
    const char *notes[PLAN_NOTES_MAX]; /* what to do or to know besides */
    uint32_t notes_n;
    const char *refusal; /* why nothing can be done; NULL: it can */
    uint32_t found;      /* services, or files, that matter here */
    struct arena arena;
};

void plan_done(struct plan *plan);

/* Texts are copied. A step beyond PLAN_STEPS_MAX is a refusal. */
void plan_step(struct plan *plan, const struct step *step);
void plan_note(struct plan *plan, const char *format, ...) PRINTF(2, 3);
void plan_refuse(struct plan *plan, const char *format, ...) PRINTF(2, 3);

/* That kind of step with that name, or NULL. */
const struct step *plan_find(const struct plan *plan, enum step_kind kind, const char *name);

/* "main.cf", "line" and so on, as in JSON. Never NULL. */
const char *step_kind_name(enum step_kind kind);

/* A copy with a NUL after it, in the plan's arena. */
const char *plan_copy(struct plan *plan, struct slice text);

#endif
