/* setup_postfix.c - Postfix, read by postconf(1) and checked by `postfix check`. */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "act/lock_files.h"
#include "cli/program.h"
#include "cli/setup_plan_postfix.h"
#include "cli/setup_server.h"
#include "cli/whole_file.h"

#include "base/ban.h"

enum { PATH_ROOM = 4096 };

/* A map of locks has to be there, even empty, or Postfix defers all mail. */
static void plan_map(struct plan *plan, const struct conf_map *map, const char *suffix,
                     const char *why)
{
    char source[PATH_ROOM], path[PATH_ROOM + 16], text[PATH_ROOM];

    if (map->text[0] == '\0')
        return;
    snprintf(source, sizeof source, "%s%s", map->path, suffix);
    snprintf(text, sizeof text, "%s%s", map->text, suffix);
    if (access(source, F_OK) < 0)
        plan_step(plan,
                  &(struct step){
                      .kind = STEP_FILE, .name = source, .after = "", .mode = 0644, .why = why });
    snprintf(path, sizeof path, "%s%s", source, setup_map_suffix(map->type));
    if (access(path, F_OK) < 0)
        plan_step(plan, &(struct step){ .kind = STEP_MAP,
                                        .name = text,
                                        .why = "Postfix reads the list in this form, and would "
                                               "defer mail if it were missing." });
}

static void plan_with(struct plan *plan, const struct postfix_texts *texts,
                      const struct conf_daemon *d)
{
    plan_map(plan, &d->postfix_lock_map, "",
             "The list of locked accounts, empty so far; mailfuse keeps it.");
    if (plan_postfix_relays(texts))
        plan_map(plan, &d->postfix_lock_map, LOCK_CLIENTS_SUFFIX,
                 "The list of locked hosts, empty so far; mailfuse keeps it.");
    plan_postfix(plan, texts, d);
}

static bool read_and_plan(const struct setup_site *site, struct plan *plan,
                          char error[STEP_ERROR_MAX])
{
    const struct conf_daemon *d = site->daemon;
    static const char *const options[] = {
        "-n", "-M", "-P", "mail_version", "queue_directory", "compatibility_level"
    };
    struct buf texts[4]; /* the last has all facts */
    bool good = true;

    for (size_t i = 0; i < COUNT(texts); i++)
        texts[i] = buf_make(WHOLE_FILE_MAX);
    for (size_t i = 0; good && i < COUNT(options); i++)
        good = postfix_program(d, "postconf", options[i], NULL,
                               &texts[i < COUNT(texts) ? i : COUNT(texts) - 1], error);
    if (good)
        plan_with(plan,
                  &(struct postfix_texts){ buf_slice(&texts[0]), buf_slice(&texts[1]),
                                           buf_slice(&texts[2]), buf_slice(&texts[3]),
                                           site->relay_clients },
                  d);
    for (size_t i = 0; i < COUNT(texts); i++)
        buf_done(&texts[i]);
    return good;
}

static bool check(const struct conf_daemon *d, char error[STEP_ERROR_MAX])
{
    return postfix_program(d, "postfix", "check", NULL, NULL, error);
}

static void files(const struct conf_daemon *d, struct plan *plan, struct backup *out)
{
    static const char *const names[] = { "master.cf", "main.cf" };
    char path[PATH_ROOM];

    for (size_t i = 0; i < COUNT(names); i++) {
        int n = snprintf(path, sizeof path, "%s/%s", d->postfix_config_directory, names[i]);

        if (n > 0 && (size_t)n < sizeof path)
            out->files[out->files_n++] = plan_copy(plan, slice_of(path));
    }
}

const struct setup_server setup_postfix = {
    .name = "postfix",
    .plan = read_and_plan,
    .check = check,
    .files = files,
    .reload = "postfix reload",
};
