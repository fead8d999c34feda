/*
 * Forced into every file of a pure layer (-include base/pure.h): what must not be used there
 * becomes a compile error. The allowed standard headers come first, because a poisoned word may
 * not be seen again afterwards; <stdlib.h>, <stdio.h> and <time.h> therefore cannot be included.
 *
 * Pure code gets time, randomness and memory from its caller. base/text formats.
 */
#ifndef BASE_PURE_H
#define BASE_PURE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#pragma GCC poison malloc calloc realloc free alloca strdup strndup
#pragma GCC poison time clock clock_gettime gettimeofday localtime gmtime mktime strftime
#pragma GCC poison rand srand random srandom getrandom arc4random
#pragma GCC poison printf fprintf sprintf snprintf vprintf vfprintf vsnprintf puts fputs putchar
#pragma GCC poison fopen fread fwrite fclose fflush getenv system exit
#pragma GCC poison strcpy strcat strncpy strncat strtok atoi atol strtol sscanf

#endif
