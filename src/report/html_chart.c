#include "report/html_chart.h"

#include <inttypes.h>

#include "report/chart.h"
#include "report/words.h"

#include "base/ban.h"

/* Heights in pixels. */
enum {
    MARK_ROW = 18,
    STRIP_HEAD = 22,
    STRIP_PLOT = 72,
    STRIP_GAP = 12,
    AXIS = 36,
};

static const struct strip {
    enum chart_series series;
    const char *title, *style;
} strips[] = {
    { CHART_MESSAGES, NULL, "messages" }, /* titled by the caller */
    { CHART_RECIPIENTS, "Recipients", "recipients" },
    { CHART_FAILURES, "Failed logins", "failures" },
};

struct timeline {
    struct chart chart;
    const char *messages; /* title of the first strip */
    const struct html_mark *marks;
    size_t marks_n;
    struct strip_at {
        const struct strip *strip;
        unsigned y;   /* of its title; the plot is below */
        uint64_t top; /* of its axis */
        bool refused; /* with those refused in front */
    } at[COUNT(strips)];
    size_t n;        /* strips that have anything to show */
    unsigned axis_y; /* below the last strip */
};

/* A place on the plot as a percentage with two decimals, for "%u.%02u%%". */
#define PERCENT(x) (x) / 100, (x) % 100

static const char *strip_title(const struct timeline *t, const struct strip *strip)
{
    return strip->title != NULL ? strip->title : t->messages;
}

static bool mark_shown(const struct timeline *t, const struct html_mark *mark, unsigned *x)
{
    return mark->at.ms != 0 && chart_x(&t->chart, mark->at, x);
}

/* From top to bottom: a row for each mark's label, the strips, the axis. */
static void layout(struct timeline *t)
{
    unsigned y = 0, x;

    for (size_t i = 0; i < t->marks_n; i++)
        y += mark_shown(t, &t->marks[i], &x) ? MARK_ROW : 0;
    for (size_t i = 0; i < COUNT(strips); i++) {
        bool recipients = strips[i].series == CHART_RECIPIENTS;
        uint64_t refused = recipients ? chart_peak(&t->chart, CHART_REFUSED) : 0;
        uint64_t peak = chart_peak(&t->chart, strips[i].series);

        if (refused > peak)
            peak = refused;
        if (peak == 0)
            continue;
        t->at[t->n++] = (struct strip_at){ &strips[i], y, chart_top(peak), refused > 0 };
        y += STRIP_HEAD + STRIP_PLOT + STRIP_GAP;
    }
    t->axis_y = y - STRIP_GAP;
}

static void write_bars(struct html_page *page, const struct chart *c, enum chart_series series,
                       const char *style, uint64_t top)
{
    buf_printf(page->out, "<g class=\"%s\">", style);
    for (size_t i = 0; i < c->n; i++) {
        struct chart_box box;

        if (c->value[series][i] == 0)
            continue;
        box = chart_box(c, series, i, top);
        buf_printf(page->out, "<rect x=\"%u\" y=\"%u\" width=\"%u\" height=\"%u\"/>", box.x, box.y,
                   box.width, box.height);
    }
    html_raw(page, "</g>\n");
}

static void write_plot(struct html_page *page, const struct timeline *t, const struct strip_at *at)
{
    unsigned y = at->y + STRIP_HEAD;
    const unsigned lines[] = { y, y + STRIP_PLOT / 2, y + STRIP_PLOT };

    buf_printf(page->out,
               "<svg x=\"0\" y=\"%u\" width=\"100%%\" height=\"%d\" viewBox=\"0 0 %d %d\" "
               "preserveAspectRatio=\"none\">",
               y, STRIP_PLOT, CHART_PLOT, CHART_PLOT);
    write_bars(page, &t->chart, at->strip->series, at->strip->style, at->top);
    if (at->refused)
        write_bars(page, &t->chart, CHART_REFUSED, "refused", at->top);
    html_raw(page, "</svg>\n");
    for (size_t i = 0; i < COUNT(lines); i++)
        buf_printf(page->out, "<line class=\"%s\" x1=\"0\" x2=\"100%%\" y1=\"%u\" y2=\"%u\"/>",
                   i + 1 < COUNT(lines) ? "grid" : "base", lines[i], lines[i]);
}

/* After everything that they might cover: page.css draws an edge in the colour of the card around
 * their letters. */
static void write_titles(struct html_page *page, const struct timeline *t,
                         const struct strip_at *at)
{
    unsigned y = at->y + STRIP_HEAD;

    buf_printf(page->out,
               "<text class=\"strip\" x=\"0\" y=\"%u\"><tspan class=\"%s\">\xE2\x96\xA0</tspan> %s",
               at->y + 15, at->strip->style, strip_title(t, at->strip));
    if (at->refused)
        html_raw(page, "<tspan class=\"refused\" dx=\"10\">\xE2\x96\xA0</tspan> refused");
    html_raw(page, "</text>\n");
    for (uint64_t part = 1; part <= 2 && at->top % part == 0; part++) {
        buf_printf(page->out, "<text class=\"scale\" x=\"0\" y=\"%u\">",
                   y + 12 + (unsigned)(part - 1) * STRIP_PLOT / 2);
        words_number(page->out, at->top / part);
        html_raw(page, "</text>\n");
    }
}

static void write_mark_lines(struct html_page *page, const struct timeline *t)
{
    unsigned row = 0, x;

    for (size_t i = 0; i < t->marks_n; i++)
        if (mark_shown(t, &t->marks[i], &x))
            buf_printf(page->out,
                       "<line class=\"mark %s\" x1=\"%u.%02u%%\" x2=\"%u.%02u%%\" y1=\"%u\" "
                       "y2=\"%u\"/>\n",
                       t->marks[i].label, PERCENT(x), PERCENT(x), row++ * MARK_ROW + 2, t->axis_y);
}

