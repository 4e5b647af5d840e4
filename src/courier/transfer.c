#include "courier/transfer.h"

#include <stdlib.h>

#include "act/clock.h"
#include "base/memory.h"

#include "base/ban.h"

/* The first line of what is said, at the end of `t->line` (CURLOPT_HEADERFUNCTION). For SMTP these
 * are all lines of the replies. */
static size_t take_header(char *bytes, size_t size, size_t n, void *ctx)
{
    struct transfer *t = ctx;
    struct slice line = slice_head((struct slice){ bytes, size * n }, TRANSFER_LINE_MAX), digits;
    uint64_t code = 0;

    t->header_bytes += size * n;
    if (t->header_bytes > TRANSFER_ANSWER_MAX)
        return 0; /* an error: the transfer ends */
    digits = slice_head(line, 3);
    if (t->parting_ms == 0 && slice_to_u64(digits, &code)) { /* what answers QUIT is no reason */
        if (t->first_code == 0)
            t->first_code = (long)code;
        buf_clear(&t->line);
        while (line.n > 0 && (line.p[line.n - 1] == '\n' || line.p[line.n - 1] == '\r'))
            line.n--;
        buf_add(&t->line, line);
    }
    return size * n;
}

/* The front of a body is kept, the rest counted (CURLOPT_WRITEFUNCTION). */
static size_t take_body(char *bytes, size_t size, size_t n, void *ctx)
{
    struct transfer *t = ctx;

    if (t->body_bytes == 0)
        buf_clear(&t->line);
    t->body_bytes += size * n;
    buf_add(&t->line, slice_head((struct slice){ bytes, size * n }, TRANSFER_LINE_MAX - t->line.n));
    return t->body_bytes <= TRANSFER_ANSWER_MAX ? size * n : 0;
}

static size_t give_upload(char *to, size_t size, size_t n, void *ctx)
{
    struct transfer *t = ctx;
    struct slice part = slice_head(t->upload, size * n);

    if (part.n > 0)
        memcpy(to, part.p, part.n);
    t->upload = slice_from(t->upload, part.n);
    return part.n;
}

/* What we say (CURLOPT_DEBUGFUNCTION). */
static int look_for_quit(CURL *easy, curl_infotype type, char *bytes, size_t n, void *ctx)
{
    struct transfer *t = ctx;

    (void)easy;
    if (type == CURLINFO_HEADER_OUT && slice_starts((struct slice){ bytes, n }, SLICE("QUIT")))
        t->parting_ms = clock_ms();
    return 0;
}

/* Called now and then (CURLOPT_XFERINFOFUNCTION): ends the wait for the reply to QUIT, for which
 * libcurl knows no other limit. */
static int look_at_clock(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    const struct transfer *t = ctx;

    (void)a;
    (void)b;
    (void)c;
    (void)d;
    return t->parting_ms != 0 && clock_ms() - t->parting_ms >= TRANSFER_PARTING_MS ? 1 : 0;
}

bool transfer_text(struct transfer *t, CURLoption option, struct slice text)
{
    char *copy;
    bool good;

    if (text.n == 0)
        return true;
    if (memchr(text.p, '\0', text.n) != NULL)
        return false;
    copy = memory_text(text.p, text.n);
    good = curl_easy_setopt(t->easy, option, copy) == CURLE_OK;
    free(copy);
    return good;
}

static bool set_limits(struct transfer *t, int limit_ms)
{
    CURL *e = t->easy;

    return curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)limit_ms) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)TRANSFER_CONNECT_MS) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L) == CURLE_OK && /* not for a slow resolver */
           curl_easy_setopt(e, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_ERRORBUFFER, t->error) == CURLE_OK;
}

static bool set_callbacks(struct transfer *t)
{
    CURL *e = t->easy;

    return curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, take_header) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_HEADERDATA, t) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, take_body) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_WRITEDATA, t) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_VERBOSE, 1L) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_DEBUGFUNCTION, look_for_quit) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_DEBUGDATA, t) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_NOPROGRESS, 0L) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_XFERINFOFUNCTION, look_at_clock) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_XFERINFODATA, t) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_READFUNCTION, give_upload) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_READDATA, t) == CURLE_OK;
}

static bool set_trust(struct transfer *t, const struct courier_letter *letter)
{
    CURL *e = t->easy;
    bool verify = !letter->unverified;

    return curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, verify ? 1L : 0L) == CURLE_OK &&
           curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, verify ? 2L : 0L) == CURLE_OK &&
           transfer_text(t, CURLOPT_CAINFO, letter->ca_file);
}

bool transfer_init(struct transfer *t, const struct courier_letter *letter, const char *protocols,
                   int limit_ms, struct outcome *o)
{
    *t = (struct transfer){ .line = buf_make(TRANSFER_LINE_MAX + 1) };
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || (t->easy = curl_easy_init()) == NULL)
        return outcome_set(o, COURIER_TEMPORARY, "libcurl cannot begin");
    if (!set_limits(t, limit_ms) || !set_callbacks(t) || !set_trust(t, letter) ||
        curl_easy_setopt(t->easy, CURLOPT_PROTOCOLS_STR, protocols) != CURLE_OK)
        return outcome_set(o, COURIER_TEMPORARY, "libcurl does not know what is needed");
    if (!transfer_text(t, CURLOPT_URL, letter->where))
        return outcome_set(o, COURIER_PERMANENT, "the address is none");
    return true;
}

void transfer_done(struct transfer *t)
{
    curl_easy_cleanup(t->easy);
    buf_done(&t->line);
}

const char *transfer_why(const struct transfer *t, CURLcode code)
{
    return t->error[0] != '\0' ? t->error : curl_easy_strerror(code);
}

bool transfer_is_about_trust(CURLcode code)
{
    return code == CURLE_LOGIN_DENIED || code == CURLE_USE_SSL_FAILED ||
           code == CURLE_SSL_CONNECT_ERROR || code == CURLE_PEER_FAILED_VERIFICATION ||
           code == CURLE_SSL_CACERT_BADFILE || code == CURLE_SSL_ISSUER_ERROR;
}
