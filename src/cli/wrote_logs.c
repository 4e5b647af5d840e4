#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "cli/wrote_to.h"
#include "conf/conf.h"

#include "base/ban.h"

enum { PATH_ROOM = 4096 };

static void add_word(struct wrote_logs *logs, const char *word)
{
    logs->words = memory_resize(logs->words, logs->n + 1, sizeof *logs->words);
    logs->words[logs->n] = memory_new(strlen(word) + 1, 1);
    memcpy(logs->words[logs->n++], word, strlen(word) + 1);
}

/* mail.log, mail.log.1, mail.log.2.gz, mail.log-20261101.xz: as logrotate(8) names them. */
static void add_log(struct wrote_logs *logs, const char *path)
{
    char pattern[PATH_ROOM];
    glob_t found;

    if (access(path, F_OK) == 0)
        add_word(logs, path);
    if (strpbrk(path, "*?[\\") != NULL ||
        (size_t)snprintf(pattern, sizeof pattern, "%s[.-][0-9]*", path) >= sizeof pattern)
        return;
    if (glob(pattern, 0, NULL, &found) != 0)
        return;
    for (size_t i = 0; i < found.gl_pathc; i++)
        add_word(logs, found.gl_pathv[i]);
    globfree(&found);
}

int wrote_logs_find(const struct ask *a, struct wrote_logs *out)
{
    struct conf_errors errors = { 0 };
    struct conf *conf = conf_read(a->config, &errors);
    int status = 0;

    for (uint32_t i = 0; conf == NULL && i < errors.n; i++)
        ask_say(a, slice_of(errors.all[i].text.p));
    for (uint32_t i = 0; conf != NULL && i < conf->daemon.logs_n; i++)
        add_log(out, conf->daemon.logs[i]);
    if (conf != NULL && out->n == 0 && conf->daemon.journal)
        add_word(out, "--journal");
    if (conf == NULL)
        status = ASK_TROUBLE;
    conf_errors_done(&errors);
    conf_free(conf);
    if (status == 0 && out->n == 0) {
        ask_say(a, SLICE("none of the logs that the settings name is there; name the files behind "
                         "the address"));
        status = ASK_TROUBLE;
    }
    return status;
}

void wrote_logs_free(struct wrote_logs *logs)
{
    for (size_t i = 0; i < logs->n; i++)
        free(logs->words[i]);
    free(logs->words);
    *logs = (struct wrote_logs){ 0 };
}
