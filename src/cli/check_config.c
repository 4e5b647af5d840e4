/* check_config.c - mailfuse check-config: whether the daemon could use these settings here. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/commands.h"
#include "cli/engine.h"
#include "cli/machine.h"
#include "run/alerts/alerts.h"

#include "base/ban.h"

static const struct option options[] = {
    { "help", no_argument, NULL, 'h' },
    { "config", required_argument, NULL, 'c' },
    { NULL, 0, NULL, 0 },
};

static const char help[] =
    "Usage: mailfuse check-config [-c FILE]\n"
    "Read the settings and all files they name, and look whether this machine has\n"
    "what they speak of. Starts nothing and changes nothing.\n"
    "\n"
    "  -c, --config FILE  the settings; else " CONF_PATH "\n"
    "  --help             this text\n"
    "\n"
    "Exit status: 0, or 2 when the settings cannot be used.\n"
    "mailfuse.conf(5) explains every key.\n";

static void show(const struct conf_errors *all, const char *kind)
{
    for (uint32_t i = 0; i < all->n; i++)
        fprintf(stderr, "%s%s\n", kind, all->all[i].text.p);
    if (all->more > 0)
        fprintf(stderr, "%sand %u more\n", kind, (unsigned)all->more);
}

static int check(const char *path)
{
    CLEANUP(conf_errors_done) struct conf_errors errors = { 0 };
    CLEANUP(conf_errors_done) struct conf_errors warnings = { 0 };
    struct conf *conf = conf_read(path, &errors);

    if (conf != NULL) {
        if (conf->path[0] == '\0') /* all defaults */
            conf->path = CONF_PATH;
        (void)judge_ignored(conf, &errors);
        alerts_check(conf, &errors);
        machine_check(conf, &errors, &warnings);
        if (conf->daemon.mode == CONF_OBSERVE)
            conf_complain(&warnings, conf->path, conf_line(conf, "mode"), "mode",
                          "observe: nothing is held, locked or refused; write mode = enforce when "
                          "the reports convince you");
    }
    conf_free(conf);
    show(&errors, "");
    show(&warnings, "warning: ");
    if (errors.n > 0)
        return EXIT_USAGE;
    printf("%s: ok%s\n", path != NULL ? path : CONF_PATH,
           path == NULL && access(CONF_PATH, F_OK) < 0 ? " (no such file: all defaults)" : "");
    return EXIT_SUCCESS;
}

int cli_check_config(int argc, char **argv)
{
    char name[] = "mailfuse check-config"; /* for what getopt_long says */
    const char *path = NULL;
    int option;

    argv[0] = name;
    while ((option = getopt_long(argc, argv, "c:", options, NULL)) != -1) {
        if (option == 'c') {
            path = optarg;
        } else if (option == 'h') {
            fputs(help, stdout);
            return EXIT_SUCCESS;
        } else {
            return EXIT_USAGE;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "mailfuse check-config: %s: unexpected; write -c FILE\n", argv[optind]);
        return EXIT_USAGE;
    }
    return check(path);
}
