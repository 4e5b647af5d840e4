/* sheet.h - a page of text on standard output, in the looks of the report (report/text_page.h):
 * coloured and as wide as a terminal allows, else of 80 columns. */
#ifndef CLI_SHEET_H
#define CLI_SHEET_H

#include "cli/answer.h"

struct sheet {
    struct text_options options;
    struct report report; /* of the page: clock and arena, no more */
    struct buf out;
    struct text_page page;
    struct wall near; /* the time of the reply: times of its year are shown without it */
};

/* `reply` has the time and the zone in its member `time`, if any; else no times get a year. */
void sheet_open(struct sheet *s, const json_t *reply);

/* Print what is on it and free it. 0, or 2 after a message when standard output fails. */
int sheet_print(struct sheet *s, const char *command);

/* Add a time to the words of the page. */
void sheet_time(struct sheet *s, const json_t *object, const char *name, bool seconds);

/* A cell of a table with a text of ours; `right`: against its right edge. */
void sheet_cell(struct sheet *s, const char *text, size_t width, bool right);

/* A cell of a time, of a number. */
void sheet_cell_time(struct sheet *s, const json_t *object, const char *name, size_t width);
void sheet_cell_number(struct sheet *s, const json_t *object, const char *name, size_t width);

/* A cell of a text of the reply. */
void sheet_cell_text(struct sheet *s, const json_t *object, const char *name, size_t width);

/* A row "label  text", of a text of the reply; nothing when it is empty. */
void sheet_row(struct sheet *s, const char *label, const json_t *object, const char *name);

/* The same of a text of several lines; the label stands before the first. */
void sheet_lines(struct sheet *s, const char *label, const json_t *object, const char *name);

/* The member `command` in a line of its own, to be copied: neither wrapped nor cut. Nothing when it
 * is empty. */
void sheet_command(struct sheet *s, const json_t *object, size_t indent);

/* Of "observe", "hold", "lock", in the present tense, with its ink: "held". */
const char *stage_words(struct slice stage);
enum text_ink stage_ink(struct slice stage);

/* "Account alice@example.test" into the words; long names are shortened to `width`. */
void sheet_subject(struct sheet *s, const json_t *object, size_t width);

#endif
