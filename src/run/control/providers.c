/* providers.c - what becomes of our mail at each provider. */
#include "run/control/parts.h"
#include "run/refusal_watch.h"

#include "base/ban.h"

void control_providers(const struct control_call *c)
{
    json_t *rows = refusal_watch_rows(c->d, json_get_text(c->request, "provider"));

    control_answer_with(c,
                        json_pack("{sI so so}", "blocking", (json_int_t)refusal_watch_blocks(c->d),
                                  "providers", rows, "time", part_time(c->d, c->d->now)));
}
