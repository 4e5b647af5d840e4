/* opt_outs.c - who does not want mail of an account any more. */
#include "proto/stamp.h"
#include "run/control/parts.h"

#include "base/ban.h"

enum { OPT_OUTS_DEFAULT = 1000 };

void control_opt_outs(const struct control_call *c)
{
    struct slice since = json_get_text(c->request, "since");
    int64_t limit = json_get_int(c->request, "limit");
    struct stamp_clock clock = { 0 };
    struct wall from = { 0 };
    char room[ADDRESS_MAX];
    json_t *list;
    size_t all;

    if (since.n > 0 && stamp_parse(&clock, &since, &from) != STAMP_OK)
        from.ms = 0;
    list = opt_outs_list(c->d, account_fold(json_get_text(c->request, "account"), room), from,
                         limit > 0 ? (size_t)limit : OPT_OUTS_DEFAULT, &all);
    control_answer_with(c, json_pack("{so sI}", "opt_outs", list, "all", (json_int_t)all));
}
