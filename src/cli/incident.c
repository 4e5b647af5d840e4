/* incident.c - `mailfuse incident N`: all about one, also as a page to hand on. */
#include <errno.h>
#include <stdio.h>

#include "cli/ask.h"
#include "cli/commands.h"
#include "cli/incident.h"
#include "report/html.h"

#include "base/ban.h"

static int write_page(const struct ask *a, const json_t *incident)
{
    struct buf page = buf_make(HTML_PAGE_MAX);
    FILE *f = fopen(a->html, "we");
    bool ok;

    incident_html(&page, incident, MAILFUSE_VERSION);
    ok = f != NULL && !page.full && fwrite(page.p, 1, page.n, f) == page.n;
    if (f != NULL && fclose(f) != 0)
        ok = false;
    if (!ok)
        fprintf(stderr, "mailfuse incident: %s: %s\n", a->html,
                page.full ? "the page is too large" : strerror(errno));
    buf_done(&page);
    return ok ? 0 : ASK_TROUBLE;
}

static void show(struct ask *a, struct sheet *s, const json_t *reply)
{
    (void)a;
    incident_text(s, answer_part(reply, "incident"));
}

static int finish(struct ask *a, const json_t *reply)
{
    int status = a->html != NULL ? write_page(a, answer_part(reply, "incident")) : 0;

    if (status == 0 && (a->json || a->html == NULL))
        status = ask_print(a, show, reply);
    return status;
}

int cli_incident(int argc, char **argv)
{
    static const struct ask_usage usage = {
        .name = "incident",
        .operands = "NUMBER",
        .help = "All about one incident: evidence, mail, what was done and what is to be done.\n",
        .options = ASK_HTML,
        .least = 1,
        .most = 1,
        .fill = ask_put_incident,
        .finish = finish,
    };

    return ask_command(&usage, argc, argv);
}
