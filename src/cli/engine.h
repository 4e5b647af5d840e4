/* engine.h - the engine of a scan as the settings want it: what an administrator says of accounts
 * and hosts, what the geo databases know of an address, what was learnt before. */
#ifndef CLI_ENGINE_H
#define CLI_ENGINE_H

#include "cli/scan_options.h"
#include "detect/rehearsal.h"
#include "run/judge.h"

struct engine {
    struct conf *conf;
    struct geo *geo; /* NULL without databases */
    uint32_t ignored;
    char *state; /* the bytes of a file, to begin with; NULL without */
    size_t state_n;
    struct judge judge;
};

/* Read the settings, the databases and the state that the options name. 0, or 2 after messages on
 * standard error. */
int engine_open(struct engine *e, const struct scan_options *o);
void engine_close(struct engine *e);

/* A rehearsal with these settings; `options` has what the settings do not say. `factor` multiplies
 * the sensitivity. NULL after a message on standard error. */
struct rehearsal *engine_start(struct engine *e, const struct scan_options *o,
                               struct detect_options options, double sensitivity);

/* Write what was learnt to the file of --learn. 0, or 2 after a message on standard error. */
int engine_learn(struct detect *d, const struct scan_options *o);

#endif
