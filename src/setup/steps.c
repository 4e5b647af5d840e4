#include "setup/steps.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "setup/plan_postfix.h"
#include "setup/program.h"
#include "setup/restrictions.h"
#include "setup/whole_file.h"

#include "base/ban.h"

enum { PATH_ROOM = 4096, VALUE_MAX = 256 * 1024, COMMAND_WORDS_MAX = 16 };

bool postfix_program(const struct conf_daemon *daemon, const char *program, const char *option,
                     const char *argument, struct buf *out, char error[STEP_ERROR_MAX])
{
    char path[PATH_ROOM];
    const char *argv[] = { path, "-c", daemon->postfix_config_directory, option, argument, NULL };
    struct program_result result;
    int failed;

    snprintf(path, sizeof path, "%s/%s", daemon->postfix_command_directory, program);
    failed = program_capture(argv, &result);
    if (failed != 0)
        snprintf(error, STEP_ERROR_MAX, "%s: %s", path, strerror(-failed));
    else if (result.status != 0)
        snprintf(error, STEP_ERROR_MAX, "%s %s: %.*s", program, option,
                 SLICE_ARG(slice_head(program_complaint(&result), 512)));
    if (out != NULL)
        buf_add(out, buf_slice(&result.out));
    program_done(&result);
    return failed == 0 && result.status == 0;
}

/* `postconf OPTION NAME=VALUE`, or NAME alone. */
static enum step_end postconf(const struct conf_daemon *daemon, const char *option,
                              const char *name, const char *value, char error[STEP_ERROR_MAX])
{
    CLEANUP(buf_done) struct buf argument = buf_make(VALUE_MAX);

    buf_printf(&argument, "%s%s%s", name, value != NULL ? "=" : "", value != NULL ? value : "");
    buf_add_char(&argument, '\0');
    if (argument.full) {
        snprintf(error, STEP_ERROR_MAX, "%s: the value is too long", name);
        return STEP_FAILED;
    }
    return postfix_program(daemon, "postconf", option, argument.p, NULL, error) ? STEP_DONE
                                                                                : STEP_FAILED;
}

static enum step_end failed(char error[STEP_ERROR_MAX], const char *path, int number)
{
    snprintf(error, STEP_ERROR_MAX, "%s: %s", path, strerror(-number));
    return STEP_FAILED;
}

/* Where a line goes: in front of the first setting, but after Dovecot 2.4's versions, which have to
 * be first of all. */
static size_t line_place(struct slice text)
{
    struct slice rest = text, line;

    while (slice_cut(&rest, '\n', &line)) {
        line = slice_trim(line);
        if (line.n > 0 && line.p[0] != '#' &&
            !slice_starts(line, SLICE("dovecot_config_version")) &&
            !slice_starts(line, SLICE("dovecot_storage_version")))
            return (size_t)(line.p - text.p);
    }
    return text.n;
}

/* The beginning of that line in the text; false without one. */
static bool line_find(struct slice text, struct slice wanted, size_t *at)
{
    struct slice rest = text, line;

    while (slice_cut(&rest, '\n', &line)) {
        if (slice_eq(line, wanted)) {
            *at = (size_t)(line.p - text.p);
            return true;
        }
    }
    return false;
}

static enum step_end line_do(const struct step *step, bool undo, char error[STEP_ERROR_MAX])
{
    CLEANUP(buf_done) struct buf text = { 0 };
    CLEANUP(buf_done) struct buf after = buf_make((size_t)2 * WHOLE_FILE_MAX);
    struct slice line = slice_of(step->after);
    int number = whole_file_read(step->name, &text);
    size_t at = 0;
    bool there;

    if (number != 0)
        return failed(error, step->name, number);
    there = line_find(buf_slice(&text), line, &at);
    if (there != undo)
        return STEP_NOTHING;
    if (!there)
        at = line_place(buf_slice(&text));
    while (!there && at > 0 && text.p[at - 1] != '\n')
        at--; /* to the beginning of an indented line */
    buf_add(&after, (struct slice){ text.p, at });
    if (!there)
        buf_printf(&after, "%s\n", step->after);
    buf_add(&after, slice_from(buf_slice(&text), there ? at + line.n + 1 : at));
    number = whole_file_write(step->name, buf_slice(&after), 0644);
    return number != 0 ? failed(error, step->name, number) : STEP_DONE;
}

/* Run it, word by word, without a shell. */
static enum step_end run_command(const char *words, char error[STEP_ERROR_MAX])
{
    char *text = memory_text(words, strlen(words)), *rest = text;
    const char *argv[COMMAND_WORDS_MAX + 1] = { NULL };
    struct program_result result;
    enum step_end end = STEP_FAILED;
    int number;

