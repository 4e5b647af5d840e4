/* dnsbl_load.c - the lists that `mailfuse dnsbl` asks. */
#include <stdio.h>

#include "cli/commands.h"
#include "cli/dnsbl.h"

#include "base/ban.h"

static int say_errors(struct conf_errors *errors)
{
    for (uint32_t i = 0; i < errors->n; i++)
        fprintf(stderr, "mailfuse dnsbl: %s\n", errors->all[i].text.p);
    if (errors->more > 0)
        fprintf(stderr, "mailfuse dnsbl: and %u more\n", (unsigned)errors->more);
    conf_errors_done(errors);
    return EXIT_USAGE;
}

/* Leave those that were not named; those that are named are asked even when they are off. */
static int keep_only(const struct dnsbl_options *o, struct conf_lists *lists)
{
    uint32_t n = 0;

    for (size_t i = 0; i < o->only_n; i++) {
        if (conf_lists_find(lists, slice_of(o->only[i])) == NULL) {
            fprintf(stderr,
                    "mailfuse dnsbl: --list %s: there is no such list; mailfuse dnsbl "
                    "--table shows all\n",
                    o->only[i]);
            return EXIT_USAGE;
        }
    }
    for (uint32_t i = 0; o->only_n > 0 && i < lists->n; i++) {
        for (size_t k = 0; k < o->only_n; k++) {
            if (strcmp(lists->all[i].zone, o->only[k]) == 0) {
                lists->all[n] = lists->all[i];
                lists->all[n++].off = NULL;
                break;
            }
        }
    }
    if (o->only_n > 0)
        lists->n = n;
    return 0;
}

int dnsbl_load(const struct dnsbl_options *o, struct conf_lists *out)
{
    struct conf_errors errors = { 0 };

    if (!conf_lists_load(out, o->lists_path != NULL ? o->lists_path : "", &errors))
        return say_errors(&errors);
    conf_errors_done(&errors);
    return keep_only(o, out);
}
