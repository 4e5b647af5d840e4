#include "cli/postconf.h"

#include <stdio.h>

#include "act/program.h"

#include "base/ban.h"

enum { PATH_ROOM = 4200 };

bool postconf_value(const struct conf_daemon *d, const char *name, char *out, size_t room)
{
    struct buf said = buf_make(room);
    char program[PATH_ROOM];
    const char *const argv[] = { program, "-c", d->postfix_config_directory, "-h", name, NULL };
    struct slice value, rest;
    bool good;

    snprintf(program, sizeof program, "%s/postconf", d->postfix_command_directory);
    good = program_await(argv, (struct slice){ NULL, 0 }, &said) == 0;
    rest = buf_slice(&said);
    good = good && slice_cut(&rest, '\n', &value) && value.n > 0;
    if (good)
        snprintf(out, room, "%.*s", SLICE_ARG(value));
    buf_done(&said);
    return good;
}

/* A parameter as a number of bytes; 0 when it is none. */
static uint64_t postconf_bytes(const struct conf_daemon *d, const char *name)
{
    char text[32];
    uint64_t bytes = 0;

    return postconf_value(d, name, text, sizeof text) && slice_to_u64(slice_of(text), &bytes)
               ? bytes
               : 0;
}

uint64_t postconf_queue_needs(const struct conf_daemon *d)
{
    uint64_t least = postconf_bytes(d, "queue_minfree"),
             message = postconf_bytes(d, "message_size_limit");
    uint64_t room = message < UINT64_MAX / 2 ? message + message / 2 : UINT64_MAX;

    return least > room ? least : room;
}
