/* purge.c - `mailfuse purge`: the one command that deletes. It says how much and asks. */
#include "cli/change.h"
#include "cli/commands.h"
#include "report/words.h"

#include "base/ban.h"

static int fill(struct ask *a, json_t *request)
{
    ask_put(request, "reason", a->reason);
    return ask_put_incident(a, request);
}

static void write_question(struct buf *out, const json_t *incident)
{
    buf_printf(out, "Incident %llu, ", (unsigned long long)answer_number(incident, "incident"));
    buf_add(out, answer_text(incident, "account"));
    buf_add(out, SLICE(": delete "));
    answer_amount_words(out, answer_part(incident, "held"));
    buf_add(out, SLICE(" from the hold queue, for ever?"));
}

/* The number that was shown goes along: the daemon refuses to delete more than that. */
static int ready(struct ask *a, json_t *request)
{
    json_t *question = control_request("incident"), *reply = NULL;
    struct buf text = buf_make(2048);
    int status;

    json_object_set(question, "incident", json_object_get(request, "incident"));
    status = ask(a, question, &reply);
    if (status == 0) {
        const json_t *incident = answer_part(reply, "incident");
        uint64_t messages = answer_number(answer_part(incident, "held"), "messages");

        json_object_set_new(request, "messages", json_integer((json_int_t)messages));
        write_question(&text, incident);
        if (json_object_get(incident, "explained_by") != NULL) {
            status = 0; /* it is nobody's: the daemon says what it is */
        } else if (messages == 0) {
            ask_say(a, SLICE("nothing of it is held"));
            status = ASK_REFUSED;
        } else if (!ask_confirm(a, buf_slice(&text))) {
            status = ASK_REFUSED;
        }
    }
    buf_done(&text);
    json_decref(reply);
    return status;
}

int cli_purge(int argc, char **argv)
{
    static const struct ask_usage usage = {
        .name = "purge",
        .operands = "INCIDENT",
        .help = "Delete the held mail of an incident. It says how much that is, and asks;\n"
                "scripts say --yes. The journal keeps the envelopes of what was deleted.\n",
        .options = ASK_REASON | ASK_YES,
        .least = 1,
        .most = 1,
        .fill = fill,
        .ready = ready,
        .finish = change_finish,
    };

    return ask_command(&usage, argc, argv);
}
