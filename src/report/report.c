#include "report/report.h"

#include "base/ban.h"

const char *report_time(const struct report *r, struct wall at, char out[WALL_TEXT_MAX])
{
    if (at.ms != 0)
        return wall_rfc3339(at, r->offset_s, r->floating, out);
    out[0] = '\0';
    return out;
}

void report_done(struct report *r)
{
    arena_done(&r->arena);
    *r = (struct report){ 0 };
}
