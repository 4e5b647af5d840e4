#include "report/report.h"

#include "base/ban.h"

int32_t report_offset(const struct report *r, struct wall at)
{
    size_t i = r->offsets_n;

    while (i > 1 && at.ms < r->offsets[i - 1].from.ms)
        i--;
    return i > 0 ? r->offsets[i - 1].offset_s : r->offset_s;
}

const char *report_time(const struct report *r, struct wall at, char out[WALL_TEXT_MAX])
{
    if (at.ms != 0)
        return wall_rfc3339(at, report_offset(r, at), r->floating, out);
    out[0] = '\0';
    return out;
}

void report_done(struct report *r)
{
    arena_done(&r->arena);
    *r = (struct report){ 0 };
}
