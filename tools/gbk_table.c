/*
 * gbk_table: writes the two tables of wire/gbk.c, as iconv(3) knows GBK, to standard output.
 *
 * gbk_unicode[lead - 0x81][trail - 0x40] is the code point of two GBK bytes, 0 for none.
 * gbk_pairs holds {code point, lead << 8 | trail}, ascending, for the way back.
 */
#include <iconv.h>
#include <stdint.h>
#include <stdio.h>

#define LEADS (0xFE - 0x81 + 1)
#define TRAILS (0xFE - 0x40 + 1)

static unsigned convert(iconv_t to_utf16, unsigned lead, unsigned trail)
{
    char in[2] = {(char)lead, (char)trail};
    unsigned char out[8];
    char *from = in;
    char *to = (char *)out;
    size_t in_left = sizeof in;
    size_t out_left = sizeof out;

    iconv(to_utf16, NULL, NULL, NULL, NULL);
    if (iconv(to_utf16, &from, &in_left, &to, &out_left) != 0 || in_left != 0 || out_left != 6)
        return 0;
    return (unsigned)(out[0] << 8 | out[1]);
}

int main(void)
{
    static uint16_t pairs[0x10000];
    iconv_t to_utf16 = iconv_open("UTF-16BE", "GBK");
    unsigned count = 0;

    if (to_utf16 == (iconv_t)-1) {
        perror("gbk_table: iconv has no GBK");
        return 1;
    }
    printf("static const uint16_t gbk_unicode[%d][%d] = {\n", LEADS, TRAILS);
    for (unsigned lead = 0x81; lead <= 0xFE; lead++) {
        printf("    {");
        for (unsigned trail = 0x40; trail <= 0xFE; trail++) {
            unsigned code = convert(to_utf16, lead, trail);
            printf("%u,", code);
            if (code != 0 && pairs[code] == 0) {
                pairs[code] = (uint16_t)(lead << 8 | trail);
                count++;
            }
        }
        printf("},\n");
    }
    iconv_close(to_utf16);
    printf("};\n\nstatic const uint16_t gbk_pairs[%u][2] = {\n", count);
    for (unsigned code = 0; code <= 0xFFFF; code++) {
        if (pairs[code] != 0)
            printf("    {%u, %u},\n", code, pairs[code]);
    }
    printf("};\n");
    return count > 20000 ? 0 : 1;
}
