/* setup_show.h - what `mailfuse setup` says: changes as a diff and as commands, and why, or JSON.
 */
#ifndef CLI_SETUP_SHOW_H
#define CLI_SETUP_SHOW_H

#include "conf/conf.h"
#include "setup/server.h"

enum setup_outcome {
    SETUP_NOTHING, /* to do */
    SETUP_PLANNED,
    SETUP_APPLIED,
    SETUP_ROLLED_BACK,
    SETUP_UNDONE,
};

/* A run of `mailfuse setup`. */
struct setup {
    const struct setup_server *server;
    struct setup_site site;
    bool json;
    enum setup_outcome outcome;
    char backup[BACKUP_PATH_MAX + 16]; /* "": none */
    char error[STEP_ERROR_MAX];        /* "": none */
};

/* To standard output; the error, when there is one, to standard error. */
void setup_show(const struct setup *s, const struct plan *plan);

#endif
