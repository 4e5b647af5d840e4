/* incidents.c - `mailfuse incidents`: the list. */
#include "cli/ask.h"
#include "cli/commands.h"
#include "cli/incident.h"
#include "report/words.h"

#include "base/ban.h"

enum { NUMBER = 7, STATE = 9, SINCE = 15, AMOUNT = 8 };

static int fill(struct ask *a, json_t *request)
{
    if (a->all)
        ask_put(request, "state", "all");
    ask_put(request, "account", a->account);
    ask_put_number(request, "limit", a->limit);
    return 0;
}

static void show_head(struct sheet *s, size_t name)
{
    text_ink(&s->page, INK_DIM);
    sheet_cell(s, "number", NUMBER - 1, true);
    text_blank(&s->page, 2);
    sheet_cell(s, "state", STATE, false);
    sheet_cell(s, "since", SINCE, false);
    sheet_cell(s, "account", name, false);
    sheet_cell(s, "got out", AMOUNT + 1, true);
    sheet_cell(s, "held", AMOUNT - 1, true);
    text_end(&s->page);
    text_ink(&s->page, INK_PLAIN);
}

void incidents_table(struct sheet *s, const json_t *list)
{
    size_t i, name = s->page.columns - NUMBER - 1 - STATE - SINCE - 2 * AMOUNT;
    const json_t *row;

    show_head(s, name);
    json_array_foreach(list, i, row)
    {
        struct slice stage = answer_text(row, "stage");
        bool open = !slice_eq(answer_text(row, "state"), SLICE("closed"));

        sheet_cell_number(s, row, "incident", NUMBER - 1);
        text_blank(&s->page, 2);
        text_ink(&s->page, open ? stage_ink(stage) : INK_DIM);
        sheet_cell(s, incident_state(row), STATE, false);
        text_ink(&s->page, INK_PLAIN);
        sheet_cell_time(s, row, "since", SINCE);
        sheet_cell_text(s, row, "account", name);
        sheet_cell_number(s, answer_part(row, "out"), "recipients", AMOUNT + 1);
        sheet_cell_number(s, answer_part(row, "held"), "recipients", AMOUNT - 1);
        text_end(&s->page);
    }
}

static void show(struct ask *a, struct sheet *s, const json_t *reply)
{
    const json_t *list = answer_part(reply, "incidents");
    uint64_t all = answer_number(reply, "all");

    if (json_array_size(list) == 0) {
        buf_add(&s->page.words, a->all ? SLICE("There was no incident.")
                                       : SLICE("No incident is open. --all shows closed ones."));
        text_paragraph(&s->page, 0);
        return;
    }
    incidents_table(s, list);
    if (all > json_array_size(list)) {
        buf_add(&s->page.words, SLICE("and "));
        words_number(&s->page.words, all - json_array_size(list));
        buf_add(&s->page.words, SLICE(" more; see --limit"));
        text_paragraph(&s->page, 2);
    }
    buf_add(&s->page.words, SLICE("Figures are recipients. mailfuse incident NUMBER tells all "
                                  "about one."));
    text_paragraph(&s->page, 0);
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (!incident_only_observed(json_array_get(list, i)))
            continue;
        buf_add(&s->page.words, SLICE("In brackets: what would have been done; it only observed."));
        text_paragraph(&s->page, 0);
        break;
    }
}

int cli_incidents(int argc, char **argv)
{
    static const struct ask_usage usage = {
        .name = "incidents",
        .operands = "",
        .help = "The incidents that are open, the youngest first.\n",
        .options = ASK_ALL | ASK_ACCOUNT | ASK_LIMIT,
        .fill = fill,
        .show = show,
    };

    return ask_command(&usage, argc, argv);
}
