/* setup_postfix.c - Postfix, read by postconf(1) and checked by `postfix check`. */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/program.h"
#include "cli/setup_plan_postfix.h"
#include "cli/setup_server.h"
#include "cli/whole_file.h"

#include "base/ban.h"

enum { PATH_ROOM = 4096 };

/* The map of locked accounts has to be there, even empty, or Postfix defers all mail. */
static void plan_map(struct plan *plan, const struct conf_map *map)
{
    char path[PATH_ROOM];

    if (map->text[0] == '\0')
        return;
    if (access(map->path, F_OK) < 0)
        plan_step(plan,
                  &(struct step){ .kind = STEP_FILE,
                                  .name = map->path,
                                  .after = "",
                                  .mode = 0644,
                                  .why = "The list of locked accounts, empty so far; mailfuse "
                                         "keeps it." });
    snprintf(path, sizeof path, "%s%s", map->path, setup_map_suffix(map->type));
    if (access(path, F_OK) < 0)
        plan_step(plan, &(struct step){ .kind = STEP_MAP,
                                        .name = map->text,
                                        .why = "Postfix reads the list in this form, and would "
                                               "defer mail if it were missing." });
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
    if (good) {
        plan_map(plan, &d->postfix_lock_map);
        plan_postfix(plan,
                     &(struct postfix_texts){ buf_slice(&texts[0]), buf_slice(&texts[1]),
                                              buf_slice(&texts[2]), buf_slice(&texts[3]) },
                     d);
    }
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
