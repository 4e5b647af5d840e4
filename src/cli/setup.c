/* setup.c - mailfuse setup: what has to change so that a server asks mailfuse; done and taken back.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "cli/commands.h"
#include "cli/setup_show.h"

#include "base/ban.h"

static const struct option options[] = {
    { "help", no_argument, NULL, 'h' },          { "config", required_argument, NULL, 'c' },
    { "apply", no_argument, NULL, 'a' },         { "undo", no_argument, NULL, 'u' },
    { "json", no_argument, NULL, 'j' },          { "mail-server", required_argument, NULL, 'm' },
    { "user", required_argument, NULL, 'w' },    { "outside", required_argument, NULL, 'o' },
    { "submission", no_argument, NULL, 's' },    { "iptables", no_argument, NULL, 'i' },
    { "relay-clients", no_argument, NULL, 'r' }, { NULL, 0, NULL, 0 },
};

static const char help[] =
    "Usage: mailfuse setup postfix|dovecot|firewall|relay [-c FILE]\n"
    "                      [--apply | --undo] [--json]\n"
    "Print what has to change on this machine so that Postfix or Dovecot asks\n"
    "mailfuse, so that only the mail server speaks SMTP outwards, or so that\n"
    "Postfix knows the emergency relay of the settings; and why.\n"
    "Changes nothing without --apply.\n"
    "\n"
    "  --apply            make the changes, after a copy of what is there; if the\n"
    "                     server then finds fault with its files, put all back\n"
    "  --undo             take back what --apply did, and nothing else\n"
    "  --json             print it as JSON\n"
    "  -c, --config FILE  the settings; else " CONF_PATH "\n"
    "  --help             this text\n"
    "\n"
    "For Postfix:\n"
    "  --relay-clients    ask about hosts that relay without login, too\n"
    "\n"
    "For the firewall:\n"
    "  --mail-server ADDRESS   behind this gateway, this host or network may; may be\n"
    "                          repeated. On this machine root and Postfix may\n"
    "  --user NAME             so may this user of this machine; may be repeated\n"
    "  --outside INTERFACE     leads to the internet; may be repeated. Else those of\n"
    "                          the default routes\n"
    "  --submission            close ports 465 and 587, too, not only 25\n"
    "  --iptables              rules for iptables, though nft is here\n"
    "\n"
    "Exit status: 0, or 2 when it cannot be done.\n";

/* Put the files back, and take back all steps that are not in them. False when something could not
 * be put back; `lost` says what. */
static bool roll_back(const struct backup *b, const struct plan *plan, uint32_t done,
                      const struct conf_daemon *daemon, char lost[STEP_ERROR_MAX])
{
    char error[STEP_ERROR_MAX];
    bool good = true;

    for (uint32_t i = 0; i < b->files_n; i++) {
        int number = backup_restore(b, i, true);

        if (number < 0)
            snprintf(lost, STEP_ERROR_MAX, "%s: %s", b->files[i], strerror(-number));
        good &= number >= 0;
    }
    good &= backup_owners(b) == 0;
    for (uint32_t i = done; i-- > 0;) {
        const struct step *s = &plan->steps[i];

        if (s->kind == STEP_FILE || s->kind == STEP_MAP || s->kind == STEP_MODE ||
            s->kind == STEP_COMMAND)
            good &= step_undo(s, daemon, error) != STEP_FAILED;
    }
    return good;
}

/* All steps, and a look at the outcome. The number of steps that were begun. */
static uint32_t do_steps(struct setup *s, const struct plan *plan)
{
    struct plan *again = memory_new(1, sizeof *again);
    uint32_t done = 0;
    bool good = true;

    while (good && done < plan->steps_n)
        good = step_do(&plan->steps[done++], s->site.daemon, s->error) != STEP_FAILED;
    if (good && s->server->check(s->site.daemon, s->error) &&
        s->server->plan(&s->site, again, s->error)) {
        if (again->refusal != NULL)
            snprintf(s->error, sizeof s->error, "afterwards: %s", again->refusal);
        else if (again->steps_n > 0)
            snprintf(s->error, sizeof s->error,
                     "%s did not become what it should: something else "
                     "that is set takes its place",
                     again->steps[0].name);
    }
    plan_done(again);
    free(again);
    return done;
}

