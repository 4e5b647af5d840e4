/* top_screen.h - the terminal as a screen with keys: the alternate screen, without echo and line
 * editing. Whatever ends the program but SIGKILL or a crash, screen_close puts the terminal back:
 * signals arrive as keys, in screen_key. */
#ifndef CLI_TOP_SCREEN_H
#define CLI_TOP_SCREEN_H

#include <signal.h>
#include <termios.h>

#include "base/attributes.h"
#include "base/slice.h"

/* Keys that are no character of their own. */
enum screen_key {
    SCREEN_NOTHING = 0, /* the time is over */
    SCREEN_UP = 0x100,
    SCREEN_DOWN,
    SCREEN_PAGE_UP,
    SCREEN_PAGE_DOWN,
    SCREEN_HOME,
    SCREEN_END,
    SCREEN_OTHER, /* a key that we do not know */
    SCREEN_RESIZE,
    SCREEN_QUIT, /* a signal asked for it (`signal`), or the terminal is gone */
};

struct screen {
    struct termios before;
    sigset_t mask_before;
    int signals; /* signalfd(2) */
    int signal;  /* that ended it; 0: none */
    size_t columns, rows;
    unsigned char keys[64]; /* read and not yet given */
    size_t keys_at, keys_n;
};

/* Take the terminal over: standard input and output must be one. 0 or -errno. */
NODISCARD int screen_open(struct screen *s);

/* Give it back. */
void screen_close(struct screen *s);

/* The next key, within `wait_ms`: a character as unsigned char, or an enum screen_key. Control-C is
 * SCREEN_QUIT; Control-Z stops the program, and comes back as SCREEN_RESIZE. */
int screen_key(struct screen *s, int wait_ms);

/* Write all of it. */
void screen_write(struct slice bytes);

#endif
