/* feedback.c - `mailfuse feedback`: complaints of providers, from a pipe transport of Postfix, from
 * files or a Maildir, to the daemon. A report is lost in no case: what cannot be told now is
 * EX_TEMPFAIL, and stays in the queue or where it was. */
#include "cli/feedback.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/escape.h"
#include "cli/ask.h"
#include "cli/commands.h"
#include "run/json.h"

#include "base/ban.h"

enum { WORDS_MAX = 8192, PATH_LONG = 4096 };

static void complain(const struct ask *a, const char *where, const char *what)
{
    struct buf line = buf_make(WORDS_MAX);

    escape_terminal(&line, slice_of(where));
    buf_printf(&line, ": %s", what);
    ask_say(a, buf_slice(&line));
    buf_done(&line);
}

static int print_report(const struct ask *a, const char *where, const struct arf *arf)
{
    struct buf text = buf_make(1 << 16);
    json_t *json;
    int status;

    if (a->json) {
        json = feedback_json(arf);
        json_object_set_new(json, "file", json_text(slice_of(where)));
        status = ask_print_json(a, json) == 0 ? 0 : EX_TEMPFAIL;
        json_decref(json);
        return status;
    }
    escape_terminal(&text, slice_of(where));
    buf_add_char(&text, '\n');
    feedback_text(&text, arf);
    status = fwrite(text.p, 1, text.n, stdout) == text.n && fflush(stdout) == 0 ? 0 : EX_TEMPFAIL;
    buf_done(&text);
    return status;
}

/* The daemon's answer, when it took the report. */
static int show_answer(const struct ask *a, const char *where, const json_t *reply)
{
    struct buf line = buf_make(WORDS_MAX);

    if (a->json)
        return ask_print_json(a, reply) == 0 ? 0 : EX_TEMPFAIL;
    escape_terminal(&line, slice_of(where));
    buf_add(&line, SLICE(": "));
    escape_terminal(&line, answer_text(reply, "words"));
    buf_add_char(&line, '\n');
    (void)fwrite(line.p, 1, line.n, stdout); /* it is told: nobody needs to read this */
    buf_done(&line);
    return 0;
}

static int tell(struct ask *a, const char *where, const struct arf *arf, struct slice bytes)
{
    struct buf trouble = buf_make(WORDS_MAX);
    json_t *reply = control_ask(&a->control, feedback_request(arf, bytes), &trouble);
    int status = EX_TEMPFAIL;

    if (reply != NULL && control_ok(reply, &trouble))
        status = show_answer(a, where, reply);
    else
        ask_say(a, buf_slice(&trouble));
    buf_done(&trouble);
    json_decref(reply);
    return status;
}

/* One report: 0, EX_DATAERR when it is none, EX_TEMPFAIL. */
static int take_report(struct ask *a, FILE *from, const char *where)
{
    struct buf bytes = buf_make(FEEDBACK_MAX), why = buf_make(WORDS_MAX);
    struct arena room = { 0 };
    struct arf arf;
    const char *wrong;
    int status = feedback_read(from, &bytes);

    if (status != 0) {
        complain(a, where, strerror(-status));
        status = EX_TEMPFAIL;
    } else if ((wrong = arf_parse(buf_slice(&bytes), &room, &arf)) != NULL) {
        buf_printf(&why, "this is no report: %s", wrong);
        buf_add_char(&why, '\0');
        complain(a, where, why.p);
        status = EX_DATAERR;
    } else {
        status = a->print ? print_report(a, where, &arf) : tell(a, where, &arf, buf_slice(&bytes));
    }
    arena_done(&room);
    buf_done(&why);
    buf_done(&bytes);
    return status;
}

static int take_file(struct ask *a, const char *path)
{
    FILE *file = fopen(path, "re");
    int status;

    if (file == NULL) {
        complain(a, path, strerror(errno));
        return EX_TEMPFAIL;
    }
    status = take_report(a, file, path);
    fclose(file);
    return status;
}

/* The worse of two. */
static int worse(int one, int other)
{
    return one == EX_TEMPFAIL || other == 0 ? one : other;
}

/* From new/ to cur/: seen, or, what is no report, flagged for somebody to look at. */
static int move(const struct ask *a, const char *folder, const char *name, int status)
{
    char from[PATH_LONG], to[PATH_LONG];

    snprintf(from, sizeof from, "%s/new/%s", folder, name);
    snprintf(to, sizeof to, "%s/cur/%s:2,%s", folder, name, status == 0 ? "S" : "F");
    if (rename(from, to) == 0)
        return status;
    complain(a, from, strerror(errno));
    return EX_TEMPFAIL;
}

static int take_maildir(struct ask *a, const char *folder)
{
    char path[PATH_LONG];
    struct dirent *entry;
    int status = 0;
    DIR *dir;

    snprintf(path, sizeof path, "%s/new", folder);
    dir = opendir(path);
    if (dir == NULL) {
        complain(a, path, strerror(errno));
        return EX_TEMPFAIL;
    }
    while (status != EX_TEMPFAIL && (entry = readdir(dir)) != NULL) {
        int one;

        if (entry->d_name[0] == '.' ||
            snprintf(path, sizeof path, "%s/new/%s", folder, entry->d_name) >= (int)sizeof path)
            continue;
        one = take_file(a, path);
        if (!a->print && one != EX_TEMPFAIL)
            one = move(a, folder, entry->d_name, one);
        status = worse(one, status);
    }
    closedir(dir);
    return status;
}

static int take_all(struct ask *a)
{
    int status = 0;

    if (a->words_n == 0)
        return take_report(a, stdin, "standard input");
    for (size_t i = 0; i < a->words_n && status != EX_TEMPFAIL; i++) {
        struct stat st;
        bool is_folder = stat(a->words[i], &st) == 0 && S_ISDIR(st.st_mode);

        status =
            worse(is_folder ? take_maildir(a, a->words[i]) : take_file(a, a->words[i]), status);
    }
    return status;
}

int cli_feedback(int argc, char **argv)
{
    static const struct ask_usage usage = {
        .name = "feedback",
        .operands = "[FILE | MAILDIR]...",
        .help = "Take a provider's complaint about a message of ours (ARF: RFC 5965, 6591, 6430;\n"
                "or Hotmail's form) from standard input, files, or the new mail of Maildirs, and\n"
                "tell the daemon, which finds the account. For a pipe transport of Postfix.\n",
        .exits = "Exit status: 0 told, 65 it is no report, 75 everything else: try again later.\n",
        .options = ASK_PRINT | ASK_LIST | ASK_ACCOUNT | ASK_SINCE | ASK_LIMIT,
        .most = SIZE_MAX,
    };
    struct ask a;
    int status = ask_read(&a, &usage, argc, argv);

    if (status != 0)
        return EX_TEMPFAIL; /* a mistake in master.cf must not bounce reports */
    if (a.help)
        return 0;
    if ((!a.print || a.list) && ask_open(&a) != 0)
        status = EX_TEMPFAIL;
    if (status == 0)
        status = a.list ? feedback_list(&a) : take_all(&a);
    ask_close(&a);
    return status;
}