static bool apply(struct setup *s, struct plan *plan)
{
    CLEANUP(backup_close) struct backup b = { .folder = -1 };
    struct timespec now;
    char lost[STEP_ERROR_MAX] = "";
    uint32_t done;
    int number;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    if (!s->server->check(s->site.daemon, s->error))
        return false; /* it was wrong before */
    s->server->files(s->site.daemon, plan, &b);
    number =
        backup_make(&b, s->site.daemon->state_directory, s->server->name,
                    (struct wall){ (int64_t)now.tv_sec * SECOND_MS + now.tv_nsec / 1000000 }, plan);
    if (number != 0) {
        snprintf(s->error, sizeof s->error, "no backup in %s: %s; nothing was changed",
                 s->site.daemon->state_directory, strerror(-number));
        return false;
    }
    snprintf(s->backup, sizeof s->backup, "%s", b.path);
    done = do_steps(s, plan);
    number = backup_owners(&b);
    if (s->error[0] == '\0' && (number != 0 || (number = backup_applied(&b)) != 0))
        snprintf(s->error, sizeof s->error, "%s: %s", b.path, strerror(-number));
    if (s->error[0] == '\0')
        return true;
    if (!roll_back(&b, plan, done, s->site.daemon, lost)) {
        plan_note(plan, "Not everything could be put back (%s); copies are in %s.", lost, b.path);
        return false;
    }
    s->outcome = SETUP_ROLLED_BACK;
    if (backup_undone(&b) != 0)
        plan_note(plan, "%s can be removed.", b.path);
    return false;
}

/* The steps of one backup, last one first. */
static bool undo_one(struct setup *s, const struct backup *b, struct plan *plan)
{
    bool restored[BACKUP_FILES_MAX] = { false }, all = true, good = true;
    char error[STEP_ERROR_MAX];

    for (uint32_t i = 0; i < b->files_n; i++) {
        restored[i] = backup_restore(b, i, false) == 1;
        all &= restored[i];
    }
    for (uint32_t i = plan->steps_n; i-- > 0;) {
        const struct step *step = &plan->steps[i];
        bool in_file = step->kind == STEP_MAIN_CF || step->kind == STEP_MASTER_CF ||
                       step->kind == STEP_LINE || step->kind == STEP_SERVICE;
        /* The order of files() of Postfix: master.cf, main.cf. */
        uint32_t file = step->kind == STEP_MAIN_CF ? 1 : 0;
        enum step_end end;

        if (in_file && file < b->files_n && restored[file])
            continue;
        end = step_undo(step, s->site.daemon, error);
        if (end == STEP_LEFT || end == STEP_FAILED)
            plan_note(plan, "Left as it is: %s", error);
        good &= end != STEP_FAILED;
    }
    good &= backup_owners(b) == 0;
    if (!all)
        plan_note(plan, "Other lines have changed since, and were kept: only what mailfuse had "
                        "added was taken out.");
    return good;
}

/* All that was ever applied, the latest first. */
static bool undo(struct setup *s, struct plan *plan)
{
    enum { BACKUPS_MAX = 100 };
    int number = 0;

    for (int i = 0; i < BACKUPS_MAX && number == 0; i++) {
        struct plan *past = memory_new(1, sizeof *past);
        CLEANUP(backup_close) struct backup b;
        bool good = true;

        number = backup_find(&b, s->site.daemon->state_directory, s->server->name, past);
        if (number == 0) {
            s->outcome = SETUP_UNDONE;
            good = undo_one(s, &b, past);
            for (uint32_t n = 0; n < past->notes_n; n++)
                plan_note(plan, "%s", past->notes[n]);
            snprintf(s->backup, sizeof s->backup, "%s.undone", b.path);
            number = good ? backup_undone(&b) : -EIO;
        }
        plan_done(past);
        free(past);
    }
    if (number != -ENOENT)
        snprintf(s->error, sizeof s->error, "%s: %s", s->site.daemon->state_directory,
                 number == -EBADMSG ? "a backup is damaged" : strerror(-number));
    else if (s->outcome == SETUP_UNDONE)
        (void)s->server->check(s->site.daemon, s->error);
    return s->error[0] == '\0';
}

