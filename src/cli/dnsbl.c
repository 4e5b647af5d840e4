/* dnsbl.c - mailfuse dnsbl: are these addresses and domains on the lists? */
#include "cli/dnsbl.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "base/memory.h"
#include "cli/commands.h"
#include "run/dnsbl_json.h"
#include "setup/whole_file.h"

#include "base/ban.h"

enum { EXIT_LISTED = 1, PER_SECOND = 20, PER_SECOND_MAX = 1000, TIMEOUT_S = 5, TIMEOUT_S_MAX = 60 };

static const struct option long_options[] = {
    { "help", no_argument, NULL, 'h' },
    { "json", no_argument, NULL, 'j' },
    { "list", required_argument, NULL, 'l' },
    { "lists", required_argument, NULL, 'L' },
    { "rate", required_argument, NULL, 'r' },
    { "resolver", required_argument, NULL, 'R' },
    { "table", no_argument, NULL, 't' },
    { "timeout", required_argument, NULL, 'T' },
    { NULL, 0, NULL, 0 },
};

static const char help[] =
    "Usage: mailfuse dnsbl [OPTION]... ADDRESS|DOMAIN...\n"
    "Ask the DNS lists whether they have these addresses and domains. Each list is\n"
    "first asked for its test points, and set aside when they are not as they\n"
    "should be.\n"
    "\n"
    "      --list ZONE          ask this list only; may be given more than once\n"
    "      --lists FILE         more lists, in the form of mailfuse-lists(5); else\n"
    "                           " CONF_LISTS_PATH ", if it is there\n"
    "      --resolver ADDRESS[@PORT]\n"
    "                           let this name server ask, else mailfuse asks the\n"
    "                           lists itself; \"system\": those of /etc/resolv.conf\n"
    "      --rate N             questions a second to one list; default 20\n"
    "      --timeout SECONDS    how long to wait for an answer; default 5\n"
    "      --table              show the lists that are known, and ask nothing\n"
    "      --json               print one JSON object instead of the text\n"
    "      --help               this text\n"
    "\n"
    "Exit status: 0 not listed, 1 listed, 2 wrong usage, or no list answered.\n";

/* One check from its command line to its end. */
struct check {
    struct dnsbl_options options;
    struct conf_lists lists;
    struct dnsbl_subject *subjects;
    size_t subjects_n;
    char (*names)[DNSBL_NAME_MAX]; /* of the subjects */
    struct event_base *base;
};

static int complain(const char *what, const char *word)
{
    fprintf(stderr, "mailfuse dnsbl: %s: %s\n", word, what);
    return EXIT_USAGE;
}

static int refuse_public(const struct dnsbl_server *server)
{
    const char *who = dnsbl_public_resolver(&server->ip);
    char text[IP_TEXT_MAX];

    if (who == NULL)
        return 0;
    fprintf(
        stderr,
        "mailfuse dnsbl: %s is a public resolver (%s). Lists see its address instead of yours,\n"
        "and answer it with errors, or as if nobody were listed. Leave --resolver out, then\n"
        "mailfuse asks the lists itself, or name a resolver of your own.\n",
        ip_text(&server->ip, text), who);
    return EXIT_USAGE;
}

static int add_server(struct dnsbl_options *o, const struct dnsbl_server *server)
{
    int status = refuse_public(server);

    if (status == 0 && o->servers_n == DNSBL_SERVERS_MAX)
        return complain("too many; write at most eight", "--resolver");
    if (status == 0)
        o->servers[o->servers_n++] = *server;
    return status;
}

static int add_system_servers(struct dnsbl_options *o)
{
    static const char path[] = "/etc/resolv.conf";
    CLEANUP(buf_done) struct buf text = { 0 };
    struct dnsbl_server servers[DNSBL_SERVERS_MAX];
    int error = whole_file_read(path, &text), status = 0;
    size_t n;

    if (error != 0)
        return complain(strerror(-error), path);
    n = resolver_read_conf(buf_slice(&text), servers);
    if (n == 0)
        return complain("names no name server; leave --resolver system out", path);
    for (size_t i = 0; i < n && status == 0; i++)
        status = add_server(o, &servers[i]);
    return status;
}

static int take_server(struct dnsbl_options *o, const char *word)
{
    struct dnsbl_server server;

    if (strcmp(word, "system") == 0)
        return add_system_servers(o);
    if (!dnsbl_server_parse(slice_of(word), &server))
        return complain("write an IP address, with @ and a port if that is not 53", word);
    return add_server(o, &server);
}

/* A number from 1 to `most`. */
static bool take_number(const char *word, uint64_t most, uint64_t *out)
{
    return slice_to_u64(slice_of(word), out) && *out >= 1 && *out <= most;
}

static int take_option(struct dnsbl_options *o, int option, const char **only)
{
    uint64_t n;

    switch (option) {
    case 'j':
        o->json = true;
        return 0;
    case 't':
        o->table = true;
        return 0;
    case 'l':
        only[o->only_n++] = optarg;
        return 0;
    case 'L':
        o->lists_path = optarg;
        return 0;
    case 'r':
        if (!take_number(optarg, PER_SECOND_MAX, &n))
            return complain("write a number from 1 to 1000", "--rate");
        o->per_second = (unsigned)n;
        return 0;
    case 'T':
        if (!take_number(optarg, TIMEOUT_S_MAX, &n))
            return complain("write a number from 1 to 60", "--timeout");
        o->timeout_ms = (int64_t)n * SECOND_MS;
        return 0;
    case 'R':
        return take_server(o, optarg);
    default:
        return EXIT_USAGE;
    }
}

