#include "cli/setup_show.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/escape.h"

#include "base/ban.h"

enum { COMMAND_MAX = 512 * 1024 };

static const char *const outcomes[] = {
    [SETUP_NOTHING] = "nothing-to-do",   [SETUP_PLANNED] = "planned", [SETUP_APPLIED] = "applied",
    [SETUP_ROLLED_BACK] = "rolled-back", [SETUP_UNDONE] = "undone",
};

/* What other programs and files say goes to a terminal. */
static void say(const char *before, struct slice text, const char *after)
{
    CLEANUP(buf_done) struct buf safe = buf_make(COMMAND_MAX);

    escape_terminal(&safe, text);
    printf("%s%.*s%s", before, SLICE_ARG(buf_slice(&safe)), after);
}

/* Each line of a text behind a sign. */
static void show_side(const char *sign, const char *name, const char *text)
{
    struct slice rest = slice_of(text), line;

    if (name != NULL) {
        printf("   %s ", sign);
        say("", slice_of(name), " = ");
        say("", rest, "\n");
        return;
    }
    while (slice_cut(&rest, '\n', &line)) {
        printf("   %s ", sign);
        say("", line, "\n");
    }
    if (rest.n > 0) {
        printf("   %s ", sign);
        say("", rest, "\n");
    }
}

static void show_step(const struct setup *s, const struct step *step, uint32_t number)
{
    static const char *const heads[STEP_KINDS] = {
        [STEP_MAIN_CF] = "main.cf: ",   [STEP_MASTER_CF] = "master.cf: ",
        [STEP_FILE] = "file ",          [STEP_MAP] = "map ",
        [STEP_LINE] = "a new line in ", [STEP_MODE] = "permissions of ",
        [STEP_COMMAND] = "command ",    [STEP_SERVICE] = "master.cf: ",
    };
    bool parameter = step->kind == STEP_MAIN_CF || step->kind == STEP_MASTER_CF;
    CLEANUP(buf_done) struct buf command = buf_make(COMMAND_MAX);

    printf("%u. %s", (unsigned)number, heads[step->kind]);
    say("", slice_of(step->name), "\n");
    if (step->before != NULL && step->kind != STEP_COMMAND)
        show_side("-", parameter ? step->name : NULL, step->before);
    if (step->after != NULL)
        show_side("+", parameter ? step->name : NULL, step->after);
    if (step->why != NULL)
        printf("   %s\n", step->why);
    step_command(step, s->site.daemon, &command);
    say("   $ ", buf_slice(&command), "\n\n");
}

static void show_text(const struct setup *s, const struct plan *plan)
{
    if (s->outcome == SETUP_NOTHING && s->error[0] == '\0')
        printf("%s: nothing to do.\n", s->server->name);
    for (uint32_t i = 0; i < plan->steps_n; i++)
        show_step(s, &plan->steps[i], i + 1);
    if (s->outcome == SETUP_PLANNED && s->error[0] == '\0')
        printf("Nothing was changed. mailfuse setup %s --apply does all of this, keeps copies in\n"
               "%s, and --undo takes it back.\n",
               s->server->name, s->site.daemon->state_directory);
    if (s->outcome == SETUP_APPLIED)
        printf("Done; copies of what was there are in %s.\n", s->backup);
    if (s->outcome == SETUP_UNDONE)
        puts("Taken back.");
    if ((s->outcome == SETUP_APPLIED || s->outcome == SETUP_UNDONE) && s->server->reload != NULL)
        printf("Now: %s\n", s->server->reload);
    for (uint32_t i = 0; i < plan->notes_n; i++)
        say("Note: ", slice_of(plan->notes[i]), "\n");
}

static json_t *text_or_null(const char *text)
{
    json_t *string = text != NULL ? json_string(text) : json_null();

    return string != NULL ? string : json_string("?"); /* no UTF-8 */
}

static void show_json(const struct setup *s, const struct plan *plan)
{
    json_t *steps = json_array(), *notes = json_array(), *all;
    char *text;

    for (uint32_t i = 0; i < plan->steps_n; i++) {
        const struct step *step = &plan->steps[i];
        CLEANUP(buf_done) struct buf command = buf_make(COMMAND_MAX);

        step_command(step, s->site.daemon, &command);
        buf_add_char(&command, '\0');
        json_array_append_new(
            steps, json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "kind", step_kind_name(step->kind),
                             "name", text_or_null(step->name), "before", text_or_null(step->before),
                             "after", text_or_null(step->after), "command", text_or_null(command.p),
                             "why", text_or_null(step->why)));
    }
    for (uint32_t i = 0; i < plan->notes_n; i++)
        json_array_append_new(notes, text_or_null(plan->notes[i]));
    all = json_pack("{s:s, s:s, s:o, s:o, s:o, s:o}", "server", s->server->name, "outcome",
                    outcomes[s->outcome], "steps", steps, "notes", notes, "backup",
                    text_or_null(s->backup[0] != '\0' ? s->backup : NULL), "error",
                    text_or_null(s->error[0] != '\0' ? s->error : NULL));
    text = json_dumps(all, JSON_INDENT(1));
    if (text != NULL)
        puts(text);
    free(text);
    json_decref(all);
}

void setup_show(const struct setup *s, const struct plan *plan)
{
    if (s->json)
        show_json(s, plan);
    else
        show_text(s, plan);
    if (s->error[0] == '\0')
        return;
    fprintf(stderr, "mailfuse setup %s: %s\n", s->server->name, s->error);
    if (s->outcome == SETUP_ROLLED_BACK)
        fputs("Everything was put back as it was.\n", stderr);
}
