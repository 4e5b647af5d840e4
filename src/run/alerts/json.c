/* json.c - alerts for programs (docs/alerts.md has the members), and for chat services, each
 * in the form that it takes. A text for a chat is a block of code, or of a kind that has no markup:
 * so nothing in it calls people, becomes a link or looks like what it is not. */
#include <inttypes.h>

#include "run/alerts/private.h"
#include "tell/harmless.h"

#include "base/ban.h"

enum { CHAT_MAX = 3500, DISCORD_MAX = 1800, OUT_MAX = 64 * 1024 };

static json_t *entry_json(struct alerts *a, const struct desk_entry *e, json_t *details)
{
    return json_pack("{ss ss so so so so so so so so}", "kind", alert_kind_row(e->kind)->name,
                     "severity", conf_severity_name(e->severity), "incident",
                     e->incident != 0 ? json_integer(e->incident) : json_null(), "key",
                     json_text(slice_of(e->key)), "state", json_text(slice_of(e->state)), "subject",
                     json_text(slice_of(e->subject)), "domain", json_text(slice_of(e->domain)),
                     "words", json_text(slice_of(e->words)), "time",
                     json_stamp(e->at, a->d->utc_offset_s), "details",
                     details != NULL ? json_incref(details) : json_object());
}

void alerts_letter_name(const struct alerts *a, const struct desk_letter *letter, char out[128])
{
    /* The number of the first alert, and when that was: one that is not used again even when
     * state.db is thrown away. */
    snprintf(out, 128, "alert-%" PRIu64 ".%" PRIx64 "@%.64s", letter->number,
             (uint64_t)letter->entries[0]->at.ms, a->id_host);
}

json_t *alerts_event_json(struct alerts *a, const struct desk_letter *letter,
                          const struct alert_words *words)
{
    const struct desk_entry *first = letter->entries[0];
    json_t *out = entry_json(a, first, words->details), *all = json_array();
    char name[128];

    alerts_letter_name(a, letter, name);
    if (letter->n > 1) {
        enum alert_severity worst = ALERT_INFO;

        for (uint32_t i = 0; i < letter->n; i++) {
            json_t *details = json_loads(letter->entries[i]->details, 0, NULL);

            if (letter->entries[i]->severity > worst)
                worst = letter->entries[i]->severity;
            json_array_append_new(all, entry_json(a, letter->entries[i], details));
            json_decref(details);
        }
        json_object_clear(out);
        json_object_set_new(out, "kind", json_string(alert_kind_row(ALERT_DIGEST)->name));
        json_object_set_new(out, "severity", json_string(conf_severity_name(worst)));
        json_object_set_new(out, "time", json_stamp(a->d->now, a->d->utc_offset_s));
    }
    json_object_set_new(out, "version", json_integer(1));
    json_object_set_new(out, "id", json_string(name));
    json_object_set_new(out, "host", json_text(slice_of(a->host)));
    json_object_set_new(out, "title", json_text(buf_slice(&words->subject)));
    json_object_set_new(out, "text", json_text(buf_slice(&words->body)));
    json_object_set_new(out, "alerts", all);
    return out;
}

/* The whole message as a block of code. */
static json_t *code_block(const struct alert_words *w, size_t most, bool entities)
{
    struct buf out = buf_make(OUT_MAX), all = buf_make(OUT_MAX);
    struct slice text;
    json_t *json;

    buf_add(&all, buf_slice(&w->subject));
    buf_add(&all, SLICE("\n\n"));
    buf_add(&all, buf_slice(&w->body));
    text = slice_head_utf8(buf_slice(&all), most);
    buf_add(&out, SLICE("```\n"));
    harmless_code(&out, text, entities);
    if (text.n < all.n)
        buf_add(&out, SLICE("\n[...]\n"));
    buf_add(&out, SLICE("```"));
    json = json_text(buf_slice(&out));
    buf_done(&out);
    buf_done(&all);
    return json;
}

/* A RichTextBlock of an Adaptive Card: its text has no markup. */
static json_t *card_line(struct slice text, bool bold)
{
    return json_pack("{ss s[{ss so ss ss}]}", "type", "RichTextBlock", "inlines", "type", "TextRun",
                     "text", json_text(text), "weight", bold ? "Bolder" : "Default", "fontType",
                     bold ? "Default" : "Monospace");
}

static json_t *card(const struct alert_words *w)
{
    json_t *lines = json_array();
    struct slice rest = slice_head_utf8(buf_slice(&w->body), CHAT_MAX), line;

    json_array_append_new(lines, card_line(buf_slice(&w->subject), true));
    while (rest.n > 0) {
        if (!slice_cut(&rest, '\n', &line)) {
            line = rest;
            rest.n = 0;
        }
        if (line.n > 0)
            json_array_append_new(lines, card_line(line, false));
    }
    return json_pack("{ss s[{ss s{ss ss ss so}}]}", "type", "message", "attachments", "contentType",
                     "application/vnd.microsoft.card.adaptive", "content", "type", "AdaptiveCard",
                     "$schema", "http://adaptivecards.io/schemas/adaptive-card.json", "version",
                     "1.3", "body", lines);
}

json_t *alerts_chat_json(enum conf_format format, const struct alert_words *w, bool urgent)
{
    (void)urgent;
    switch (format) {
    case CONF_FORMAT_SLACK:
        return json_pack("{so sb sb}", "text", code_block(w, CHAT_MAX, true), "unfurl_links", 0,
                         "unfurl_media", 0);
    case CONF_FORMAT_MATTERMOST:
    case CONF_FORMAT_ROCKETCHAT:
    case CONF_FORMAT_GOOGLE_CHAT:
        return json_pack("{so}", "text", code_block(w, CHAT_MAX, false));
    case CONF_FORMAT_TEAMS:
        return card(w);
    case CONF_FORMAT_DISCORD: /* flags: SUPPRESS_EMBEDS */
        return json_pack("{so s{s[]} si}", "content", code_block(w, DISCORD_MAX, false),
                         "allowed_mentions", "parse", "flags", 4);
    case CONF_FORMAT_MATRIX:
        return json_pack("{so ss}", "text", code_block(w, CHAT_MAX, false), "username", "mailfuse");
    case CONF_FORMAT_GENERIC:
    case CONF_FORMATS:
        break;
    }
    return json_object();
}