    for (size_t n = 0; n < COMMAND_WORDS_MAX && rest != NULL; n++)
        argv[n] = strsep(&rest, " ");
    number = program_capture(argv, &result);
    if (number != 0)
        snprintf(error, STEP_ERROR_MAX, "%s: %s", words, strerror(-number));
    else if (result.status != 0)
        snprintf(error, STEP_ERROR_MAX, "%s: %.*s", words,
                 SLICE_ARG(slice_head(program_complaint(&result), 512)));
    else
        end = STEP_DONE;
    program_done(&result);
    free(text);
    return end;
}

enum step_end step_do(const struct step *step, const struct conf_daemon *daemon,
                      char error[STEP_ERROR_MAX])
{
    int number = 0;

    switch (step->kind) {
    case STEP_MAIN_CF:
        return postconf(daemon, "-e", step->name, step->after, error);
    case STEP_MASTER_CF:
        return postconf(daemon, "-P", step->name, step->after, error);
    case STEP_MAP:
        return postfix_program(daemon, "postmap", step->name, NULL, NULL, error) ? STEP_DONE
                                                                                 : STEP_FAILED;
    case STEP_LINE:
        return line_do(step, false, error);
    case STEP_FILE:
        number = whole_file_write(step->name, slice_of(step->after), step->mode);
        break;
    case STEP_MODE:
        number = chmod(step->name, (mode_t)strtoul(step->after, NULL, 8)) < 0 ? -errno : 0;
        break;
    case STEP_COMMAND:
        return run_command(step->name, error);
    case STEP_SERVICE:
        return postconf(daemon, "-M", step->name, step->after, error);
    case STEP_KINDS:
        break;
    }
    return number != 0 ? failed(error, step->name, number) : STEP_DONE;
}

/* The value that a parameter has now; false when it is not set. */
static bool value_now(const struct step *step, const struct conf_daemon *daemon, struct buf *out)
{
    CLEANUP(buf_done) struct buf all = buf_make(WHOLE_FILE_MAX);
    char error[STEP_ERROR_MAX];
    struct slice value;

    if (!postfix_program(daemon, "postconf", step->kind == STEP_MAIN_CF ? "-n" : "-P", NULL, &all,
                         error) ||
        !setup_value(buf_slice(&all), step->name, &value))
        return false;
    buf_add(out, value);
    return true;
}

/* Set it to `value`, or unset it (NULL). */
static enum step_end put_back(const struct step *step, const struct conf_daemon *daemon,
                              const char *value, char error[STEP_ERROR_MAX])
{
    CLEANUP(buf_done) struct buf compact = buf_make(VALUE_MAX);
    bool main_cf = step->kind == STEP_MAIN_CF;

    if (value == NULL)
        return postconf(daemon, main_cf ? "-X" : "-PX", step->name, NULL, error);
    if (main_cf)
        return postconf(daemon, "-e", step->name, value, error);
    if (!restrictions_compact(slice_of(value), &compact)) {
        snprintf(error, STEP_ERROR_MAX, "%s: postconf cannot write it; make it %s by hand",
                 step->name, value);
        return STEP_LEFT;
    }
    buf_add_char(&compact, '\0');
    return postconf(daemon, "-P", step->name, compact.p, error);
}

/* A parameter whose value begins with our reference, or is what the reference stands for. */
static enum step_end undo_parameter(const struct step *step, const struct conf_daemon *daemon,
                                    char error[STEP_ERROR_MAX])
{
    CLEANUP(buf_done) struct buf now = buf_make(VALUE_MAX);
    CLEANUP(buf_done) struct buf rest = buf_make(VALUE_MAX);
    struct slice list = slice_of(step->after), reference = restrictions_item(&list);

    /* Once nothing refers to it, postconf no longer shows it. */
    if (slice_starts(slice_of(step->name), SLICE("mailfuse_")))
        return put_back(step, daemon, step->before, error);
    if (!value_now(step, daemon, &now))
        return STEP_NOTHING;
    if (slice_eq(buf_slice(&now), slice_of(step->after)))
        return put_back(step, daemon, step->before, error);
    if (!restrictions_without(buf_slice(&now), reference, &rest))
        return STEP_NOTHING;
    buf_add_char(&rest, '\0');
    if (rest.n == 1 && step->before == NULL)
        return put_back(step, daemon, NULL, error);
    return put_back(step, daemon, rest.p, error);
}

static enum step_end undo_file(const struct step *step, char error[STEP_ERROR_MAX])
{
    CLEANUP(buf_done) struct buf now = { 0 };
    int number = whole_file_read(step->name, &now);

