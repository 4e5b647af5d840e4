/* main.c - the table of subcommands. */
#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "cli/commands.h"

#include "base/ban.h"

static const struct subcommand {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help;
} subcommands[] = {
    { "scan", cli_scan, "tell from mail logs which account, relay or LAN host was abused" },
    { "parse", cli_parse, "show what is understood of each log line, as JSON" },
    { "check-config", cli_check_config, "check the settings of the daemon" },
};

static void help(FILE *to)
{
    fputs("Usage: mailfuse COMMAND [OPTION]...\n"
          "A fuse for Postfix mail servers: finds the account that sends spam.\n\n"
          "Commands\n",
          to);
    for (size_t i = 0; i < COUNT(subcommands); i++)
        fprintf(to, "  %-12s %s\n", subcommands[i].name, subcommands[i].help);
    fputs("\n"
          "  --help     this text; mailfuse COMMAND --help tells more\n"
          "  --version  the version of the program\n\n"
          "Try: mailfuse scan /var/log/mail.log*\n",
          to);
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";

    for (size_t i = 0; i < COUNT(subcommands); i++)
        if (strcmp(name, subcommands[i].name) == 0)
            return subcommands[i].run(argc - 1, argv + 1);
    if (strcmp(name, "--help") == 0) {
        help(stdout);
        return 0;
    }
    if (strcmp(name, "--version") == 0) {
        puts("mailfuse " MAILFUSE_VERSION);
        return 0;
    }
    if (argc > 1)
        fprintf(stderr, "mailfuse: unknown command '%s'\n\n", name);
    help(stderr);
    return 2;
}
