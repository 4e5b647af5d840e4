/* courier_fuzz.c - the input is what comes through the socket, read by either end; what is
 * understood can be sent again, byte by byte the same. */
#include <assert.h>

#include "proto/courier.h"

#include "base/ban.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void assert_same(struct buf *again, struct slice in, size_t used)
{
    assert(used > 0 && used <= in.n);
    assert(slice_eq(buf_slice(again), slice_head(in, used)));
    buf_done(again);
}

static void read_letters(struct slice rest)
{
    struct courier_letter letter;
    size_t used = 0;

    while (courier_letter_parse(rest, &letter, &used) == PARSE_OK) {
        struct buf again = buf_make(COURIER_FRAME_MAX);

        assert(letter.arguments_n <= COURIER_ARGUMENTS_MAX && letter.kind < COURIER_KINDS);
        assert(courier_letter_add(&again, &letter));
        assert_same(&again, rest, used);
        rest = slice_from(rest, used);
    }
}

static void read_answers(struct slice rest)
{
    struct courier_answer answer;
    size_t used = 0;

    while (courier_answer_parse(rest, &answer, &used) == PARSE_OK) {
        struct buf again = buf_make(COURIER_ANSWER_MAX);

        assert(answer.words.n <= COURIER_WORDS_MAX && answer.result < COURIER_RESULTS);
        assert(courier_answer_add(&again, &answer));
        assert_same(&again, rest, used);
        rest = slice_from(rest, used);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice in = { (const char *)data, size };

    read_letters(in);
    read_answers(in);
    return 0;
}