static int take_subject(struct check *c, const char *word)
{
    struct dnsbl_subject *subject = &c->subjects[c->subjects_n];
    const char *wrong = dnsbl_subject_parse(slice_of(word), c->names[c->subjects_n], subject);

    if (wrong != NULL)
        return complain(wrong, word);
    if (subject->kind != DNSBL_DOMAIN && ip_is_private(&subject->ip) &&
        !(subject->kind == DNSBL_IP4 && ip_is_loopback(&subject->ip)))
        return complain("is no public address, and lists have only those; write the one by which "
                        "others see this host",
                        word);
    c->subjects_n++;
    return 0;
}

static void stop(void *ctx)
{
    (void)event_base_loopbreak(ctx);
}

static int print(const struct dnsbl_options *o, json_t *reply)
{
    struct sheet s;
    int status = 0;

    if (o->json) {
        if (json_dumpf(reply, stdout, JSON_INDENT(2)) < 0 || putchar('\n') < 0 ||
            fflush(stdout) != 0) {
            fputs("mailfuse dnsbl: standard output: cannot be written\n", stderr);
            status = EXIT_USAGE;
        }
        json_decref(reply);
        return status;
    }
    sheet_open(&s, reply);
    (o->table ? dnsbl_show_table : dnsbl_show)(&s, reply);
    status = sheet_print(&s, "dnsbl");
    json_decref(reply);
    return status;
}

static struct wall now_wall(void)
{
    return (struct wall){ (int64_t)time(NULL) * SECOND_MS };
}

/* 1 when something is listed, 0 when nothing is, 2 when no list has said either. */
static int verdict(const struct dnsbl_plan *plan, const struct dnsbl_cycle *cycle)
{
    bool answered = false;

    for (size_t i = 0; i < plan->lists_n; i++) {
        for (size_t k = 0; k < plan->subjects_n; k++) {
            enum dnsbl_state state = dnsbl_cycle_result(cycle, k, i)->state;

            if (state == DNSBL_IS_LISTED)
                return EXIT_LISTED;
            answered = answered || state == DNSBL_IS_CLEAN || state == DNSBL_IS_NOTED;
        }
    }
    return answered ? EXIT_SUCCESS : EXIT_USAGE;
}

static int ask_all(struct check *c)
{
    CLEANUP(buf_done) struct buf why = buf_make(200);
    struct dnsbl_plan plan = { .lists = c->lists.all,
                               .lists_n = c->lists.n,
                               .subjects = c->subjects,
                               .subjects_n = c->subjects_n,
                               .per_second = c->options.per_second,
                               .timeout_ms = c->options.timeout_ms };
    struct resolver *resolver =
        resolver_new(c->base, c->options.servers, c->options.servers_n, &why);
    struct dnsbl_cycle *cycle;
    int status, printed;

    if (resolver == NULL)
        return complain("cannot be used", buf_slice(&why).p);
    if (getrandom(&plan.seed, sizeof plan.seed, 0) < 0)
        plan.seed = 0;
    cycle = dnsbl_cycle_new(c->base, resolver, &plan, stop, c->base);
    (void)event_base_dispatch(c->base);
    status = verdict(&plan, cycle);
    printed = print(&c->options, dnsbl_json(&plan, cycle, now_wall(), 0));
    resolver_free(resolver);
    dnsbl_cycle_free(cycle);
    return printed != 0 ? printed : status;
}

static int check(struct check *c, int argc, char **argv)
{
    int status = dnsbl_load(&c->options, &c->lists);

    if (status != 0 || c->options.table)
        return status != 0 ? status
                           : print(&c->options, dnsbl_json_table(c->lists.all, c->lists.n));
    if (argc == 0)
        return complain("write an address or a domain, or --help", "nothing to ask for");
    c->subjects = memory_new((size_t)argc, sizeof *c->subjects);
    c->names = memory_new((size_t)argc, sizeof *c->names);
    for (int i = 0; i < argc && status == 0; i++)
        status = take_subject(c, argv[i]);
    if (status != 0)
        return status;
    c->base = event_base_new();
    if (c->base == NULL)
        return complain("cannot be set up", "libevent");
    status = ask_all(c);
    event_base_free(c->base);
    return status;
}

int cli_dnsbl(int argc, char **argv)
{
    char name[] = "mailfuse dnsbl"; /* for what getopt_long says */
    struct check c = { .options = { .per_second = PER_SECOND,
                                    .timeout_ms = (int64_t)TIMEOUT_S * SECOND_MS } };
    const char **only = memory_new((size_t)argc, sizeof *only);
    int option, status = 0;
    bool helped = false;

    argv[0] = name;
    c.options.only = only;
    while (status == 0 && !helped &&
           (option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
        helped = option == 'h';
        status = helped ? 0 : take_option(&c.options, option, only);
    }
    if (helped)
        fputs(help, stdout);
    else if (status == 0)
        status = check(&c, argc - optind, argv + optind);
    free(only);
    free(c.subjects);
    free(c.names);
    conf_lists_done(&c.lists);
    return status;
}
