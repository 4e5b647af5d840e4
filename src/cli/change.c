/* change.c - the commands that change something by one request: hold, lock, unlock, release, block,
 * unblock, trust, untrust, reload. */
#include "cli/change.h"
#include "cli/ask.h"
#include "cli/commands.h"
#include "cli/incident.h"
#include "report/words.h"

#include "base/ban.h"

static void show(struct ask *a, struct sheet *s, const json_t *reply)
{
    (void)a;
    buf_add(&s->page.words, answer_text(reply, "words"));
    if (s->page.words.n > 0) {
        buf_add_char(&s->page.words, '.');
        text_paragraph(&s->page, 0);
    }
    incident_actions(s, "Actions", answer_part(reply, "actions"));
    if (answer_has(reply, "incident"))
        buf_printf(s->page.out, "mailfuse incident %llu tells all about it.\n",
                   (unsigned long long)answer_number(reply, "incident"));
}

/* An action that was given up makes the command fail; one that is still tried does not. */
static int status_of(const json_t *reply)
{
    const json_t *list = answer_part(reply, "actions"), *action;
    size_t i;

    json_array_foreach(list, i, action)
    {
        if (slice_eq(answer_text(action, "state"), SLICE("failed")))
            return ASK_REFUSED;
    }
    return ASK_DONE;
}

int change_finish(struct ask *a, const json_t *reply)
{
    int status = ask_print(a, show, reply);

    return status != 0 ? status : status_of(reply);
}

static int fill_account(struct ask *a, json_t *request)
{
    ask_put(request, "account", a->words[0]);
    ask_put(request, "reason", a->reason);
    if (a->force)
        json_object_set_new(request, "force", json_true());
    return 0;
}

static int of_account(const char *name, const char *help, unsigned options, int argc, char **argv)
{
    const struct ask_usage usage = {
        .name = name,
        .operands = "ACCOUNT",
        .help = help,
        .options = options,
        .least = 1,
        .most = 1,
        .fill = fill_account,
        .finish = change_finish,
    };

    return ask_command(&usage, argc, argv);
}

int cli_hold(int argc, char **argv)
{
    static const char help[] =
        "From now on its mail waits in Postfix's hold queue, and the sender sees success.\n"
        "mailfuse release lets it go.\n";

    return of_account("hold", help, ASK_REASON, argc, argv);
}

int cli_lock(int argc, char **argv)
{
    static const char help[] =
        "It can neither send nor log in, its sessions end, its mail in the queue is held.\n"
        "Waits until that is done, ten seconds at most.\n";

    return of_account("lock", help, ASK_REASON, argc, argv);
}

int cli_unlock(int argc, char **argv)
{
    static const char help[] =
        "It may log in again as soon as its password has changed. Held mail stays held:\n"
        "see mailfuse release and mailfuse purge.\n";

    return of_account("unlock", help, ASK_REASON | ASK_FORCE, argc, argv);
}

int cli_untrust(int argc, char **argv)
{
    static const char help[] = "The trusts end that mailfuse trust gave it.\n";

    return of_account("untrust", help, ASK_REASON, argc, argv);
}

/* A number is an incident: no account is called so, but by --account. Behind it a queue id. */
static int fill_release(struct ask *a, json_t *request)
{
    const char *word = a->words_n > 0 ? a->words[0] : NULL;
    uint64_t number;

    if ((word == NULL) == (a->account == NULL)) {
        ask_say(a, SLICE("name an account or an incident"));
        return ASK_TROUBLE;
    }
    if (word != NULL && slice_to_u64(slice_of(word), &number) && number > 0) {
        ask_put_number(request, "incident", number);
        ask_put(request, "queue_id", a->words_n > 1 ? a->words[1] : NULL);
    } else if (a->words_n > 1) {
        ask_say(a, SLICE("a queue id stands behind the number of its incident"));
        return ASK_TROUBLE;
    } else {
        ask_put(request, "account", word != NULL ? word : a->account);
    }
    ask_put(request, "reason", a->reason);
    return 0;
}

int cli_release(int argc, char **argv)
{
    static const struct ask_usage usage = {
        .name = "release",
        .operands = "ACCOUNT|INCIDENT [QUEUE_ID]",
        .help = "Its held mail leaves, and the hold ends. A number is that of an incident; with a\n"
                "queue id behind it only that message leaves, such as the owner's own. An\n"
                "account that is called like a number is named by --account.\n",
        .options = ASK_REASON | ASK_ACCOUNT,
        .most = 2,
        .fill = fill_release,
        .finish = change_finish,
    };

    return ask_command(&usage, argc, argv);
}

static int fill_block(struct ask *a, json_t *request)
{
    ask_put(request, "kind", a->words[0]);
    ask_put(request, "value", a->words[1]);
    ask_put(request, "reason", a->reason);
    return 0;
}

static int of_value(const char *name, const char *help, int argc, char **argv)
{
    const struct ask_usage usage = {
        .name = name,
        .operands = "rcpt|client VALUE",
        .help = help,
        .options = ASK_REASON,
        .least = 2,
        .most = 2,
        .fill = fill_block,
        .finish = change_finish,
    };

    return ask_command(&usage, argc, argv);
}

int cli_block(int argc, char **argv)
{
    static const char help[] =
        "rcpt: nobody may write to this address or domain any more: to the one who asks\n"
        "for passwords. client: nobody may log in or send from this address or network.\n";

    return of_value("block", help, argc, argv);
}

int cli_unblock(int argc, char **argv)
{
    static const char help[] = "Take back what mailfuse block forbade; mailfuse blocks lists it.\n";

    return of_value("unblock", help, argc, argv);
}

static int fill_reload(struct ask *a, json_t *request)
{
    ask_put(request, "reason", a->reason);
    return 0;
}

int cli_reload(int argc, char **argv)
{
    static const struct ask_usage usage = {
        .name = "reload",
        .operands = "",
        .help = "Read mailfuse.conf again. When something in it is wrong, it says what, and\n"
                "everything stays as it was. No connection ends, nothing is forgotten.\n",
        .options = ASK_REASON,
        .fill = fill_reload,
        .finish = change_finish,
    };

    return ask_command(&usage, argc, argv);
}
