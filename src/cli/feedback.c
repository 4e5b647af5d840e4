/* feedback.c - `mailfuse feedback`: complaints of providers, from a pipe transport of Postfix, from
 * files or Maildirs, to the daemon. A report is lost in no case: what cannot be told now is
 * EX_TEMPFAIL, and stays in the queue or where it was. */
#include "cli/feedback.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "cli/commands.h"

#include "base/ban.h"

static int take_all(struct ask *a)
{
    int status = 0;

    if (a->words_n == 0)
        return feedback_take(a, stdin, "standard input");
    for (size_t i = 0; i < a->words_n && status != FEEDBACK_AWAY; i++) {
        struct stat st;
        bool is_folder = stat(a->words[i], &st) == 0 && S_ISDIR(st.st_mode);

        status = feedback_worse(is_folder ? feedback_take_maildir(a, a->words[i])
                                          : feedback_take_file(a, a->words[i]),
                                status);
    }
    return status;
}

/* What was asked for, connected. */
static int act(struct ask *a)
{
    if (a->list)
        return feedback_list(a);
    if (a->opt_outs)
        return feedback_opt_outs(a);
    return take_all(a);
}

int cli_feedback(int argc, char **argv)
{
    static const struct ask_usage usage = {
        .name = "feedback",
        .operands = "[FILE | MAILDIR]...",
        .help = "Take a provider's complaint about a message of ours (ARF: RFC 5965, 6591, 6430;\n"
                "or Hotmail's form) from standard input, files, or the new mail of Maildirs, and\n"
                "tell the daemon, which finds the account. For a pipe transport of Postfix, or\n"
                "with --watch for a mailbox.\n",
        .exits = "Exit status: 0 told, 65 it is no report, 75 everything else: try again later.\n",
        .options = ASK_PRINT | ASK_LIST | ASK_ACCOUNT | ASK_SINCE | ASK_LIMIT | ASK_WATCH |
                   ASK_OPT_OUTS | ASK_DELETE,
        .most = SIZE_MAX,
    };
    struct ask a;
    int status = ask_read(&a, &usage, argc, argv);

    if (status != 0)
        return FEEDBACK_AWAY; /* a mistake in master.cf must not bounce reports */
    if (a.help)
        return 0;
    if (a.watch && (a.words_n == 0 || a.print || a.list || a.opt_outs)) {
        ask_say(&a, SLICE("--watch is for Maildirs: mailfuse feedback --watch MAILDIR..."));
        return FEEDBACK_AWAY;
    }
    if (a.watch)
        return feedback_watch(&a);
    if ((!a.print || a.list || a.opt_outs) && ask_open(&a) != 0)
        status = FEEDBACK_AWAY;
    if (status == 0)
        status = act(&a);
    ask_close(&a);
    return status == 0 || status == FEEDBACK_NONE ? status : FEEDBACK_AWAY;
}