/* Beyond the middle a label stands on the left of its line, else on the right: either way it has
 * half of the width. */
static void write_mark_labels(struct html_page *page, const struct timeline *t)
{
    unsigned row = 0, x;

    for (size_t i = 0; i < t->marks_n; i++) {
        const struct html_mark *mark = &t->marks[i];

        if (!mark_shown(t, mark, &x))
            continue;
        buf_printf(page->out, "<text class=\"mark %s\" x=\"%u.%02u%%\" y=\"%u\" %s>", mark->label,
                   PERCENT(x), row++ * MARK_ROW + 13,
                   x > CHART_PLOT / 2 ? "dx=\"-6\" text-anchor=\"end\"" : "dx=\"6\"");
        if (mark->number > 0)
            buf_printf(page->out, "fuse %u: ", mark->number);
        else
            buf_printf(page->out, "%s ", mark->label);
        words_time(page->out, page->r, mark->at, false);
        html_raw(page, "</text>\n");
    }
}

static void write_axis(struct html_page *page, const struct timeline *t)
{
    struct chart_tick ticks[CHART_TICKS_MAX];
    size_t n = chart_ticks(&t->chart, page->r->offset_s, ticks);

    for (size_t i = 0; i < n; i++) {
        const struct chart_tick *tick = &ticks[i];
        const char *anchor = tick->x < 300                ? "start"
                             : tick->x > CHART_PLOT - 300 ? "end"
                                                          : "middle";

        buf_printf(page->out,
                   "<g class=\"tick%s\" text-anchor=\"%s\"><line x1=\"%u.%02u%%\" x2=\"%u.%02u%%\" "
                   "y1=\"%u\" y2=\"%u\"/><text x=\"%u.%02u%%\" y=\"%u\">%s</text>",
                   tick->minor ? " minor" : "", anchor, PERCENT(tick->x), PERCENT(tick->x),
                   t->axis_y, t->axis_y + 4, PERCENT(tick->x), t->axis_y + 17, tick->label);
        if (tick->date[0] != '\0')
            buf_printf(page->out, "<text x=\"%u.%02u%%\" y=\"%u\">%s</text>", PERCENT(tick->x),
                       t->axis_y + 32, tick->date);
        html_raw(page, "</g>\n");
    }
}

static void write_name(struct html_page *page, const struct timeline *t, struct slice subject)
{
    unsigned id = ++page->ids;

    buf_printf(page->out,
               " aria-labelledby=\"chart%u chart%u-more\"><title id=\"chart%u\">Time "
               "line of ",
               id, id, id);
    html_text(page, subject);
    buf_printf(page->out, "</title><desc id=\"chart%u-more\">From ", id);
    words_time(page->out, page->r, t->chart.start, true);
    html_raw(page, ", one bar for every ");
    words_duration(page->out, t->chart.width_ms);
    for (size_t i = 0; i < COUNT(strips); i++) {
        buf_printf(page->out, ". %s: ", strip_title(t, &strips[i]));
        words_number(page->out, chart_sum(&t->chart, strips[i].series));
        html_raw(page, " in all, at most ");
        words_number(page->out, chart_peak(&t->chart, strips[i].series));
        html_raw(page, " in one bar");
    }
    html_raw(page, ".</desc>\n");
}

static void write_figures(struct html_page *page, const struct chart *c, const char *messages)
{
    const struct html_column columns[] = {
        { "Time", false },   { messages, true },        { "Recipients", true },
        { "Refused", true }, { "Failed logins", true }, { NULL, false },
    };

    html_raw(page, "<details class=\"figures\"><summary>The same in figures</summary>\n");
    html_table(page, "Figures of the time line", columns);
    for (size_t i = 0; i < c->n; i++) {
        uint64_t any = 0;

        for (int series = 0; series < CHART_SERIES; series++)
            any |= c->value[series][i];
        if (any == 0)
            continue;
        html_row(page);
        html_cell_time(page, chart_from(c, i));
        for (int series = 0; series < CHART_SERIES; series++)
            html_cell_number(page, c->value[series][i]);
        html_row_end(page);
    }
    html_table_end(page);
    html_raw(page, "<p class=\"note\">Each row begins at its time and lasts ");
    words_duration(page->out, c->width_ms);
    html_raw(page, "; rows of zeros are left out.</p>\n</details>\n");
}

void html_timeline(struct html_page *page, const struct report_timeline *timeline,
                   struct slice subject, const char *messages, const struct html_mark *marks,
                   size_t marks_n)
{
    struct timeline t = {
        .chart = chart_make(timeline), .messages = messages, .marks = marks, .marks_n = marks_n
    };

    layout(&t);
    if (t.n == 0) {
        html_raw(page, "<p class=\"none\">Nothing to draw: no messages in this time.</p>\n");
        return;
    }
    buf_printf(page->out, "<svg class=\"timeline\" role=\"img\" width=\"100%%\" height=\"%u\"",
               t.axis_y + AXIS);
    write_name(page, &t, subject);
    for (size_t i = 0; i < t.n; i++)
        write_plot(page, &t, &t.at[i]);
    write_axis(page, &t);
    write_mark_lines(page, &t);
    for (size_t i = 0; i < t.n; i++)
        write_titles(page, &t, &t.at[i]);
    write_mark_labels(page, &t);
    html_raw(page, "</svg>\n");
    write_figures(page, &t.chart, messages);
}
