/* feedback_list.c - `mailfuse feedback --list`: complaints and opt-outs, of everybody or of one
 * account, out of the journal. */
#include <string.h>
#include <sysexits.h>

#include "cli/feedback.h"
#include "cli/journal.h"

#include "base/ban.h"

enum { LOOKED_AT = 10000 }; /* entries: as many as the journal gives at a time */

static bool is_report(const json_t *entry)
{
    static const char *const words[] = { "complaint", "opt-out", "not-spam", "auth-fail" };

    for (size_t i = 0; i < COUNT(words); i++)
        if (slice_eq(answer_text(entry, "what"), slice_of(words[i])))
            return true;
    return false;
}

/* The last `most` of them, in the place of all entries. */
static void keep_reports(json_t *reply, size_t most)
{
    json_t *all = json_object_get(reply, "entries"), *kept = json_array();

    for (size_t i = 0; i < json_array_size(all); i++)
        if (is_report(json_array_get(all, i)))
            json_array_append(kept, json_array_get(all, i));
    while (most > 0 && json_array_size(kept) > most)
        (void)json_array_remove(kept, 0);
    json_object_set_new(reply, "entries", kept);
}

int feedback_list(struct ask *a)
{
    json_t *request = control_request("journal"), *reply = NULL;
    size_t most = (size_t)a->limit;
    int status;

    a->limit = LOOKED_AT;
    status = journal_fill(a, request);
    if (status == 0)
        status = ask(a, json_incref(request), &reply);
    if (status == 0) {
        keep_reports(reply, most);
        status = ask_print(a, journal_show, reply);
    }
    json_decref(request);
    json_decref(reply);
    return status == 0 ? 0 : EX_TEMPFAIL;
}
