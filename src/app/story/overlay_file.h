/*
 * An operator's own words and codes over the catalogue (explain/overlay.h), from a YAML file:
 *
 *     date: 2026-11-22
 *     texts:
 *       - {cause: card.expired, for: cashier, lang: zh, what: 卡已过期, steps: [请换一张卡]}
 *     codes:
 *       - {dialect: cup-pos, code: "Z1", class: C, money: not_moved, zh: 超出本行限额,
 *          en: over our limit, causes: [limit.per-payment]}
 *     hide:
 *       - {from: merchant, values: [trace], names: [card.lost]}
 *
 * What is wrong in it is told with line and column. It can only hide and reword: see overlay.h.
 */
#ifndef APP_OVERLAY_FILE_H
#define APP_OVERLAY_FILE_H

#include "base/text.h"
#include "explain/overlay.h"

struct overlay_file;

/* On failure *error is "FILE:LINE:COLUMN: what is wrong, what was expected". */
MUST_USE enum err overlay_file_open(const char *path, struct overlay_file **out,
                                    struct text *error);
void overlay_file_close(struct overlay_file *file);

/* NULL for NULL. Lives as long as the file is open. */
const struct overlay *overlay_file_overlay(const struct overlay_file *file);

#endif
