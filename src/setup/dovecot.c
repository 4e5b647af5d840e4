/* dovecot.c - Dovecot, read and checked by doveconf(1). */
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "setup/plan_dovecot.h"
#include "setup/program.h"
#include "setup/server.h"
#include "setup/whole_file.h"

#include "base/ban.h"

enum { PATH_ROOM = 4096, NONCE_BYTES = 16 };

/* doveconf stands beside doveadm. Its output in `out`; false, with `error`, when it fails. */
static bool doveconf(const struct conf_daemon *d, const char *option, const char *key,
                     struct buf *out, char error[STEP_ERROR_MAX])
{
    char path[PATH_ROOM];
    const char *argv[] = { path, "-c", d->dovecot_config, option, key, NULL };
    struct slice folder = slice_of(d->doveadm), name;
    struct program_result result;
    int failed;

    if (!slice_cut_last(&folder, '/', &name))
        folder = SLICE("/usr/bin");
    snprintf(path, sizeof path, "%.*s/doveconf", SLICE_ARG(folder));
    failed = program_capture(argv, &result);
    if (failed != 0)
        snprintf(error, STEP_ERROR_MAX, "%s: %s", path, strerror(-failed));
    else if (result.status != 0)
        snprintf(error, STEP_ERROR_MAX, "%.*s",
                 SLICE_ARG(slice_head(program_complaint(&result), 512)));
    buf_add(out, buf_slice(&result.out));
    program_done(&result);
    return failed == 0 && result.status == 0;
}

static bool fresh_nonce(char out[2 * NONCE_BYTES + 1], char error[STEP_ERROR_MAX])
{
    unsigned char bytes[NONCE_BYTES];

    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) {
        snprintf(error, STEP_ERROR_MAX, "no random numbers: %s", strerror(errno));
        return false;
    }
    for (size_t i = 0; i < sizeof bytes; i++)
        snprintf(out + 2 * i, 3, "%02x", bytes[i]);
    return true;
}

/* Dovecot's own user has to reach the deny file: through a folder that everybody may pass, but not
 * list. Other folders than that of our state are not ours to open. */
static void plan_folder(struct plan *plan, const struct conf_daemon *d)
{
    struct slice folder = slice_of(d->dovecot_deny_file), name;
    char path[PATH_ROOM], before[16], after[16];
    struct stat st;

    if (!slice_cut_last(&folder, '/', &name))
        return;
    snprintf(path, sizeof path, "%.*s", SLICE_ARG(folder));
    if (stat(path, &st) < 0 || (st.st_mode & S_IXOTH) != 0)
        return;
    if (strcmp(path, d->state_directory) != 0) {
        plan_note(plan,
                  "%s: Dovecot's user may not pass it, and cannot read the deny file. Let it, "
                  "or write another dovecot-deny-file.",
                  path);
        return;
    }
    snprintf(before, sizeof before, "%04o", (unsigned)st.st_mode & 07777U);
    snprintf(after, sizeof after, "%04o", ((unsigned)st.st_mode & 07777U) | S_IXOTH);
    plan_step(plan,
              &(struct step){ .kind = STEP_MODE,
                              .name = path,
                              .before = before,
                              .after = after,
                              .why = "Dovecot's own user has to reach the deny file; it still "
                                     "cannot list the folder." });
}

static void plan_deny(struct plan *plan, const struct conf_daemon *d)
{
    if (d->dovecot_deny_file[0] == '\0' || d->lock_logins != CONF_LOCK_ALL)
        return;
    plan_folder(plan, d);
    if (access(d->dovecot_deny_file, F_OK) < 0)
        plan_step(plan,
                  &(struct step){ .kind = STEP_FILE,
                                  .name = d->dovecot_deny_file,
                                  .after = "",
                                  .mode = 0644,
                                  .why = "The list of locked accounts, empty so far; mailfuse "
                                         "keeps it. Dovecot refuses all logins when it is "
                                         "missing." });
}

static bool read_and_plan(const struct setup_site *site, struct plan *plan,
                          char error[STEP_ERROR_MAX])
{
    const struct conf_daemon *d = site->daemon;
    CLEANUP(buf_done) struct buf settings = buf_make(WHOLE_FILE_MAX);
    CLEANUP(buf_done) struct buf nonce = buf_make(WHOLE_FILE_MAX);
    CLEANUP(buf_done) struct buf main_file = { 0 };
    CLEANUP(buf_done) struct buf own = { 0 };
    char random[2 * NONCE_BYTES + 1];
    struct dovecot_texts texts = { .fresh_nonce = random };
    int number;

    if (d->dovecot_config[0] == '\0') {
        plan_refuse(plan, "the settings say that there is no Dovecot here (dovecot-config = \"\")");
        return true;
    }
    if (!doveconf(d, "-n", NULL, &settings, error) ||
        !doveconf(d, "-Ph", "auth_policy_hash_nonce", &nonce, error) || !fresh_nonce(random, error))
        return false;
    number = whole_file_read(d->dovecot_config, &main_file);
    if (number != 0) {
        snprintf(error, STEP_ERROR_MAX, "%s: %s", d->dovecot_config, strerror(-number));
        return false;
    }
    number = whole_file_read(plan_dovecot_own(plan, d), &own);
    if (number != 0 && number != -ENOENT) {
        snprintf(error, STEP_ERROR_MAX, "mailfuse.conf: %s", strerror(-number));
        return false;
    }
    texts.settings = buf_slice(&settings);
    texts.nonce = buf_slice(&nonce);
    while (texts.nonce.n > 0 && texts.nonce.p[texts.nonce.n - 1] == '\n')
        texts.nonce.n--;
    texts.main = buf_slice(&main_file);
    texts.own = buf_slice(&own);
    texts.has_own = number == 0;
    plan_deny(plan, d);
    plan_dovecot(plan, &texts, d);
    return true;
}

static bool check(const struct conf_daemon *d, char error[STEP_ERROR_MAX])
{
    CLEANUP(buf_done) struct buf out = buf_make(WHOLE_FILE_MAX);

    return doveconf(d, "-n", NULL, &out, error);
}

static void files(const struct conf_daemon *d, struct plan *plan, struct backup *out)
{
    out->files[out->files_n++] = plan_copy(plan, slice_of(d->dovecot_config));
}

const struct setup_server setup_dovecot = {
    .name = "dovecot",
    .plan = read_and_plan,
    .check = check,
    .files = files,
    .reload = "doveadm reload",
};