    if (number == -ENOENT)
        return STEP_NOTHING;
    if (number != 0)
        return failed(error, step->name, number);
    if (!slice_eq(buf_slice(&now), slice_of(step->after))) {
        snprintf(error, STEP_ERROR_MAX, "%s: has changed since; look at it, and remove it by hand",
                 step->name);
        return STEP_LEFT;
    }
    if (step->before != NULL)
        number = whole_file_write(step->name, slice_of(step->before), step->mode);
    else if (unlink(step->name) < 0)
        number = -errno;
    return number != 0 ? failed(error, step->name, number) : STEP_DONE;
}

/* The file that postmap made goes when nobody is locked by it. */
static enum step_end undo_map(const struct step *step, char error[STEP_ERROR_MAX])
{
    struct slice path = slice_of(step->name), type;
    char type_text[32], file[PATH_ROOM];
    struct stat st;

    if (!slice_cut(&path, ':', &type))
        return STEP_NOTHING;
    snprintf(type_text, sizeof type_text, "%.*s", SLICE_ARG(type));
    if (stat(path.p, &st) == 0 && st.st_size > 0)
        return STEP_NOTHING;
    snprintf(file, sizeof file, "%s%s", path.p, setup_map_suffix(type_text));
    if (unlink(file) < 0 && errno != ENOENT)
        return failed(error, file, -errno);
    return STEP_DONE;
}

static enum step_end undo_mode(const struct step *step, char error[STEP_ERROR_MAX])
{
    struct stat st;

    if (stat(step->name, &st) < 0)
        return STEP_NOTHING;
    if ((st.st_mode & 07777) != strtoul(step->after, NULL, 8)) {
        snprintf(error, STEP_ERROR_MAX, "%s: its mode has changed since, and stays", step->name);
        return STEP_LEFT;
    }
    if (chmod(step->name, (mode_t)strtoul(step->before, NULL, 8)) < 0)
        return failed(error, step->name, -errno);
    return STEP_DONE;
}

enum step_end step_undo(const struct step *step, const struct conf_daemon *daemon,
                        char error[STEP_ERROR_MAX])
{
    switch (step->kind) {
    case STEP_MAIN_CF:
    case STEP_MASTER_CF:
        return undo_parameter(step, daemon, error);
    case STEP_FILE:
        return undo_file(step, error);
    case STEP_MAP:
        return undo_map(step, error);
    case STEP_LINE:
        return line_do(step, true, error);
    case STEP_MODE:
        return undo_mode(step, error);
    case STEP_SERVICE:
        return postconf(daemon, step->before != NULL ? "-M" : "-MX", step->name, step->before,
                        error);
    case STEP_COMMAND:
        if (step->before == NULL)
            return STEP_NOTHING;
        return run_command(step->before, error) == STEP_DONE ? STEP_DONE : STEP_LEFT;
    case STEP_KINDS:
        break;
    }
    return STEP_NOTHING;
}

/* One word of a shell. */
static void add_quoted(struct buf *out, const char *text)
{
    buf_add(out, SLICE(" '"));
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            buf_add(out, SLICE("'\\''"));
        else
            buf_add_char(out, *text);
    }
    buf_add_char(out, '\'');
}

void step_command(const struct step *step, const struct conf_daemon *daemon, struct buf *out)
{
    CLEANUP(buf_done) struct buf pair = buf_make(VALUE_MAX);
    const char *after = step->after != NULL ? step->after : "";

    buf_printf(&pair, "%s=%s", step->name, after);
    buf_add_char(&pair, '\0');
    switch (step->kind) {
    case STEP_MAIN_CF:
    case STEP_MASTER_CF:
        buf_printf(out, "postconf -c %s %s", daemon->postfix_config_directory,
                   step->kind == STEP_MAIN_CF ? "-e" : "-P");
        add_quoted(out, pair.p);
        break;
    case STEP_MAP:
        buf_printf(out, "postmap -c %s %s", daemon->postfix_config_directory, step->name);
        break;
    case STEP_LINE:
        buf_printf(out, "# write %s in front of the first setting of %s", after, step->name);
        break;
    case STEP_FILE:
        buf_printf(out, "install -m %03o", step->mode);
        buf_add(out, after[0] == '\0' ? SLICE(" /dev/null ") : SLICE(" /dev/stdin "));
        buf_printf(out, "%s", step->name);
        break;
    case STEP_MODE:
        buf_printf(out, "chmod %s %s", after, step->name);
        break;
    case STEP_COMMAND:
        buf_printf(out, "%s", step->name);
        break;
    case STEP_SERVICE:
        buf_printf(out, "postconf -c %s -M", daemon->postfix_config_directory);
        add_quoted(out, pair.p);
        break;
    case STEP_KINDS:
        break;
    }
}
