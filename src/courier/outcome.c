#include <stdarg.h>
#include <stdio.h>

#include "courier/deliver.h"

#include "base/ban.h"

enum { WORDS_ROOM = 4 * COURIER_WORDS_MAX };

struct outcome outcome_make(void)
{
    return (struct outcome){ .result = COURIER_TEMPORARY, .words = buf_make(WORDS_ROOM) };
}

bool outcome_set(struct outcome *o, enum courier_result result, const char *format, ...)
{
    char words[WORDS_ROOM];
    va_list args;

    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    o->result = result;
    buf_clear(&o->words);
    buf_add(&o->words, slice_of(words));
    return false;
}
