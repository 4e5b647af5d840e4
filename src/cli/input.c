#include "cli/input.h"

#include <stdio.h>

#include "cli/when.h"

#include "base/ban.h"

static int take_year(struct input *in, const char *argument, char *error, size_t error_room)
{
    uint64_t year;

    if (!slice_to_u64(slice_of(argument), &year) || year < 1970 || year > 9999) {
        snprintf(error, error_room, "--year %s: write a year such as 2026", argument);
        return -1;
    }
    in->logs.year = (int)year;
    return 1;
}

int input_take(struct input *in, int option, const char *argument, char *error, size_t error_room)
{
    switch (option) {
    case INPUT_JOURNAL:
        in->logs.journal = true;
        return 1;
    case INPUT_SINCE:
        in->since = argument;
        return 1;
    case INPUT_UNTIL:
        in->until = argument;
        return 1;
    case INPUT_TZ:
        in->tz = argument;
        return 1;
    case INPUT_YEAR:
        return take_year(in, argument, error, error_room);
    default:
        return 0;
    }
}

static bool read_when(struct input *in, const char *option, const char *text, struct wall now,
                      struct wall *out, char *error, size_t error_room)
{
    if (text == NULL || when_parse(slice_of(text), now, zone_offset, &in->zone, out))
        return true;
    snprintf(error, error_room,
             "%s %s: write a time such as \"2026-11-22 10:00\", yesterday, 2h or 3d", option, text);
    return false;
}

bool input_ready(struct input *in, char *const *paths, size_t paths_n, struct wall now, char *error,
                 size_t error_room)
{
    struct logs_options *logs = &in->logs;

    if (paths_n == 0 && !logs->journal) {
        snprintf(error, error_room, "name a log file, '-' for standard input, or --journal");
        return false;
    }
    if (paths_n > 0 && logs->journal) {
        snprintf(error, error_room, "--journal reads the journal only: leave out %s", paths[0]);
        return false;
    }
    if (!zone_choose(in->tz, &in->zone)) {
        snprintf(error, error_room,
                 "--tz %s: no such zone here; write a name such as Europe/Berlin, or +01:00",
                 in->tz);
        return false;
    }
    logs->paths = (const char *const *)paths;
    logs->paths_n = paths_n;
    logs->zone = zone_offset;
    logs->zone_ctx = &in->zone;
    logs->now = now;
    if (!read_when(in, "--since", in->since, now, &logs->since, error, error_room) ||
        !read_when(in, "--until", in->until, now, &logs->until, error, error_room))
        return false;
    if (in->since != NULL && in->until != NULL && logs->since.ms > logs->until.ms) {
        snprintf(error, error_room, "--since %s is later than --until %s", in->since, in->until);
        return false;
    }
    return true;
}
