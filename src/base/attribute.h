/* Words for what a signature cannot say, and the one way to count an array. */
#ifndef BASE_ATTRIBUTE_H
#define BASE_ATTRIBUTE_H

#define MUST_USE __attribute__((warn_unused_result))
#define NO_RETURN __attribute__((noreturn))
#define UNUSED __attribute__((unused))
#define ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
