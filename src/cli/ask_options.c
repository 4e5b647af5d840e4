#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "cli/ask.h"

#include "base/ban.h"

enum { OPTIONS_MAX = 24, ALWAYS_JSON = 0x1000, ALWAYS_SOCKET, ALWAYS_HELP, TAKEN = 0x2000 };

/* An option that not every command takes, with its line of help. */
static const struct option_row {
    const char *name;
    enum ask_option flag;
    int argument;
    const char *help;
} rows[] = {
    { "reason", ASK_REASON, required_argument, "  --reason TEXT      why; the journal keeps it\n" },
    { "yes", ASK_YES, no_argument, "  --yes              do not ask: for scripts\n" },
    { "force", ASK_FORCE, no_argument,
      "  --force            at once, with the password that it has\n" },
    { "account", ASK_ACCOUNT, required_argument, "  --account NAME     only of this account\n" },
    { "incident", ASK_INCIDENT, required_argument, "  --incident N       only of this incident\n" },
    { "limit", ASK_LIMIT, required_argument, "  --limit N          so many at most\n" },
    { "since", ASK_SINCE, required_argument,
      "  --since TIME       only what is not older: \"2026-11-22 10:00\", 2h, 3d\n" },
    { "until", ASK_UNTIL, required_argument,
      "  --until DATE       the last day: 2026-12-01; or a time\n" },
    { "country", ASK_COUNTRY, required_argument,
      "  --country XX       only that it is in this country\n" },
    { "all", ASK_ALL, no_argument, "  --all              closed ones, too\n" },
    { "sort", ASK_SORT, required_argument,
      "  --sort WHAT        score, messages, recipients, failures, held or account\n" },
    { "once", ASK_ONCE, no_argument, "  --once             print the table once, and end\n" },
    { "html", ASK_HTML, required_argument,
      "  --html FILE        also write a page that can be sent to somebody\n" },
    { "lock", ASK_LOCK, no_argument, "  --lock             lock them all, after a question\n" },
    { "list", ASK_LIST, no_argument,
      "  --list             the reports that were told of, out of the journal\n" },
    { "only", ASK_ONLY, required_argument,
      "  --only clean       only mail of accounts that are not suspicious\n" },
    { "force", ASK_UNTESTED, no_argument, "  --force            although it was not tested\n" },
    { "to", ASK_TO, required_argument,
      "  --to ADDRESS       the recipient; else postmaster here\n" },
    { "to", ASK_TO_WAY, required_argument,
      "  --to WAY           only by this one: an address, or \"webhook chat\"\n" },
    { "from", ASK_FROM, required_argument,
      "  --from ADDRESS     the sender; else postmaster here\n" },
    { "send", ASK_SEND, no_argument, "  --send             send a short message, too\n" },
    { "print", ASK_PRINT, no_argument,
      "  --print            only show what is understood; no daemon is asked\n" },
    { "opt-outs", ASK_OPT_OUTS, no_argument,
      "  --opt-outs         who wants no more mail of which account\n" },
    { "watch", ASK_WATCH, no_argument,
      "  --watch            stay, and take what arrives in the Maildirs\n" },
    { "delete", ASK_DELETE, no_argument,
      "  --delete           what was told of is deleted, and not moved to cur\n" },
};

static void print_help(const struct ask_usage *u)
{
    printf("Usage: mailfuse %s [OPTION]...%s%s\n%s\n", u->name, u->operands[0] != '\0' ? " " : "",
           u->operands, u->help);
    for (size_t i = 0; i < COUNT(rows); i++)
        if ((u->options & rows[i].flag) != 0)
            fputs(rows[i].help, stdout);
    fputs("  --json             the answer of the daemon as JSON (docs/control.md)\n"
          "  -c, --config FILE  settings that name the socket; see mailfuse.conf(5)\n"
          "  --socket PATH      the control socket itself\n"
          "  --help             this text\n\n",
          stdout);
    fputs(u->exits != NULL
              ? u->exits
              : "Exit status: 0 done, 1 refused or not found, 2 wrong usage or no daemon.\n",
          stdout);
}

static int usage_error(const struct ask *a, const char *what, const char *value)
{
    fprintf(stderr, "mailfuse %s: %s%s%s; see mailfuse %s --help\n", a->usage->name, what,
            value != NULL ? ": " : "", value != NULL ? value : "", a->usage->name);
    return ASK_TROUBLE;
}

/* The options of this command alone, so that getopt_long(3) refuses the others. */
static void fill_table(const struct ask_usage *u, struct option table[OPTIONS_MAX])
{
    size_t n = 0;

    table[n++] = (struct option){ "json", no_argument, NULL, ALWAYS_JSON };
    table[n++] = (struct option){ "config", required_argument, NULL, 'c' };
    table[n++] = (struct option){ "socket", required_argument, NULL, ALWAYS_SOCKET };
    table[n++] = (struct option){ "help", no_argument, NULL, ALWAYS_HELP };
    for (size_t i = 0; i < COUNT(rows); i++)
        if ((u->options & rows[i].flag) != 0)
            table[n++] = (struct option){ rows[i].name, rows[i].argument, NULL, TAKEN + (int)i };
    table[n] = (struct option){ NULL, 0, NULL, 0 };
}