static int run(struct setup *s, bool wants_apply, bool wants_undo)
{
    struct plan *plan = memory_new(1, sizeof *plan);
    bool good = true;

    if (wants_undo) {
        good = undo(s, plan);
    } else {
        good = s->server->plan(&s->site, plan, s->error);
        if (good && plan->refusal != NULL) {
            snprintf(s->error, sizeof s->error, "%s", plan->refusal);
            good = false;
        }
        if (good && plan->steps_n > 0) {
            s->outcome = SETUP_PLANNED;
            if (wants_apply && (good = apply(s, plan)))
                s->outcome = SETUP_APPLIED;
        }
    }
    setup_show(s, plan);
    plan_done(plan);
    free(plan);
    return good ? EXIT_SUCCESS : EXIT_USAGE;
}

static int usage(const char *what)
{
    fprintf(stderr, "mailfuse setup: %s; mailfuse setup --help tells more\n", what);
    return EXIT_USAGE;
}

static const struct setup_server *server_named(const char *name)
{
    static const struct setup_server *const all[] = { &setup_postfix, &setup_dovecot,
                                                      &setup_firewall, &setup_relay };

    for (size_t i = 0; i < COUNT(all); i++)
        if (strcmp(name, all[i]->name) == 0)
            return all[i];
    return NULL;
}

/* With the settings of `path`. */
static int run_with(struct setup *s, const char *path, bool wants_apply, bool wants_undo)
{
    CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
    struct conf *conf = conf_read(path, &errors);
    int status = EXIT_USAGE;

    for (uint32_t i = 0; i < errors.n; i++)
        fprintf(stderr, "mailfuse setup: %s\n", errors.all[i].text.p);
    if (conf != NULL) {
        s->site.daemon = &conf->daemon;
        s->site.settings = path != NULL ? path : CONF_PATH;
        status = run(s, wants_apply, wants_undo);
    }
    conf_free(conf);
    return status;
}

/* What the command line asks for. */
struct asked {
    const char *path;
    bool apply, undo;
    struct firewall_wish firewall;
};

/* One option; false when it is none, or not right, which was said. */
static bool take_option(struct setup *s, struct asked *asked, int option, const char *value)
{
    char error[FIREWALL_ERROR_MAX];

    switch (option) {
    case 'c':
        asked->path = value;
        return true;
    case 'a':
        asked->apply = true;
        return true;
    case 'u':
        asked->undo = true;
        return true;
    case 'j':
        s->json = true;
        return true;
    case 'r':
        s->site.relay_clients = true;
        return true;
    case '?':
        return false;
    default:
        if (firewall_option(&asked->firewall, option, value, error))
            return true;
        (void)usage(error);
        return false;
    }
}

int cli_setup(int argc, char **argv)
{
    char name[] = "mailfuse setup"; /* for what getopt_long says */
    struct asked asked = { .path = NULL };
    struct setup s = { .outcome = SETUP_NOTHING, .site.firewall = &asked.firewall };
    int option;

    argv[0] = name;
    while ((option = getopt_long(argc, argv, "c:", options, NULL)) != -1) {
        if (option == 'h') {
            fputs(help, stdout);
            return EXIT_SUCCESS;
        }
        if (!take_option(&s, &asked, option, optarg))
            return EXIT_USAGE;
    }
    if (argc - optind != 1 || (s.server = server_named(argv[optind])) == NULL)
        return usage("write postfix, dovecot, firewall or relay");
    if (asked.apply && asked.undo)
        return usage("--apply and --undo exclude each other");
    if (s.site.relay_clients && (s.server != &setup_postfix || asked.undo))
        return usage("--relay-clients is for setup postfix, when it plans or applies");
    if (asked.firewall.any && (s.server != &setup_firewall || asked.undo))
        return usage("--mail-server, --user, --outside, --submission and --iptables are for "
                     "setup firewall, when it plans or applies");
    return run_with(&s, asked.path, asked.apply, asked.undo);
}
