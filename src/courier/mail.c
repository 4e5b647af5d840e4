#include "courier/deliver.h"
#include "courier/message.h"
#include "courier/secret.h"
#include "courier/transfer.h"

#include "base/ban.h"

enum { ENVELOPE_ROOM = 1024, GREETING_OK = 220, REFUSED_FIRST = 500, REFUSED_END = 600 };

/* An address for MAIL or RCPT, in angle brackets. False: it would end the command, or begin
 * another. */
static bool envelope(struct slice address, char out[ENVELOPE_ROOM])
{
    if (address.n > ENVELOPE_ROOM - sizeof "<>")
        return false;
    for (size_t i = 0; i < address.n; i++)
        if ((unsigned char)address.p[i] <= ' ' || address.p[i] == '<' || address.p[i] == '>' ||
            address.p[i] == '\x7f')
            return false;
    out[0] = '<';
    if (address.n > 0)
        memcpy(out + 1, address.p, address.n);
    memcpy(out + 1 + address.n, ">", sizeof ">");
    return true;
}

static bool set_envelope(const struct transfer *t, const struct courier_letter *letter,
                         struct curl_slist **to)
{
    char text[ENVELOPE_ROOM];

    if (!envelope(letter->from, text) ||
        curl_easy_setopt(t->easy, CURLOPT_MAIL_FROM, text) != CURLE_OK || letter->to.n == 0 ||
        !envelope(letter->to, text))
        return false;
    *to = curl_slist_append(NULL, text);
    return *to != NULL && curl_easy_setopt(t->easy, CURLOPT_MAIL_RCPT, *to) == CURLE_OK;
}

/* Where TLS begins in between, and whether anybody may be at the other end. */
static bool set_tls(const struct transfer *t, const struct courier_letter *letter)
{
    bool safe = letter->tls == COURIER_TLS_REQUIRE || letter->user.n > 0;
    long way = letter->tls == COURIER_TLS_NONE ? (long)CURLUSESSL_NONE
               : safe                          ? (long)CURLUSESSL_ALL
                                               : (long)CURLUSESSL_TRY;

    if (curl_easy_setopt(t->easy, CURLOPT_USE_SSL, way) != CURLE_OK)
        return false;
    if (way != CURLUSESSL_TRY || slice_starts(letter->where, SLICE("smtps://")))
        return true;
    return curl_easy_setopt(t->easy, CURLOPT_SSL_VERIFYPEER, 0L) == CURLE_OK &&
           curl_easy_setopt(t->easy, CURLOPT_SSL_VERIFYHOST, 0L) == CURLE_OK;
}

static bool set_login(struct transfer *t, const struct courier_letter *letter, struct outcome *o)
{
    char password[SECRET_MAX + 1];

    if (letter->user.n == 0)
        return true;
    if (!secret_read(letter->secret_file, password, o))
        return false;
    return (transfer_text(t, CURLOPT_USERNAME, letter->user) &&
            curl_easy_setopt(t->easy, CURLOPT_PASSWORD, password) == CURLE_OK) ||
           outcome_set(o, COURIER_PERMANENT, "the user is no text");
}

/* Come from this address and no other. */
static bool set_source(struct transfer *t, struct slice source, struct outcome *o)
{
    struct buf text = buf_make(ENVELOPE_ROOM);
    bool is_v6 = source.n > 0 && memchr(source.p, ':', source.n) != NULL, good;

    if (source.n == 0)
        return true;
    buf_printf(&text, "host!%.*s", SLICE_ARG(source));
    good = !text.full && transfer_text(t, CURLOPT_INTERFACE, buf_slice(&text)) &&
           curl_easy_setopt(t->easy, CURLOPT_IPRESOLVE,
                            is_v6 ? (long)CURL_IPRESOLVE_V6 : (long)CURL_IPRESOLVE_V4) == CURLE_OK;
    buf_done(&text);
    return good || outcome_set(o, COURIER_PERMANENT, "the address to come from is none");
}

static bool set_message(struct transfer *t, struct slice message)
{
    t->upload = message;
    return curl_easy_setopt(t->easy, CURLOPT_UPLOAD, 1L) == CURLE_OK &&
           curl_easy_setopt(t->easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)message.n) == CURLE_OK;
}

/* The last line that the server said, when that is why it went wrong. */
static void judge(const struct transfer *t, CURLcode done, struct outcome *o)
{
    struct slice line = buf_slice(&t->line);
    long code = 0;

    (void)curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &code);
    if (done == CURLE_OK)
        outcome_set(o, COURIER_OK, "%.*s", SLICE_ARG(line));
    else if (done == CURLE_URL_MALFORMAT)
        outcome_set(o, COURIER_PERMANENT, "%s", transfer_why(t, done));
    else if (code < 400 || line.n == 0)
        outcome_set(o, COURIER_TEMPORARY, "%s", transfer_why(t, done));
    else
        outcome_set(o,
                    code >= REFUSED_FIRST && code < REFUSED_END && t->first_code == GREETING_OK &&
                            !transfer_is_about_trust(done)
                        ? COURIER_PERMANENT
                        : COURIER_TEMPORARY,
                    "%.*s", SLICE_ARG(line));
}

static void submit(struct transfer *t, const struct courier_letter *letter, struct outcome *o)
{
    struct buf message = buf_make(2 * letter->body.n + 2);
    struct curl_slist *to = NULL;

    message_lines(&message, letter->body);
    if (!set_envelope(t, letter, &to))
        outcome_set(o, COURIER_PERMANENT, "the address of sender or recipient is none");
    else if (!set_tls(t, letter) || !set_message(t, buf_slice(&message)))
        outcome_set(o, COURIER_TEMPORARY, "libcurl does not know what is needed");
    else if (set_login(t, letter, o) && set_source(t, letter->source, o))
        judge(t, curl_easy_perform(t->easy), o);
    curl_slist_free_all(to);
    buf_done(&message);
}

void mail_deliver(const struct courier_letter *letter, struct outcome *o, struct transfer *t)
{
    if (!slice_starts(letter->where, SLICE("smtp://")) &&
        !slice_starts(letter->where, SLICE("smtps://")))
        outcome_set(o, COURIER_PERMANENT, "the server does not begin with smtp:// or smtps://");
    else if (transfer_init(t, letter, "smtp,smtps", TRANSFER_MAIL_MS, o))
        submit(t, letter, o);
}
