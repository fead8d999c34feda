#include "app/doctor/doctor_print.h"
#include "app/world/way_json.h"

#include "explain/phrases.h"
#include "explain/values.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* clang-format off */
static const struct {
    const char *title[LANG_COUNT];
    const char *what[LANG_COUNT];
} looks[] = {
    [LOOK_NAMES]    = {{"域名", "names"},    {"主机名能解析", "host names have addresses"}},
    [LOOK_ROUTES]   = {{"路由", "routes"},   {"有路可达", "there is a way to them"}},
    [LOOK_CONNECT]  = {{"连接", "connect"},  {"能连上且够快", "somebody accepts, soon enough"}},
    [LOOK_TLS]      = {{"加密", "TLS"},      {"证书有效且未临期", "certificates are good for a while"}},
    [LOOK_ECHO]     = {{"回响", "echo"},     {"测试报文的丢失与往返时间", "test messages come back, soon enough"}},
    [LOOK_LINE]     = {{"线路", "line"},     {"线路有服务且未到期", "has service, and is paid for"}},
    [LOOK_CLOCKS]   = {{"时钟", "clocks"},   {"各方时间一致", "agree with the switch's"}},
    [LOOK_KEYS]     = {{"密钥", "keys"},     {"两侧校验值一致", "the same check value on both sides"}},
    [LOOK_VERSIONS] = {{"版本", "versions"}, {"软件不低于最低版本", "software that the acquirer accepts"}},
    [LOOK_RECORDS]  = {{"档案", "records"},  {"终端与商户档案各处一致且有效", "terminals and merchants, alike everywhere, in use"}},
    [LOOK_BINS]     = {{"卡BIN", "BINs"},    {"卡BIN通向在线的发卡行", "lead to issuers that are there"}},
    [LOOK_STORES]   = {{"存储", "stores"},   {"可写、有空间、日志完整", "write, have room, whole journal"}},
    [LOOK_DEVICES]  = {{"设备", "devices"},  {"读卡器、密码键盘、打印机与纸", "reader, PIN pad, printer, paper"}},
    [LOOK_OWED]     = {{"待送", "owed"},     {"冲正与通知按时送达", "reversals and advices are delivered"}},
};
static const struct {
    const char *in[LANG_COUNT];
} words[] = {
    {{"未查", "not looked at"}}, {{"正常", "ok"}}, {{"有问题", "WRONG"}},
    {{"一切正常", "all is well"}}, {{"处问题", "findings"}}, {{"由谁处理", "who must act"}},
    {{"经过", "what"}}, {{"处理", "do"}},
};
/* clang-format on */
enum word {
    WORD_NOT_LOOKED,
    WORD_OK,
    WORD_WRONG,
    WORD_WELL,
    WORD_FINDINGS,
    WORD_ACTS,
    WORD_WHAT,
    WORD_DO
};

_Static_assert(ARRAY_COUNT(looks) == LOOK_COUNT, "a title for each look");

static const char *word(enum word which, const struct doctor_reader *reader)
{
    return words[which].in[reader->lang];
}

/* A Chinese character takes two columns. */
static void print_padded(const char *text, int width)
{
    int columns = 0;

    for (const char *at = text; *at != 0; at++) {
        if (((unsigned char)*at & 0xC0) != 0x80)
            columns += (unsigned char)*at >= 0xE0 ? 2 : 1;
    }
    printf("%s%*s", text, columns < width ? width - columns : 1, "");
}

/* ---- steps: lines; those that lead to paying anew do not concern whoever mends a system ---- */

static bool next_step(const char **at, struct bytes *out)
{
    while (**at != 0) {
        size_t len = strcspn(*at, "\n");
        *out = bytes_over(*at, len);
        *at += len + ((*at)[len] == '\n' ? 1 : 0);
        if (len > 0 && out->at[0] != CATALOGUE_ANEW)
            return true;
    }
    return false;
}

static const struct catalogue_entry *entry_of(const struct finding *finding,
                                              const struct doctor_reader *reader)
{
    return catalogue_entry(finding->cause, reader->reader);
}

static bool is_shown(const struct finding *finding, size_t i, const struct doctor_reader *reader)
{
    uint8_t name = finding->evidence[i].name;

    return name != EVIDENCE_NONE &&
           catalogue_shows(finding->cause, reader->reader, (enum evidence_name)name);
}

/* ---- JSON ---- */

