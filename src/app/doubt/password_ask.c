#include "app/doubt/password_ask.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static bool read_line(FILE *in, char out[static PASSWORD_TEXT_LEN])
{
    bool is_read = fgets(out, PASSWORD_TEXT_LEN, in) != NULL;

    out[is_read ? strcspn(out, "\r\n") : 0] = 0;
    return is_read && out[0] != 0;
}

static bool read_typed(const char *words, char out[static PASSWORD_TEXT_LEN])
{
    struct termios before;
    bool is_terminal = tcgetattr(STDIN_FILENO, &before) == 0;
    struct termios unseen = before;

    unseen.c_lflag &= ~(tcflag_t)ECHO;
    if (is_terminal)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &unseen);
    fprintf(stderr, "%s: ", words);
    bool is_read = read_line(stdin, out);
    fputc('\n', stderr);
    if (is_terminal)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    return is_read;
}

bool password_ask(const char *path, const char *words, char out[static PASSWORD_TEXT_LEN])
{
    FILE *in = path == NULL ? NULL : fopen(path, "r");

    if (path == NULL)
        return read_typed(words, out);
    bool is_read = in != NULL && read_line(in, out);
    if (!is_read)
        fprintf(stderr, "acquit: %s: %s\n", path,
                in == NULL ? strerror(errno) : "there is no password in it");
    if (in != NULL)
        fclose(in);
    return is_read;
}
