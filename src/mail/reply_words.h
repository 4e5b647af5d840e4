/* reply_words.h - private to reply*.c: what a reply says, as a set of bits. */
#ifndef MAIL_REPLY_WORDS_H
#define MAIL_REPLY_WORDS_H

#include "base/attributes.h"
#include "base/slice.h"

#define REPLY_BIT(n) ((uint64_t)1 << (n))

/* Of whom or what it speaks. */
#define W_USER REPLY_BIT(0)
#define W_RECIPIENT REPLY_BIT(1)
#define W_ADDRESS REPLY_BIT(2)
#define W_DOMAIN REPLY_BIT(3)
#define W_SENDER REPLY_BIT(4)
#define W_CLIENT REPLY_BIT(5)
#define W_MESSAGE REPLY_BIT(6)
#define W_CONNECT REPLY_BIT(7)
/* What is the matter with it. */
#define W_UNKNOWN REPLY_BIT(8)
#define W_GONE REPLY_BIT(9)
#define W_UNAVAILABLE REPLY_BIT(10)
#define W_HAS_NO REPLY_BIT(11)
#define W_FULL REPLY_BIT(12)
#define W_STORE REPLY_BIT(13)
#define W_EXCEED REPLY_BIT(14)
#define W_SIZE REPLY_BIT(15)
#define W_SPAM REPLY_BIT(16)
#define W_LIST REPLY_BIT(17)
#define W_REPUTATION REPLY_BIT(18)
#define W_BLOCK REPLY_BIT(19)
#define W_COMPLAINT REPLY_BIT(20)
#define W_GREY REPLY_BIT(21)
#define W_RATE REPLY_BIT(22)
#define W_MANY REPLY_BIT(23)
#define W_PERIOD REPLY_BIT(24)
#define W_VOLUME REPLY_BIT(25)
#define W_AGAIN REPLY_BIT(26)
#define W_AUTH REPLY_BIT(27)
#define W_VERIFY REPLY_BIT(28)
#define W_RELAY REPLY_BIT(29)
#define W_POLICY REPLY_BIT(30)
#define W_DENIED REPLY_BIT(31)
#define W_REJECT REPLY_BIT(32)
#define W_NET REPLY_BIT(33)
#define W_TLS REPLY_BIT(34)
#define W_LOOPS REPLY_BIT(35)
#define W_HOPS REPLY_BIT(36)
#define W_NULL REPLY_BIT(37)
#define W_MX REPLY_BIT(38)
#define W_CONTENT REPLY_BIT(39)
#define W_ATTACHMENT REPLY_BIT(40)
#define W_ERROR REPLY_BIT(41)
/* How it says so; these do not leave the scanner. */
#define W_NOT REPLY_BIT(42)       /* turns what follows shortly */
#define W_NOT_AFTER REPLY_BIT(43) /* turns what stands right before it, too */
#define W_NEAR REPLY_BIT(44)      /* in `negated`: only right after the "no" */
#define W_NAME REPLY_BIT(45)      /* counts inside a host name or URL, too */
/* The enhanced status code. */
#define C_USER REPLY_BIT(46)
#define C_ADDRESS REPLY_BIT(47)
#define C_POLICY REPLY_BIT(48)
#define C_DOMAIN REPLY_BIT(49)
#define C_GONE REPLY_BIT(50)
#define C_FULL REPLY_BIT(51)
#define C_SIZE REPLY_BIT(52)
#define C_NET REPLY_BIT(53)
#define C_RATE REPLY_BIT(54)
#define C_AUTH REPLY_BIT(55)
#define C_SECURITY REPLY_BIT(56)
#define C_NONE REPLY_BIT(57) /* no code, or one that says nothing: X.0.0, X.5.0, X.2.0 */
#define C_TEMPORARY REPLY_BIT(58)
/* Who says it, and in answer to what. */
#define S_LOCAL REPLY_BIT(59) /* Postfix itself, not a server */
#define S_GREETING REPLY_BIT(60)
#define S_MAIL REPLY_BIT(61)
#define S_RCPT REPLY_BIT(62)
#define S_DATA REPLY_BIT(63)

enum { REPLY_SCAN_MAX = 512 }; /* bytes of a reply that reply_scan looks at */

struct reply_word {
    char text[20]; /* in the struct, so that a search stays in few cache lines */
    uint8_t n;
    bool stem; /* longer words that begin like this count, too */
    uint64_t means;
    uint64_t
        negated; /* instead, when a "not" or "no" stands shortly before; 0 when that is silent */
};

/* The entry of a word in lower case, or NULL. */
const struct reply_word *reply_word_find(struct slice word);

/* True for a word, in any case, that counts even inside a host name ("spamhaus"). */
bool reply_is_name(struct slice word);

/* A delivery result's text without what Postfix wrote around the server's reply, and the S_ bits
 * that this tells. The slice lies in `text`. */
struct slice reply_core(struct slice text, uint64_t *says);

/* The C_ bits of the enhanced status code at the front of `s`; 0 without one. */
uint64_t reply_code(struct slice s);

/* True when `dot` stands inside of a host name, not between two sentences ("unknown.Please"). */
bool reply_host_dot(const char *start, const char *dot, const char *end);

/* All that a reply says: S_, W_ and C_ bits. */
uint64_t reply_scan(struct slice dsn, struct slice text);

static inline bool reply_is_digit(char c)
{
    return (unsigned)c - '0' < 10;
}

static inline bool reply_is_lower(char c)
{
    return (unsigned)c - 'a' < 26;
}

static inline bool reply_is_upper(char c)
{
    return (unsigned)c - 'A' < 26;
}

/* Letters, digits, and the bytes of UTF-8 and Latin-1 letters. */
static inline bool reply_is_word(char c)
{
    return reply_is_lower((char)(c | 0x20)) || reply_is_digit(c) || (unsigned char)c >= 0x80;
}

static inline bool reply_is_blank(char c)
{
    return (unsigned char)c <= ' ';
}

#endif
