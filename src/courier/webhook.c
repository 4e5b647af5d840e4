#include <inttypes.h>
#include <time.h>

#include "courier/deliver.h"
#include "courier/secret.h"
#include "courier/sign.h"
#include "courier/transfer.h"

#include "base/ban.h"

enum { HEADER_ROOM = SECRET_MAX + 100, OK_FIRST = 200, OK_END = 300, REDIRECTS_END = 400 };

/* One more header; false when a line end is in its value, or there is no memory. */
static bool add_header(struct curl_slist **headers, const char *name, struct slice value)
{
    struct buf line = buf_make(HEADER_ROOM);
    struct curl_slist *longer = NULL;

    buf_printf(&line, "%s: %.*s", name, SLICE_ARG(value));
    buf_add_char(&line, '\0');
    if (!line.full && (value.n == 0 || (memchr(value.p, '\n', value.n) == NULL &&
                                        memchr(value.p, '\r', value.n) == NULL &&
                                        memchr(value.p, '\0', value.n) == NULL)))
        longer = curl_slist_append(*headers, line.p);
    buf_done(&line);
    if (longer != NULL)
        *headers = longer;
    return longer != NULL;
}

static bool add_signature(struct curl_slist **headers, const struct courier_letter *letter,
                          struct outcome *o)
{
    char key[SECRET_MAX + 1];
    struct buf signature = buf_make(HEADER_ROOM);
    bool good;

    if (letter->secret_file.n == 0)
        return true;
    if (!secret_read(letter->secret_file, key, o))
        return false;
    good = sign_add(&signature, slice_of(key), (int64_t)time(NULL), letter->body) &&
           add_header(headers, "X-Mailfuse-Signature", buf_slice(&signature));
    buf_done(&signature);
    return good || outcome_set(o, COURIER_TEMPORARY, "the signature cannot be computed");
}

static bool add_authorization(struct curl_slist **headers, const struct courier_letter *letter,
                              struct outcome *o)
{
    char value[SECRET_MAX + 1];

    if (letter->authorization_file.n == 0)
        return true;
    return secret_read(letter->authorization_file, value, o) &&
           (add_header(headers, "Authorization", slice_of(value)) ||
            outcome_set(o, COURIER_TEMPORARY, "no memory"));
}

static bool add_headers(struct curl_slist **headers, const struct courier_letter *letter,
                        struct outcome *o)
{
    if (!add_header(headers, "Content-Type", SLICE("application/json")) ||
        !add_header(headers, "Expect", SLICE("")) ||
        !add_header(headers, "X-Mailfuse-Delivery", letter->name))
        return outcome_set(o, COURIER_PERMANENT, "the name of the delivery is none");
    return add_signature(headers, letter, o) && add_authorization(headers, letter, o);
}

static bool set_post(const struct transfer *t, const struct courier_letter *letter,
                     struct curl_slist *headers)
{
    CURL *e = t->easy;

    return curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_USERAGENT, "mailfuse") == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)letter->body.n) ==
               CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_POSTFIELDS, letter->body.p) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_HTTPHEADER, headers) == CURLE_OK;
}

enum courier_result webhook_judge(long code)
{
    static const long later[] = { 408, 425, 429 };

    if (code >= OK_FIRST && code < OK_END)
        return COURIER_OK;
    for (size_t i = 0; i < COUNT(later); i++)
        if (code == later[i])
            return COURIER_TEMPORARY;
    return code >= OK_END && code < 500 ? COURIER_PERMANENT : COURIER_TEMPORARY;
}

/* The server has answered with a code. */
static void judge(const struct transfer *t, long code, struct outcome *o)
{
    const char *elsewhere = NULL;
    curl_off_t wait = 0;
    struct slice rest = buf_slice(&t->line), line;

    (void)curl_easy_getinfo(t->easy, CURLINFO_REDIRECT_URL, &elsewhere);
    (void)curl_easy_getinfo(t->easy, CURLINFO_RETRY_AFTER, &wait);
    if (code >= OK_END && code < REDIRECTS_END && elsewhere != NULL) {
        outcome_set(o, COURIER_PERMANENT, "answers with a redirect to %s", elsewhere);
        return;
    }
    if (t->body_bytes == 0)
        rest.n = 0;
    if (!slice_cut(&rest, '\n', &line))
        line = rest;
    outcome_set(o, webhook_judge(code), "answers %ld%s%.*s", code, line.n > 0 ? ": " : "",
                SLICE_ARG(line));
    if (o->result == COURIER_TEMPORARY && wait > 0)
        o->retry_after_s =
            wait < COURIER_RETRY_AFTER_MAX_S ? (uint32_t)wait : COURIER_RETRY_AFTER_MAX_S;
}

static void post(struct transfer *t, const struct courier_letter *letter,
                 struct curl_slist *headers, struct outcome *o)
{
    CURLcode done;
    long code = 0;

    if (!set_post(t, letter, headers)) {
        outcome_set(o, COURIER_TEMPORARY, "libcurl does not know what is needed");
        return;
    }
    done = curl_easy_perform(t->easy);
    (void)curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &code);
    /* Of an answer that is too long the code is enough. */
    if (code != 0 && (done == CURLE_OK || done == CURLE_WRITE_ERROR) &&
        t->header_bytes <= TRANSFER_ANSWER_MAX)
        judge(t, code, o);
    else if (done == CURLE_URL_MALFORMAT)
        outcome_set(o, COURIER_PERMANENT, "%s", transfer_why(t, done));
    else
        outcome_set(o, COURIER_TEMPORARY, "%s",
                    done != CURLE_OK ? transfer_why(t, done) : "does not answer in HTTP");
}

void webhook_deliver(const struct courier_letter *letter, struct outcome *o, struct transfer *t)
{
    struct curl_slist *headers = NULL;

    if (!slice_starts(letter->where, SLICE("http://")) &&
        !slice_starts(letter->where, SLICE("https://")))
        outcome_set(o, COURIER_PERMANENT, "the address does not begin with https:// or http://");
    else if (transfer_init(t, letter, "http,https", TRANSFER_WEBHOOK_MS, o) &&
             add_headers(&headers, letter, o))
        post(t, letter, headers, o);
    curl_slist_free_all(headers);
}
