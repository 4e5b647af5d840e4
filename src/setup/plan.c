#include "setup/plan.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/ban.h"

enum { NOTE_MAX = 2048 };

void plan_done(struct plan *plan)
{
    arena_done(&plan->arena);
    *plan = (struct plan){ .steps_n = 0 };
}

const char *plan_copy(struct plan *plan, struct slice text)
{
    return arena_copy(&plan->arena, text).p;
}

static const char *copy_or_null(struct plan *plan, const char *text)
{
    return text != NULL ? plan_copy(plan, slice_of(text)) : NULL;
}

void plan_step(struct plan *plan, const struct step *step)
{
    if (plan->steps_n == PLAN_STEPS_MAX) {
        plan_refuse(plan, "there is more to change than this program does at a time");
        return;
    }
    plan->steps[plan->steps_n++] = (struct step){
        .kind = step->kind,
        .name = copy_or_null(plan, step->name),
        .before = copy_or_null(plan, step->before),
        .after = copy_or_null(plan, step->after),
        .why = copy_or_null(plan, step->why),
        .mode = step->mode,
    };
}

void plan_note(struct plan *plan, const char *format, ...)
{
    char text[NOTE_MAX];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    for (uint32_t i = 0; i < plan->notes_n; i++)
        if (strcmp(plan->notes[i], text) == 0)
            return;
    if (plan->notes_n < PLAN_NOTES_MAX)
        plan->notes[plan->notes_n++] = plan_copy(plan, slice_of(text));
}

void plan_refuse(struct plan *plan, const char *format, ...)
{
    char text[NOTE_MAX];
    va_list args;

    if (plan->refusal != NULL)
        return;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    plan->refusal = plan_copy(plan, slice_of(text));
}

const struct step *plan_find(const struct plan *plan, enum step_kind kind, const char *name)
{
    for (uint32_t i = 0; i < plan->steps_n; i++)
        if (plan->steps[i].kind == kind && strcmp(plan->steps[i].name, name) == 0)
            return &plan->steps[i];
    return NULL;
}

const char *step_kind_name(enum step_kind kind)
{
    static const char *const names[STEP_KINDS] = {
        [STEP_MAIN_CF] = "main.cf", [STEP_MASTER_CF] = "master.cf", [STEP_FILE] = "file",
        [STEP_MAP] = "map",         [STEP_LINE] = "line",           [STEP_MODE] = "mode",
        [STEP_COMMAND] = "command", [STEP_SERVICE] = "service",
    };

    return names[kind];
}