static bool take_number(const char *value, uint64_t *out)
{
    return slice_to_u64(slice_of(value), out) && *out > 0 && *out <= 1000000000;
}

static int take_row(struct ask *a, enum ask_option flag, const char *value)
{
    const struct {
        enum ask_option flag;
        const char **text;
        bool *set;
        uint64_t *number;
    } places[] = {
        { ASK_REASON, &a->reason, NULL, NULL },     { ASK_YES, NULL, &a->yes, NULL },
        { ASK_FORCE, NULL, &a->force, NULL },       { ASK_ACCOUNT, &a->account, NULL, NULL },
        { ASK_INCIDENT, NULL, NULL, &a->incident }, { ASK_LIMIT, NULL, NULL, &a->limit },
        { ASK_SINCE, &a->since, NULL, NULL },       { ASK_UNTIL, &a->until, NULL, NULL },
        { ASK_COUNTRY, &a->country, NULL, NULL },   { ASK_ALL, NULL, &a->all, NULL },
        { ASK_SORT, &a->sort, NULL, NULL },         { ASK_ONCE, NULL, &a->once, NULL },
        { ASK_HTML, &a->html, NULL, NULL },         { ASK_LOCK, NULL, &a->lock, NULL },
        { ASK_PRINT, NULL, &a->print, NULL },       { ASK_LIST, NULL, &a->list, NULL },
        { ASK_OPT_OUTS, NULL, &a->opt_outs, NULL }, { ASK_WATCH, NULL, &a->watch, NULL },
        { ASK_DELETE, NULL, &a->delete, NULL },     { ASK_ONLY, &a->only, NULL, NULL },
        { ASK_UNTESTED, NULL, &a->force, NULL },    { ASK_TO, &a->to, NULL, NULL },
        { ASK_FROM, &a->from, NULL, NULL },         { ASK_SEND, NULL, &a->send, NULL },
        { ASK_TO_WAY, &a->to, NULL, NULL },
    };

    for (size_t i = 0; i < COUNT(places); i++) {
        if (places[i].flag != flag)
            continue;
        if (places[i].text != NULL)
            *places[i].text = value;
        if (places[i].set != NULL)
            *places[i].set = true;
        if (places[i].number != NULL && !take_number(value, places[i].number))
            return usage_error(a, "this is no number", value);
    }
    return 0;
}

static int take(struct ask *a, int option, const char *value)
{
    switch (option) {
    case ALWAYS_JSON:
        a->json = true;
        return 0;
    case 'c':
        a->config = value;
        return 0;
    case ALWAYS_SOCKET:
        a->socket = value;
        return 0;
    case ALWAYS_HELP:
        a->help = true;
        return 0;
    default:
        if (option < TAKEN)
            return ASK_TROUBLE; /* getopt_long said why */
        return take_row(a, rows[option - TAKEN].flag, value);
    }
}

/* JSON has no other bytes. */
static bool all_utf8(int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        json_t *text = json_string(argv[i]);

        if (text == NULL)
            return false;
        json_decref(text);
    }
    return true;
}

static int check_words(struct ask *a)
{
    const struct ask_usage *u = a->usage;

    if (a->words_n > u->most)
        return usage_error(a, "too much", a->words[u->most]);
    if (a->words_n < u->least)
        return usage_error(a, "what is missing", u->operands);
    return 0;
}

int ask_read(struct ask *a, const struct ask_usage *usage, int argc, char **argv)
{
    struct option table[OPTIONS_MAX];
    struct buf name = buf_make(64);
    int option, status = 0;

    *a = (struct ask){ .usage = usage, .control = { .fd = -1 } };
    fill_table(usage, table);
    buf_printf(&name, "mailfuse %s", usage->name);
    buf_add_char(&name, '\0');
    argv[0] = name.p; /* for what getopt_long says */
    while (status == 0 && (option = getopt_long(argc, argv, "c:", table, NULL)) != -1)
        status = take(a, option, optarg);
    argv[0] = NULL;
    buf_done(&name);
    a->words = argv + optind;
    a->words_n = (size_t)(argc - optind);
    if (status == 2)
        fprintf(stderr, "see mailfuse %s --help\n", usage->name);
    else if (a->help)
        print_help(usage);
    else if (!all_utf8(argc - 1, argv + 1))
        status = usage_error(a, "this is not written in UTF-8", NULL);
    else
        status = check_words(a);
    return status;
}
