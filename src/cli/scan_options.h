/* scan_options.h - what `mailfuse scan` was asked for. */
#ifndef CLI_SCAN_OPTIONS_H
#define CLI_SCAN_OPTIONS_H

#include "cli/input.h"
#include "detect/event.h"
#include "mail/address.h"

enum { GEO_FILES_MAX = 8 };

struct scan_options {
    struct input input;
    const char *geo[GEO_FILES_MAX]; /* MaxMind DB files */
    size_t geo_n;
    const char *html, *unparsed, *pseudonymize;         /* files; NULL without */
    const char *conf, *state, *learn, *known_good;      /* files; NULL without */
    const char *account, *host, *client, *to, *explain; /* as given; NULL without */
    uint64_t top;                                       /* 0: not given */
    bool json, queue_ids, quiet, backtest, help;

    /* made of the above */
    struct subject only;   /* of --account, or a --host that is an address; name empty without */
    struct slice log_host; /* a --host that is a name: only lines of this host */
    struct ip_prefix client_prefix; /* of --client */
    struct slice wanted;            /* of --to, folded */
    struct subject explained;       /* of --explain */
    char only_name[ADDRESS_MAX], explain_name[ADDRESS_MAX], wanted_name[ADDRESS_MAX];
};

/* Read the command line of `scan`. `o` is zeroed and stays where it is.
 * 0, or 2 after a message on standard error that says what is wrong. */
int scan_options_read(struct scan_options *o, int argc, char **argv, struct wall now);

void scan_options_help(void);

#endif
