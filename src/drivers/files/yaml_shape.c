#include "drivers/files/yaml_shape.h"

#include <stdbool.h>

struct shape {
    int depth;
    int documents;
    bool is_over;
};

static const char *take(struct shape *shape, yaml_event_type_t type)
{
    if (type == YAML_SEQUENCE_START_EVENT || type == YAML_MAPPING_START_EVENT)
        shape->depth++;
    if (type == YAML_SEQUENCE_END_EVENT || type == YAML_MAPPING_END_EVENT)
        shape->depth--;
    if (type == YAML_DOCUMENT_START_EVENT)
        shape->documents++;
    shape->is_over = type == YAML_STREAM_END_EVENT;
    if (shape->depth > YAML_SHAPE_DEPTH_MAX)
        return "nested too deeply";
    return shape->documents > 1 ? "expected one document, found another" : NULL;
}

enum err yaml_shape_check(yaml_parser_t *parser, struct yaml_shape_fault *fault)
{
    struct shape shape = {0};
    yaml_event_t event;

    while (!shape.is_over) {
        if (yaml_parser_parse(parser, &event) == 0)
            return OK;
        const char *what = take(&shape, event.type);
        yaml_mark_t mark = event.start_mark;
        yaml_event_delete(&event);
        if (what != NULL) {
            *fault = (struct yaml_shape_fault){.what = what, .mark = mark};
            return ERR_CONFIG;
        }
    }
    return OK;
}
