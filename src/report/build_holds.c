#include "report/build.h"

#include "base/ban.h"

void report_build_holds(struct report *r, const struct build *b)
{
    const struct rehearsed_hold *holds;
    size_t n;

    if (b->rehearsal == NULL)
        return;
    holds = rehearsal_holds(b->rehearsal, &n);
    r->holds = arena_take(&r->arena, (n + 1) * sizeof *r->holds);
    for (size_t i = 0; i < n; i++) {
        struct subject subject = detect_subject(b->detect, holds[i].fuse);

        if (b->only.name.n > 0 && subject.hash != b->only.hash)
            continue;
        r->holds[r->holds_n++] = (struct report_hold){ .kind = subject.kind,
                                                       .name = arena_copy(&r->arena, subject.name),
                                                       .from = holds[i].from,
                                                       .until = holds[i].until,
                                                       .messages = holds[i].messages,
                                                       .recipients = holds[i].recipients,
                                                       .longest_ms = holds[i].longest_ms };
    }
}
