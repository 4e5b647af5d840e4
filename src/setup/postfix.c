/* postfix.c - Postfix, read by postconf(1) and checked by `postfix check`. */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "act/lock_files.h"
#include "setup/plan_postfix.h"
#include "setup/program.h"
#include "setup/server.h"
#include "setup/whole_file.h"

#include "base/ban.h"

enum { PATH_ROOM = 4096 };

void setup_plan_map(struct plan *plan, const struct conf_map *map, const char *suffix,
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
    setup_plan_map(plan, &d->postfix_lock_map, "",
                   "The list of locked accounts, empty so far; mailfuse keeps it.");
    if (plan_postfix_relays(texts))
        setup_plan_map(plan, &d->postfix_lock_map, LOCK_CLIENTS_SUFFIX,
                       "The list of locked hosts, empty so far; mailfuse keeps it.");
    plan_postfix(plan, texts, d);
}

bool postfix_read(const struct conf_daemon *d, struct postfix_read *out, char error[STEP_ERROR_MAX])
{
    static const char *const options[] = {
        "-n", "-M", "-P", "mail_version", "queue_directory", "compatibility_level"
    };
    bool good = true;

    for (size_t i = 0; i < COUNT(out->all); i++)
        out->all[i] = buf_make(WHOLE_FILE_MAX);
    for (size_t i = 0; good && i < COUNT(options); i++)
        good = postfix_program(d, "postconf", options[i], NULL,
                               &out->all[i < COUNT(out->all) ? i : COUNT(out->all) - 1], error);
    out->texts = (struct postfix_texts){ .settings = buf_slice(&out->all[0]),
                                         .services = buf_slice(&out->all[1]),
                                         .overrides = buf_slice(&out->all[2]),
                                         .facts = buf_slice(&out->all[3]) };
    return good;
}

void postfix_read_done(struct postfix_read *read)
{
    for (size_t i = 0; i < COUNT(read->all); i++)
        buf_done(&read->all[i]);
}

static bool read_and_plan(const struct setup_site *site, struct plan *plan,
                          char error[STEP_ERROR_MAX])
{
    struct postfix_read read;
    bool good = postfix_read(site->daemon, &read, error);

    read.texts.relay_clients = site->relay_clients;
    if (good)
        plan_with(plan, &read.texts, site->daemon);
    postfix_read_done(&read);
    return good;
}

bool setup_check_postfix(const struct conf_daemon *d, char error[STEP_ERROR_MAX])
{
    return postfix_program(d, "postfix", "check", NULL, NULL, error);
}

void setup_files_postfix(const struct conf_daemon *d, struct plan *plan, struct backup *out)
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
    .check = setup_check_postfix,
    .files = setup_files_postfix,
    .reload = "postfix reload",
};
