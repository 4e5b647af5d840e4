#include "cli/scan_options.h"

#include <stdio.h>

#include "base/ban.h"

enum scan_option {
    SCAN_ACCOUNT = 0x100,
    SCAN_CLIENT,
    SCAN_HOST,
    SCAN_TO,
    SCAN_QUEUE_IDS,
    SCAN_EXPLAIN,
    SCAN_JSON,
    SCAN_HTML,
    SCAN_GEO,
    SCAN_TOP,
    SCAN_QUIET,
    SCAN_UNPARSED,
    SCAN_PSEUDONYMIZE,
    SCAN_CONF,
    SCAN_STATE,
    SCAN_LEARN,
    SCAN_BACKTEST,
    SCAN_KNOWN_GOOD,
    SCAN_HELP,
};

static const struct option long_options[] = {
    INPUT_OPTIONS,
    { "account", required_argument, NULL, SCAN_ACCOUNT },
    { "client", required_argument, NULL, SCAN_CLIENT },
    { "host", required_argument, NULL, SCAN_HOST },
    { "to", required_argument, NULL, SCAN_TO },
    { "queue-ids", no_argument, NULL, SCAN_QUEUE_IDS },
    { "explain", required_argument, NULL, SCAN_EXPLAIN },
    { "json", no_argument, NULL, SCAN_JSON },
    { "html", required_argument, NULL, SCAN_HTML },
    { "geo", required_argument, NULL, SCAN_GEO },
    { "top", required_argument, NULL, SCAN_TOP },
    { "quiet", no_argument, NULL, SCAN_QUIET },
    { "unparsed", required_argument, NULL, SCAN_UNPARSED },
    { "pseudonymize", required_argument, NULL, SCAN_PSEUDONYMIZE },
    { "config", required_argument, NULL, SCAN_CONF },
    { "state", required_argument, NULL, SCAN_STATE },
    { "learn", required_argument, NULL, SCAN_LEARN },
    { "backtest", no_argument, NULL, SCAN_BACKTEST },
    { "known-good", required_argument, NULL, SCAN_KNOWN_GOOD },
    { "help", no_argument, NULL, SCAN_HELP },
    { NULL, 0, NULL, 0 },
};

void scan_options_help(void)
{
    fputs("Usage: mailfuse scan [OPTION]... FILE...\n"
          "Tell from mail logs which account, relay or LAN host was abused.\n"
          "Reads only; changes nothing.\n\n" INPUT_HELP "\n"
          "Asking for less\n"
          "  --account NAME     everything about one login\n"
          "  --client ADDR[/N]  everything about a client address or network\n"
          "  --host HOST        a relay client or LAN host by address; or only the\n"
          "                     lines of one host of the log, by name\n"
          "  --to ADDRESS       who wrote to this address or domain, and when\n"
          "  --explain NAME     the evidence for and against one account over time\n"
          "  --top N            length of lists (default 10)\n\n"
          "Detection\n"
          "  -c, --config FILE  settings, as in mailfuse.conf(5)\n"
          "  --state FILE       begin with what was learnt before\n"
          "  --learn FILE       write what is learnt; may be the file of --state\n"
          "  --backtest         only tell what each sensitivity would have done\n"
          "  --known-good FILE  with it: accounts that were not abused, one a line\n\n"
          "Output\n"
          "  --json             one JSON object, described in mailfuse(1)\n"
          "  --html FILE        also write a page that can be sent to somebody\n"
          "  --queue-ids        only the queue ids of tripped fuses (or of --account)\n"
          "                     that are still in the queue, for postsuper\n"
          "  --unparsed FILE    also write the lines that were not understood\n"
          "  --geo FILE         country and network from a MaxMind DB; repeatable\n"
          "  --pseudonymize KEYFILE  names replaced by keyed hashes\n"
          "  --quiet            the verdict alone, and nothing when nothing was found\n"
          "  --help             this text\n\n"
          "Exit status: 0 nothing found, 1 a fuse would have tripped, 2 an error.\n",
          stdout);
}

static int usage_error(const char *what, const char *value)
{
    fprintf(stderr, "mailfuse scan: %s%s%s; see mailfuse scan --help\n", what,
            value != NULL ? ": " : "", value != NULL ? value : "");
    return 2;
}

static int take_value(struct scan_options *o, int option, const char *value)
{
    if (option == SCAN_TOP)
        return slice_to_u64(slice_of(value), &o->top) && o->top > 0 && o->top <= 1000000
                   ? 0
                   : usage_error("--top wants a number from 1 to 1000000", value);
    if (option != SCAN_GEO)
        return 0;
    if (o->geo_n == GEO_FILES_MAX)
        return usage_error("too many --geo files; at most 8", NULL);
    o->geo[o->geo_n++] = value;
    return 0;
}

