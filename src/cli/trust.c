/* trust.c - `mailfuse trust`: for some days an account trips no fuse, or a country is usual for it.
 */
#include "cli/change.h"
#include "cli/commands.h"

#include "base/ban.h"

/* A date stands for its whole day. */
static const char *end_of_day(const char *until, struct buf *text)
{
    struct slice s = slice_of(until);

    if (s.n != sizeof "2026-12-01" - 1 || s.p[4] != '-' || s.p[7] != '-')
        return until;
    buf_printf(text, "%s 23:59:59", until);
    buf_add_char(text, '\0');
    return text->p;
}

static int fill(struct ask *a, json_t *request)
{
    struct buf text = buf_make(64);
    int status;

    if (a->until == NULL || a->reason == NULL) {
        ask_say(a, a->until == NULL ? SLICE("until when? --until DATE")
                                    : SLICE("why? --reason TEXT: whoever reads it later will ask"));
        return ASK_TROUBLE;
    }
    ask_put(request, "account", a->words[0]);
    ask_put(request, "reason", a->reason);
    if (a->country != NULL) {
        char code[3] = { a->country[0], a->country[0] != '\0' ? a->country[1] : '\0', '\0' };

        for (size_t i = 0; i < 2; i++)
            code[i] = code[i] >= 'a' && code[i] <= 'z' ? (char)(code[i] - 'a' + 'A') : code[i];
        ask_put(request, "country", strlen(a->country) == 2 ? code : a->country);
    }
    status = ask_put_time(a, request, "until", end_of_day(a->until, &text));
    buf_done(&text);
    return status;
}

int cli_trust(int argc, char **argv)
{
    static const struct ask_usage usage = {
        .name = "trust",
        .operands = "ACCOUNT",
        .help = "Until that day it trips no fuse; with --country being in that country counts as\n"
                "usual, and nothing else changes. --until and --reason are required.\n",
        .options = ASK_UNTIL | ASK_COUNTRY | ASK_REASON,
        .least = 1,
        .most = 1,
        .fill = fill,
        .finish = change_finish,
    };

    return ask_command(&usage, argc, argv);
}
