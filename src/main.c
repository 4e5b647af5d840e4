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
    { "status", cli_status, "what the running daemon does, and what it is attached to" },
    { "top", cli_top, "who sends now: a live table, with keys to hold, lock and explain" },
    { "incidents", cli_incidents, "the list of incidents" },
    { "incident", cli_incident, "all about one of them; also as a page to hand on" },
    { "show", cli_show, "what is known of an account, or of an IP address" },
    { "explain", cli_explain, "what speaks for and against an account" },
    { "hold", cli_hold, "hold an account's mail" },
    { "lock", cli_lock, "lock an account: neither mail nor login" },
    { "unlock", cli_unlock, "let it in again, once its password has changed" },
    { "release", cli_release, "let held mail go" },
    { "purge", cli_purge, "delete the held mail of an incident" },
    { "block", cli_block, "forbid a recipient, or a client address" },
    { "unblock", cli_unblock, "take that back" },
    { "blocks", cli_blocks, "the list of what is forbidden" },
    { "queue", cli_queue, "what waits in Postfix's queue, and whose it is" },
    { "wrote-to", cli_wrote_to, "who wrote to an address; lock them all" },
    { "relay", cli_relay, "the emergency relay: switch it, test it" },
    { "delist", cli_delist, "what of ours is on DNS lists, and how to get it off" },
    { "providers", cli_providers, "which providers refuse our mail, why, and what to do" },
    { "alert", cli_alert, "who is told of things: a test, and what waits" },
    { "trust", cli_trust, "let an account do unusual things, for some days" },
    { "untrust", cli_untrust, "take that back" },
    { "journal", cli_journal, "what was done, by whom and why" },
    { "feedback", cli_feedback, "take a complaint of a provider about our mail (ARF)" },
    { "reload", cli_reload, "read mailfuse.conf again" },
    { "run", cli_run, "protect Postfix and Dovecot: the daemon" },
    { "import", cli_import, "learn from old logs before the daemon's first start" },
    { "scan", cli_scan, "tell from mail logs which account, relay or LAN host was abused" },
    { "parse", cli_parse, "show what is understood of each log line, as JSON" },
    { "dnsbl", cli_dnsbl, "ask the DNS lists whether they have addresses or domains" },
    { "check-config", cli_check_config, "check the settings of the daemon" },
    { "setup", cli_setup, "let Postfix or Dovecot ask mailfuse; firewall rules; undo" },
};

static void help(FILE *to)
{
    fputs("Usage: mailfuse COMMAND [OPTION]...\n"
          "A fuse for Postfix mail servers: finds the account that sends spam.\n\n"
          "Commands\n",
          to);
    for (size_t i = 0; i < COUNT(subcommands); i++)
        fprintf(to, "  %-13s %s\n", subcommands[i].name, subcommands[i].help);
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