static json_t *finding_json(const struct finding *finding, const struct doctor_reader *reader)
{
    const struct outcome_row *row = outcome_row(finding->cause);
    const char *steps = entry_of(finding, reader)->steps.in[reader->lang];
    json_t *list = json_array();
    json_t *evidence = json_object();
    struct bytes step;

    while (next_step(&steps, &step))
        json_array_append_new(list, json_stringn((const char *)step.at, step.len));
    for (size_t i = 0; i < EVIDENCE_MAX; i++) {
        const struct evidence *e = &finding->evidence[i];
        if (is_shown(finding, i, reader))
            json_object_set_new(evidence, evidence_label((enum evidence_name)e->name),
                                json_string(e->text));
    }
    return json_pack("{s:s, s:s, s:i, s:s, s:s, s:s, s:o, s:o}", "look", look_name(finding->look),
                     "cause", row->name, "number", (int)row->number, "subject", finding->subject,
                     "acts", party_name(row->acts), "what",
                     entry_of(finding, reader)->what.in[reader->lang], "steps", list, "evidence",
                     evidence);
}

static void print_json(const struct diagnosis *diagnosis, const json_t *ways,
                       const struct doctor_reader *reader)
{
    json_t *looked = json_array();
    json_t *findings = json_array();

    for (int i = 0; i < LOOK_COUNT; i++)
        json_array_append_new(looked, json_pack("{s:s, s:i, s:i}", "look", look_name((enum look)i),
                                                "looked", (int)diagnosis->looked[i], "wrong",
                                                (int)diagnosis->wrong[i]));
    for (size_t i = 0; i < diagnosis->finding_count; i++)
        json_array_append_new(findings, finding_json(&diagnosis->findings[i], reader));
    json_t *json = json_pack("{s:b, s:o, s:o, s:O}", "ok", diagnosis->finding_count == 0, "looked",
                             looked, "findings", findings, "ways", ways);
    json_dumpf(json, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(json);
}

/* ---- text ---- */

static void print_look(const struct diagnosis *diagnosis, enum look look,
                       const struct doctor_reader *reader)
{
    enum word verdict = diagnosis->looked[look] == 0  ? WORD_NOT_LOOKED
                        : diagnosis->wrong[look] == 0 ? WORD_OK
                                                      : WORD_WRONG;

    print_padded(looks[look].title[reader->lang], 10);
    print_padded(looks[look].what[reader->lang], 52);
    if (diagnosis->looked[look] > 0)
        printf("%5u  %s\n", diagnosis->looked[look], word(verdict, reader));
    else
        printf("%5s  %s\n", "-", word(verdict, reader));
}

static void print_evidence(const struct finding *finding, const struct doctor_reader *reader)
{
    const char *glue = "     ";
    char room[128];

    for (size_t i = 0; i < EVIDENCE_MAX; i++) {
        const struct evidence *e = &finding->evidence[i];
        enum evidence_name name = (enum evidence_name)e->name;

        if (!is_shown(finding, i, reader))
            continue;
        struct text value = text_over(room, sizeof room);
        value_add_text(&value, e->text, reader->lang);
        printf("%s%s: %s", glue, reader->lang == LANG_ZH ? evidence_zh(name) : evidence_en(name),
               text_z(&value));
        glue = "; ";
    }
    putchar('\n');
}

static void print_finding(const struct finding *finding, size_t number,
                          const struct doctor_reader *reader)
{
    const struct outcome_row *row = outcome_row(finding->cause);
    const char *steps = entry_of(finding, reader)->steps.in[reader->lang];
    struct bytes step;

    printf("\n%2zu.  %s  %s (%u)\n", number, finding->subject, row->name, row->number);
    printf("     %s: %s\n", word(WORD_WHAT, reader),
           entry_of(finding, reader)->what.in[reader->lang]);
    print_evidence(finding, reader);
    printf("     %s: %s\n", word(WORD_ACTS, reader), phrase_party(row->acts, reader->lang));
    while (next_step(&steps, &step))
        printf("     %s: %.*s\n", word(WORD_DO, reader), (int)step.len, (const char *)step.at);
}

void doctor_print(const struct diagnosis *diagnosis, const json_t *ways,
                  const struct doctor_reader *reader)
{
    const json_t *process;
    size_t at;

    if (reader->as_json) {
        print_json(diagnosis, ways, reader);
        return;
    }
    for (int look = 0; look < LOOK_COUNT; look++)
        print_look(diagnosis, (enum look)look, reader);
    json_array_foreach(ways, at, process)
    {
        way_json_print(process);
    }
    for (size_t i = 0; i < diagnosis->finding_count; i++)
        print_finding(&diagnosis->findings[i], i + 1, reader);
    if (diagnosis->finding_count == 0)
        printf("\n%s\n", word(WORD_WELL, reader));
    else
        printf("\n%u %s\n", diagnosis->finding_count, word(WORD_FINDINGS, reader));
}