static int take(struct scan_options *o, int option, const char *value)
{
    char error[256];
    int taken = input_take(&o->input, option, value, error, sizeof error);
    const char **texts[] = { [SCAN_ACCOUNT - SCAN_ACCOUNT] = &o->account,
                             [SCAN_CLIENT - SCAN_ACCOUNT] = &o->client,
                             [SCAN_HOST - SCAN_ACCOUNT] = &o->host,
                             [SCAN_TO - SCAN_ACCOUNT] = &o->to,
                             [SCAN_EXPLAIN - SCAN_ACCOUNT] = &o->explain,
                             [SCAN_HTML - SCAN_ACCOUNT] = &o->html,
                             [SCAN_UNPARSED - SCAN_ACCOUNT] = &o->unparsed,
                             [SCAN_PSEUDONYMIZE - SCAN_ACCOUNT] = &o->pseudonymize,
                             [SCAN_CONF - SCAN_ACCOUNT] = &o->conf,
                             [SCAN_STATE - SCAN_ACCOUNT] = &o->state,
                             [SCAN_LEARN - SCAN_ACCOUNT] = &o->learn,
                             [SCAN_KNOWN_GOOD - SCAN_ACCOUNT] = &o->known_good,
                             [SCAN_HELP - SCAN_ACCOUNT] = NULL };
    bool *flags[] = { [SCAN_QUEUE_IDS - SCAN_ACCOUNT] = &o->queue_ids,
                      [SCAN_JSON - SCAN_ACCOUNT] = &o->json,
                      [SCAN_QUIET - SCAN_ACCOUNT] = &o->quiet,
                      [SCAN_BACKTEST - SCAN_ACCOUNT] = &o->backtest,
                      [SCAN_HELP - SCAN_ACCOUNT] = &o->help };

    if (taken != 0)
        return taken > 0 ? 0 : usage_error(error, NULL);
    if (option == 'c')
        option = SCAN_CONF;
    if (option < SCAN_ACCOUNT || option > SCAN_HELP)
        return 2; /* getopt_long said why */
    if (texts[option - SCAN_ACCOUNT] != NULL)
        *texts[option - SCAN_ACCOUNT] = value;
    else if (flags[option - SCAN_ACCOUNT] != NULL)
        *flags[option - SCAN_ACCOUNT] = true;
    return take_value(o, option, value);
}

/* --host: an address is a relay client or LAN host, "uid 33" a local user; else a host of the log.
 */
static void make_host(struct scan_options *o)
{
    struct slice host = slice_of(o->host);
    char text[IP_TEXT_MAX];
    struct ip ip;

    if (ip_parse(host, &ip)) {
        snprintf(o->only_name, sizeof o->only_name, "%s", ip_text(&ip, text));
        o->only = subject_make(SUBJECT_RELAY, slice_of(o->only_name));
    } else if (slice_starts(host, SLICE("uid "))) {
        o->only = subject_make(SUBJECT_LOCAL, host);
    } else {
        o->log_host = host;
    }
}

static int make(struct scan_options *o)
{
    if (o->host != NULL)
        make_host(o);
    if (o->account != NULL && o->only.name.n > 0)
        return usage_error("--account and the --host of a client exclude each other", NULL);
    if (o->account != NULL)
        o->only = subject_make(SUBJECT_ACCOUNT, account_fold(slice_of(o->account), o->only_name));
    if (o->client != NULL && !ip_prefix_parse(slice_of(o->client), &o->client_prefix))
        return usage_error("--client wants an address or a prefix such as 192.0.2.0/24", o->client);
    if (o->to != NULL)
        o->wanted = address_fold(slice_of(o->to), o->wanted_name);
    if (o->explain != NULL)
        o->explained =
            subject_make(SUBJECT_ACCOUNT, account_fold(slice_of(o->explain), o->explain_name));
    if (o->backtest && (o->json || o->queue_ids || o->explain != NULL || o->html != NULL))
        return usage_error("--backtest has a table of its own: without --json, --queue-ids,"
                           " --explain and --html",
                           NULL);
    if (o->backtest && o->pseudonymize != NULL)
        return usage_error("--backtest names accounts: without --pseudonymize", NULL);
    if (o->pseudonymize != NULL && (o->unparsed != NULL || o->learn != NULL))
        return usage_error("--unparsed and --learn write names: without --pseudonymize", NULL);
    if (o->known_good != NULL && !o->backtest)
        return usage_error("--known-good needs --backtest", NULL);
    if (o->json && o->queue_ids)
        return usage_error("--json and --queue-ids exclude each other", NULL);
    return 0;
}

int scan_options_read(struct scan_options *o, int argc, char **argv, struct wall now)
{
    char error[256];
    int option, status = 0;

    optind = 1;
    while (status == 0 && (option = getopt_long(argc, argv, "c:", long_options, NULL)) != -1)
        status = take(o, option, optarg);
    if (status != 0 || o->help)
        return status;
    if (!input_ready(&o->input, argv + optind, (size_t)(argc - optind), now, error, sizeof error))
        return usage_error(error, NULL);
    return make(o);
}
