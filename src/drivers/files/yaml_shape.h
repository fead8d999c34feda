/*
 * Looks a YAML text over before it is loaded: libyaml loads whatever nesting it meets, in time that
 * grows with the square of the depth, and a second document would be passed over in silence.
 */
#ifndef DRIVERS_YAML_SHAPE_H
#define DRIVERS_YAML_SHAPE_H

#include "base/attribute.h"
#include "base/err.h"

#include <yaml.h>

#define YAML_SHAPE_DEPTH_MAX 16 /* our files nest four deep */

/* What is wrong with a text and where. */
struct yaml_shape_fault {
    const char *what; /* static words */
    yaml_mark_t mark;
};

/* Reads a parser that has been given its input to the end. OK also for what is not YAML: loading
 * says so with better words. ERR_CONFIG for too deep a nesting and for more than one document. */
MUST_USE enum err yaml_shape_check(yaml_parser_t *parser, struct yaml_shape_fault *fault);

#endif
