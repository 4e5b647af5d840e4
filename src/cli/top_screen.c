#include "cli/top_screen.h"

#include <errno.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/ban.h"

enum { COLUMNS = 80, ROWS = 24, CONTROL_C = 3, CONTROL_Z = 26, ESCAPE = 27, ESCAPE_WAIT_MS = 30 };

void screen_write(struct slice bytes)
{
    while (bytes.n > 0) {
        ssize_t n = write(STDOUT_FILENO, bytes.p, bytes.n);

        if (n < 0 && errno != EINTR)
            return; /* the terminal is gone: the next key will say so */
        bytes = slice_from(bytes, n > 0 ? (size_t)n : 0);
    }
}

static void measure(struct screen *s)
{
    struct winsize size = { 0 };

    s->columns = COLUMNS;
    s->rows = ROWS;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0)
        return;
    if (size.ws_col > 0)
        s->columns = size.ws_col;
    if (size.ws_row > 0)
        s->rows = size.ws_row;
}

/* The alternate screen, without cursor and without wrapping. */
static int enter(struct screen *s)
{
    struct termios raw = s->before;

    cfmakeraw(&raw);
    raw.c_oflag |= OPOST | ONLCR;
    if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw) != 0)
        return -errno;
    screen_write(SLICE("\033[?1049h\033[?25l\033[?7l\033[2J"));
    measure(s);
    return 0;
}

static void leave(struct screen *s)
{
    screen_write(SLICE("\033[0m\033[?7h\033[?25h\033[?1049l"));
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &s->before);
}

int screen_open(struct screen *s)
{
    static const int caught[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH };
    sigset_t mask;
    int error;

    *s = (struct screen){ .signals = -1 };
    if (isatty(STDOUT_FILENO) != 1 || tcgetattr(STDIN_FILENO, &s->before) != 0)
        return -ENOTTY;
    sigemptyset(&mask);
    for (size_t i = 0; i < COUNT(caught); i++)
        sigaddset(&mask, caught[i]);
    sigprocmask(SIG_BLOCK, &mask, &s->mask_before);
    s->signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
    error = s->signals < 0 ? -errno : enter(s);
    if (error == 0)
        return 0;
    if (s->signals >= 0)
        close(s->signals);
    sigprocmask(SIG_SETMASK, &s->mask_before, NULL);
    return error;
}

void screen_close(struct screen *s)
{
    leave(s);
    close(s->signals);
    sigprocmask(SIG_SETMASK, &s->mask_before, NULL);
}

/* As Control-Z does in any program: the shell's turn, until it says "fg". */
static int pause_here(struct screen *s)
{
    leave(s);
    raise(SIGSTOP);
    return enter(s) == 0 ? SCREEN_RESIZE : SCREEN_QUIT;
}

static int take_signal(struct screen *s)
{
    struct signalfd_siginfo info;

    if (read(s->signals, &info, sizeof info) != (ssize_t)sizeof info)
        return SCREEN_OTHER;
    if (info.ssi_signo == SIGTSTP)
        return pause_here(s);
    if (info.ssi_signo == SIGWINCH) {
        measure(s);
        return SCREEN_RESIZE;
    }
    s->signal = (int)info.ssi_signo;
    return SCREEN_QUIT;
}

/* True when there are keys to take. `*got` is the key, when something else has come. */
static bool wait_key(struct screen *s, int wait_ms, int *got)
{
    struct pollfd fds[] = { { .fd = STDIN_FILENO, .events = POLLIN },
                            { .fd = s->signals, .events = POLLIN } };
    ssize_t n;

    *got = SCREEN_NOTHING;
    if (s->keys_at < s->keys_n)
        return true;
    if (poll(fds, COUNT(fds), wait_ms) <= 0)
        return false;
    if (fds[1].revents != 0) {
        *got = take_signal(s);
        return false;
    }
    n = read(STDIN_FILENO, s->keys, sizeof s->keys);
    s->keys_at = 0;
    s->keys_n = n > 0 ? (size_t)n : 0;
    if (n <= 0 && !(n < 0 && errno == EINTR))
        *got = SCREEN_QUIT;
    return n > 0;
}

/* After an escape: "[A", "OA", "[5~"; alone it was the key itself. */
static int escape_sequence(struct screen *s)
{
    static const struct {
        const char *text;
        int key;
    } sequences[] = {
        { "[A", SCREEN_UP },   { "OA", SCREEN_UP },       { "[B", SCREEN_DOWN },
        { "OB", SCREEN_DOWN }, { "[5~", SCREEN_PAGE_UP }, { "[6~", SCREEN_PAGE_DOWN },
        { "[H", SCREEN_HOME }, { "OH", SCREEN_HOME },     { "[1~", SCREEN_HOME },
        { "[F", SCREEN_END },  { "OF", SCREEN_END },      { "[4~", SCREEN_END },
    };
    char text[8] = "";
    size_t n = 0;
    int other;

    while (n + 1 < sizeof text && wait_key(s, ESCAPE_WAIT_MS, &other)) {
        text[n++] = (char)s->keys[s->keys_at++];
        if (n > 1 && text[n - 1] >= 0x40) /* the last byte of a sequence: ECMA-48 section 5.4 */
            break;
    }
    if (n == 0)
        return ESCAPE;
    for (size_t i = 0; i < COUNT(sequences); i++)
        if (strcmp(text, sequences[i].text) == 0)
            return sequences[i].key;
    return SCREEN_OTHER;
}

int screen_key(struct screen *s, int wait_ms)
{
    int key;

    if (!wait_key(s, wait_ms, &key))
        return key;
    key = s->keys[s->keys_at++];
    if (key == CONTROL_C)
        return SCREEN_QUIT;
    if (key == CONTROL_Z)
        return pause_here(s);
    return key == ESCAPE ? escape_sequence(s) : key;
}
