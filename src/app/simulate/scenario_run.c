#include "app/simulate/scenario_run.h"

#include "app/subcommand.h"
#include "sim/scenario/scenario.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STORY_LEN_MAX (256 * 1024)

/* "03-lost.txt" of a path. */
static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* The file's text, to be freed; NULL when it cannot be read. */
static char *read_story(const char *path, size_t *len)
{
    FILE *file = fopen(path, "re");
    char *room = malloc(STORY_LEN_MAX);
    *len = file && room ? fread(room, 1, STORY_LEN_MAX, file) : 0;
    bool is_whole = file && room && !ferror(file) && *len < STORY_LEN_MAX;
    if (file)
        fclose(file);
    if (is_whole)
        return room;
    free(room);
    return NULL;
}

static int print_end(const char *name, const struct scenario_report *report, bool shows_trace)
{
    switch (report->end) {
    case SCENARIO_PASSED:
        printf("ok: %s: %" PRIu32 " sentences, %.1f s of virtual time\n", name, report->sentences,
               (double)report->virtual_ms / 1000);
        return EXIT_DONE;
    case SCENARIO_FAILED:
        printf("%sFAILED: %s\n", shows_trace ? "" : report->tail, report->complaint);
        return EXIT_BAD;
    case SCENARIO_UNREADABLE:
        fprintf(stderr, "acquit sim: %s\n", report->complaint);
        break;
    }
    return EXIT_USAGE;
}

int scenario_run(const char *path, const struct sim_options *options)
{
    static struct scenario_report report;
    size_t len;
    char *text = read_story(path, &len);
    struct scenario_story story = {
        .name = name_of(path), .text = bytes_over(text, len), .options = options};
    if (!text) {
        fprintf(stderr, "acquit sim: %s cannot be read\n", path);
        return EXIT_USAGE;
    }
    enum err err = scenario_play(&story, &report);
    free(text);
    if (err == OK)
        return print_end(story.name, &report, options->print != NULL);
    fprintf(stderr, "acquit sim: %s: %s\n", path, err_text(err));
    return EXIT_BAD;
}

void scenario_print_forms(void)
{
    const char *meaning;
    const char *form;
    for (size_t i = 0; (form = scenario_form(i, &meaning)) != NULL; i++)
        printf("    %s\n        %s\n", form, meaning);
}
